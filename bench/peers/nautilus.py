"""Run the NautilusTrader peers in an interpreter of their own and read their answers.

NautilusTrader 1.221 pins uvloop 0.22.1 and pandas below 3. Sharing one environment with it
would measure Ballast on older libraries than it ships with, so it gets a separate one.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
INTERPRETER_VARIABLE = "BALLAST_BENCH_NAUTILUS_PYTHON"
INTERPRETER_DEFAULT = ROOT / ".venv-bench" / "bin" / "python"
TIMEOUT_S = 300.0
COMPLAINT_CHARACTERS_MAX = 2_000


class PeerError(Exception):
    """The reference side could not be measured; the message says how it ended."""


def measure_gate(*, operations: int = 20_000, warm_up: int = 5_000) -> Mapping[str, Any]:
    """Give the RiskEngine's figures, as `nautilus_gate` prints them."""
    return run_peer(
        module="bench.peers.nautilus_gate",
        arguments=(f"--operations={operations}", f"--warm-up={warm_up}"),
    )


def measure_replay(*, repeats: int = 3) -> Mapping[str, Any]:
    """Give the BacktestEngine's figures, as `nautilus_replay` prints them."""
    return run_peer(module="bench.peers.nautilus_replay", arguments=(f"--repeats={repeats}",))


def measure_indicators(*, ticks: int, passes: int = 5) -> Mapping[str, Any]:
    """Give the figures of three indicators, as `nautilus_indicators` prints them."""
    return run_peer(
        module="bench.peers.nautilus_indicators",
        arguments=(f"--ticks={ticks}", f"--passes={passes}"),
    )


def interpreter() -> Path:
    """Find the interpreter that has NautilusTrader; PeerError when there is none."""
    named = os.environ.get(INTERPRETER_VARIABLE)
    path = Path(named) if named else INTERPRETER_DEFAULT
    if not path.is_file():
        raise PeerError(
            f"no interpreter at {path}: `make bench` creates {INTERPRETER_DEFAULT}, or set "
            f"{INTERPRETER_VARIABLE} to a Python that has requirements/bench.txt installed"
        )
    return path


def run_peer(
    *, module: str, arguments: tuple[str, ...] = (), timeout_s: float = TIMEOUT_S
) -> Mapping[str, Any]:
    """Run one peer module to its end and decode the JSON object on its standard output.

    PeerError when it runs past its time, ends with an error or prints something else.
    """
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, no shell
            [str(interpreter()), "-m", module, *arguments],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise PeerError(f"{module} did not end within {timeout_s:g} s") from late
    if ended.returncode != 0:
        complaint = ended.stderr.strip()[-COMPLAINT_CHARACTERS_MAX:]
        raise PeerError(f"{module} ended with status {ended.returncode}: {complaint}")
    try:
        answer = json.loads(ended.stdout)
    except ValueError as wrong:
        raise PeerError(f"{module} did not print one JSON object") from wrong
    if not isinstance(answer, dict):
        raise PeerError(f"{module} printed a {type(answer).__name__}, not a JSON object")
    return answer
