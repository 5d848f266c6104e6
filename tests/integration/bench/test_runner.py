"""The runner measures rows in processes of their own and keeps what could be measured."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.sources import ROOT

GOOD = """
from bench.rows import Better, Row, alone

def measure() -> Row:
    return alone(name="good", unit="ns", better=Better.LOWER, ours=[3.0, 1.0, 2.0], goal=2.0)
"""
TWINS = """
from bench.rows import Better, Row, alone

def measure() -> list[Row]:
    return [alone(name=f"twin_{side}", unit="ns", better=Better.LOWER, ours=[1.0]) for side in "ab"]
"""
BROKEN = """
def measure() -> None:
    raise SystemExit("the peer is not installed")
"""


@pytest.fixture
def bench(tmp_path: Path) -> Path:
    folder = tmp_path / "bench"
    folder.mkdir()
    for name in ("__init__.py", "__main__.py", "rows.py", "results.py"):
        shutil.copy(ROOT / "bench" / name, folder)
    (folder / "row_good.py").write_text(GOOD)
    (folder / "row_twins.py").write_text(TWINS)
    (folder / "row_broken.py").write_text(BROKEN)
    return folder


def run(bench: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(
        command, cwd=bench.parent, capture_output=True, text=True, check=False, timeout=60
    )


def stored(bench: Path) -> dict[str, float]:
    return {row["name"]: row["ours"] for row in json.loads((bench / "results.json").read_text())}


def test_a_run_of_some_rows_keeps_the_results_of_the_others(bench: Path) -> None:
    first = run(bench, "--rows", "twins")
    second = run(bench, "--rows", "good")
    assert (first.returncode, second.returncode) == (0, 0), first.stderr + second.stderr
    assert stored(bench) == {"good": 2.0, "twin_a": 1.0, "twin_b": 1.0}
    assert "good" in second.stdout
    assert "twin_a" not in second.stdout


def test_a_row_that_cannot_be_measured_fails_the_run_but_not_the_other_rows(bench: Path) -> None:
    done = run(bench)
    assert done.returncode == 1
    assert "could not be measured: broken" in done.stderr
    assert "the peer is not installed" in done.stderr
    assert stored(bench).keys() == {"good", "twin_a", "twin_b"}
