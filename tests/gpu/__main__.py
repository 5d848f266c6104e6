"""Run what needs a GPU, and name what is left out; without a GPU all is, and that is no failure."""

import sys

import pytest

from tests.gpu.lacking import cuda_lacks, skipped


def main() -> int:
    """Return the exit status."""
    for name, why in skipped().items():
        sys.stdout.write(f"skipped {name}: {why}\n")
    if cuda_lacks():
        return 0
    return int(pytest.main(["tests/gpu/test_cuda.py", "-v"]))


if __name__ == "__main__":
    sys.exit(main())
