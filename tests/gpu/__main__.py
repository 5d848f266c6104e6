"""Run what needs a GPU, and name what is left out; without a GPU all is, and that is no failure."""

import asyncio
import sys
from collections.abc import Callable, Mapping

import pytest

from adapters.gpu.tensorrt.lacking import tensorrt_lacks
from tests.gpu.bench import measure, told
from tests.gpu.lacking import cuda_lacks, kernels_lack, skipped

FILES: Mapping[str, Callable[[], str]] = {
    "test_cuda.py": cuda_lacks,
    "test_tensorrt.py": tensorrt_lacks,
    "test_sweeps.py": kernels_lack,
}


def main() -> int:
    """Return the exit status."""
    for name, why in skipped().items():
        sys.stdout.write(f"skipped {name}: {why}\n")
    files = [f"tests/gpu/{file}" for file, lacks in FILES.items() if not lacks()]
    if not files:
        return 0
    failed = int(pytest.main([*files, "-v"]))
    if cuda_lacks():
        return failed
    rows = asyncio.run(measure(tensorrt=not tensorrt_lacks()))
    for row in rows:
        sys.stdout.write(f"{told(row)}\n")
    return failed or int(any(row.met is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
