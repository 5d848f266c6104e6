"""Memory stays flat while models come and go, and while they run over many shapes."""

import subprocess
import sys

import pytest

from tests.unit.sources import ROOT

pytestmark = pytest.mark.timeout(240)


def test_neither_loads_nor_runs_grow_the_process() -> None:
    """A short round of `python -m tests.models_memory`, by the bounds of the whole one."""
    command = [sys.executable, "-m", "tests.models_memory", "--loads", "20", "--runs", "20000"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=200
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "20 loads and unloads" in done.stdout
