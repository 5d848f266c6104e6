"""The kernel on a GPU says what the reference says; by numba's simulator where there is none.

NUMBA_ENABLE_CUDASIM=1 python -m pytest tests/gpu/test_sweeps.py
"""

import numpy as np
import pytest

from adapters.compute.sweeps import sweep_compiled
from adapters.gpu.cuda.sweeps import check_gpu, sweep_on_gpu
from ports.sweeps import PatternSweeps
from tests.contracts.sweeps import RULES, PatternSweepsContract, same, walks


class TestSweepOnGpu(PatternSweepsContract):
    @pytest.fixture
    def sweeps(self) -> PatternSweeps:
        check_gpu()
        return sweep_on_gpu


def test_it_says_what_the_hosts_kernel_says() -> None:
    prices = walks(11, symbols=2, bars=140)
    found = sweep_on_gpu(prices, rules=RULES, horizon=3)
    same(found, sweep_compiled(prices, rules=RULES, horizon=3))
    assert found.signals.sum() > 0
    assert np.isfinite(found.gain).all()
