"""The kernel of pattern sweeps, without a GPU: by numba's simulator, and by its compiler.

The simulator runs a kernel as Python and knows no types; the compiler types it and writes it as
LLVM for a GPU, and runs nothing. Both together is what can be shown here.
"""

import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest

from tests.unit.sources import ROOT

# A simulated GPU is asked for before numba is imported: in a process of its own.
SIMULATED = {"NUMBA_ENABLE_CUDASIM": "1"}


def test_simulated_it_says_what_the_reference_and_the_hosts_kernel_say() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "tests/gpu/test_sweeps.py",
        ],
        cwd=ROOT,
        env={**os.environ, **SIMULATED},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "8 passed" in done.stdout


@pytest.fixture
def compiled(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return numba's compiler for GPUs, told of a device and of a library that are not here."""
    import numba.cuda.cudadrv.nvvm as nvvm
    import numba.cuda.dispatcher as dispatcher
    from numba.cuda.compiler import compile_cuda

    known: Any = nvvm
    library = SimpleNamespace(data_layout=known._datalayout_i128, get_ir_version=lambda: (2, 0))
    monkeypatch.setattr(nvvm, "NVVM", lambda: library)
    device = SimpleNamespace(compute_capability=(9, 0))
    monkeypatch.setattr(dispatcher, "get_current_device", lambda: device)
    return compile_cuda


def test_it_is_typed_and_written_for_a_gpu(compiled: Any) -> None:
    from numba import types

    from adapters.gpu.cuda import sweeps

    floats, integers = (types.Array(one, 2, "C") for one in (types.float64, types.int64))
    counts = types.Array(types.int64, 1, "C")
    given = (floats, floats, integers, counts, floats, types.int64)
    kernel: Any = sweeps._sweep
    found = compiled(
        kernel.py_func, types.void, (*given, integers, integers, integers, floats), cc=(9, 0)
    )
    assert found.signature.return_type == types.none
    # What cannot be typed is told: a sum of log returns is no text.
    wrong = (*given, integers, integers, integers, types.Array(types.unicode_type, 2, "C"))
    with pytest.raises(Exception, match="unicode_type"):
        compiled(kernel.py_func, types.void, wrong, cc=(9, 0))
