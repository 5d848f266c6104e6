"""Say what this machine lacks for each engine of a GPU."""

import shutil
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from adapters.gpu.tensorrt.lacking import DRIVER, driver_lacks, has_package, tensorrt_lacks

_PROVIDER = "CUDAExecutionProvider"


def providers() -> list[str]:
    """Return what the installed ONNX Runtime can run on."""
    if find_spec("onnxruntime") is None:
        return []
    import onnxruntime

    found: list[str] = onnxruntime.get_available_providers()
    return found


def has_nvvm() -> bool:
    """Tell whether the library that compiles kernels is there; it comes in packages too."""
    from numba.cuda.cudadrv import nvvm

    library: Any = nvvm
    return bool(library.is_available())


def cuda_lacks(*, driver: Path = DRIVER, known: Callable[[], list[str]] = providers) -> str:
    """Return why ONNX Runtime cannot run on a GPU here, "" where it can."""
    if why := driver_lacks(driver):
        return why
    if _PROVIDER not in known():
        return "no CUDA in onnxruntime: install onnxruntime-gpu in its place"
    return ""


def kernels_lack(
    *,
    driver: Path = DRIVER,
    found: Callable[[str], object] = shutil.which,
    nvvm: Callable[[], bool] = has_nvvm,
) -> str:
    """Return why kernels cannot be compiled and run here, "" where they can."""
    if why := driver_lacks(driver):
        return why
    if found("nvcc") or nvvm():
        return ""
    return "no nvcc: neither the CUDA toolkit nor its libNVVM is there to compile kernels"


def skipped(
    *,
    driver: Path = DRIVER,
    known: Callable[[], list[str]] = providers,
    has: Callable[[str], bool] = has_package,
    found: Callable[[str], object] = shutil.which,
    nvvm: Callable[[], bool] = has_nvvm,
) -> Mapping[str, str]:
    """Return what is not tried here, and why."""
    whys = {
        "ONNX Runtime on CUDA": cuda_lacks(driver=driver, known=known),
        "TensorRT": tensorrt_lacks(driver=driver, has=has, which=found),
        "CUDA kernels": kernels_lack(driver=driver, found=found, nvvm=nvvm),
    }
    return {name: why for name, why in whys.items() if why}
