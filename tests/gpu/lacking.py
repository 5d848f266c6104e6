"""Say what this machine lacks for each engine of a GPU."""

import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path

_DRIVER = Path("/proc/driver/nvidia/version")
_PROVIDER = "CUDAExecutionProvider"


def driver_lacks(driver: Path = _DRIVER) -> str:
    """Return why no GPU can be used, "" where a driver is loaded."""
    return "" if driver.exists() else "no driver: no NVIDIA GPU can be used here"


def providers() -> list[str]:
    """Return what the installed ONNX Runtime can run on."""
    if find_spec("onnxruntime") is None:
        return []
    import onnxruntime

    found: list[str] = onnxruntime.get_available_providers()
    return found


def cuda_lacks(*, driver: Path = _DRIVER, known: Callable[[], list[str]] = providers) -> str:
    """Return why ONNX Runtime cannot run on a GPU here, "" where it can."""
    if why := driver_lacks(driver):
        return why
    if _PROVIDER not in known():
        return "no CUDA in onnxruntime: install onnxruntime-gpu in its place"
    return ""


def skipped(
    *,
    driver: Path = _DRIVER,
    known: Callable[[], list[str]] = providers,
    found: Callable[[str], object] = shutil.which,
) -> Mapping[str, str]:
    """Return what is not tried here, and why."""
    whys = {
        "ONNX Runtime on CUDA": cuda_lacks(driver=driver, known=known),
        "TensorRT": driver_lacks(driver) or "no TensorRT: Ballast has no engine for it yet",
        "CUDA kernels": driver_lacks(driver)
        or ("" if found("nvcc") else "no nvcc: kernels cannot be compiled")
        or "Ballast has no kernels of its own yet",
    }
    return {name: why for name, why in whys.items() if why}
