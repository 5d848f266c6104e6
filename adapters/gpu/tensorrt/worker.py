"""Do what a server asks of a process for TensorRT: say what is here, build, run."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from adapters.gpu.tensorrt.building import CannotBuild, build_plan
from adapters.gpu.tensorrt.device import load_driver
from adapters.gpu.tensorrt.lacking import DRIVER
from adapters.gpu.tensorrt.running import PlanRunner
from domain.inference.tensors import Arrays

PROBE, BUILD, RUN = "probe", "build", "run"
_PROBLEM_MAX = 300


def probe(*, driver_file: Path = DRIVER) -> dict[str, Any]:
    """Return what engines are built for on this machine, or why none can be."""
    try:
        import tensorrt as trt

        driver = load_driver()
        device = driver.Device(0)
        major, minor = device.compute_capability()
        return {
            "tensorrt": str(trt.__version__),
            "compute_capability": f"{major}.{minor}",
            "device": device.name(),
            "driver": f"{driver.get_driver_version()} {driver_file.read_text().splitlines()[0]}",
        }
    except Exception as problem:  # noqa: BLE001 - whatever it is, the server hears of it
        return {"refused": f"no usable GPU: {told(problem)}"}


def build(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Return an engine of a model, or why there is none."""
    try:
        built = build_plan(
            asked["content"],
            dynamic=asked["dynamic"],
            timing=asked["timing"],
            workspace_bytes=asked["workspace_bytes"],
        )
    except CannotBuild as problem:
        return {"refused": str(problem)}
    except Exception as problem:  # noqa: BLE001 - whatever it is, the server hears of it
        return {"refused": told(problem)}
    return {"plan": built.plan, "timing": built.timing}


def opened(asked: Mapping[str, Any]) -> Callable[[Arrays], Arrays]:
    """Return what runs an engine; raises whatever TensorRT and pycuda raise."""
    return PlanRunner(asked["plan"], driver=load_driver()).run


def told(problem: Exception) -> str:
    """Return what went wrong in one line of bounded length."""
    return f"{type(problem).__name__}: {' '.join(str(problem).split())}"[:_PROBLEM_MAX]
