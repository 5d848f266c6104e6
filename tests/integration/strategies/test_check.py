"""`ballast strategies check` names what looks ahead, and the guide's own class does not."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.strategies.classes import ROOT, install

PEEKING = """
class Own:
    def scores(self, bars):
        closes = [one.close for one in bars]
        return [1.0 if b > a else -1.0 for a, b in zip(closes, closes[1:])] + [0.0]
"""


def check(name: str) -> subprocess.CompletedProcess[str]:
    """Run the command on one symbol, cut at ten places."""
    return subprocess.run(
        [
            *(sys.executable, "-m", "bootstrap.cli", "strategies", "check", name),
            *("--symbols", "IBM", "--cuts", "10"),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ},
    )


def written_in_the_guide() -> str:
    """Return the class that CONTRIBUTING.md shows."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    (found,) = re.findall(r"```python\n# own_breakout\.py\n(.*?)```", text, flags=re.DOTALL)
    return str(found)


def test_a_planted_look_ahead_is_named_by_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, {"peeking": PEEKING}, monkeypatch=monkeypatch)
    done = check("peeking")
    assert done.returncode == 1, done.stderr
    named = re.findall(
        r"^IBM \d{4}-\d\d-\d\d: -?1 when all is known, 0 on", done.stdout, re.MULTILINE
    )
    assert len(named) == 10
    assert re.search(r"^look aheads +10$", done.stdout, re.MULTILINE)


def test_the_class_of_the_guide_looks_back_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, {"breakout": written_in_the_guide()}, monkeypatch=monkeypatch)
    done = check("breakout")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"^look aheads +0$", done.stdout, re.MULTILINE)
    scored = re.search(r"^scored +(\d+)$", done.stdout, re.MULTILINE)
    assert scored is not None
    assert int(scored[1]) > 1_000
    refused = check("nobody")
    assert refused.returncode == 2
    assert "must be one of follow, multi_factor, ema_cross, breakout, not nobody" in refused.stderr
