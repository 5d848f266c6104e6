"""Say what this machine lacks to run models by TensorRT, without touching a GPU."""

import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/version")
TENSORRT, PYCUDA = "tensorrt", "pycuda"


def has_package(name: str) -> bool:
    """Tell whether a package with code is installed; stubs of one are none."""
    found = find_spec(name)
    return found is not None and found.origin is not None


def driver_lacks(driver: Path = DRIVER) -> str:
    """Return why no GPU can be used, "" where a driver is loaded."""
    return "" if driver.exists() else "no driver: no NVIDIA GPU can be used here"


def tensorrt_lacks(
    *,
    driver: Path = DRIVER,
    has: Callable[[str], bool] = has_package,
    which: Callable[[str], object] = shutil.which,
) -> str:
    """Return why TensorRT cannot run here, "" where everything that it needs is there."""
    if why := driver_lacks(driver):
        return why
    if not has(TENSORRT):
        return "no TensorRT: pip install 'ballast[tensorrt]', from NVIDIA's index"
    if not has(PYCUDA):
        with_what = "" if which("nvcc") else "; it is built from source, and there is no nvcc"
        return f"no pycuda: pip install 'ballast[cuda]'{with_what}"
    return ""
