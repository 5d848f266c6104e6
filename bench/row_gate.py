"""The risk gate beside NautilusTrader's: build one limit order, then decide on it.

Both sides build from Decimals and hold 50 positions and 100 resting orders; ours decides by
twelve active rules, and once more by one of each of the 24 types. Each side runs in the
interpreter and with the libraries it ships with.
"""

from bench import ours_gate
from bench.ours_context import EACH_TYPE
from bench.peers.nautilus import measure_gate
from bench.rows import Better, Row, compare

TURNS = 5
OPERATIONS = 10_000
PEER = "NautilusTrader RiskEngine"
# Twice as fast is half the time; a pause may not be longer than theirs.
GOAL_P50 = 0.5
GOAL_P99 = 1.0


def measure() -> list[Row]:
    """Measure both sides in turn and compare the medians and the 99th percentiles."""
    ours: dict[str, list[float]] = {"p50": [], "p99": []}
    theirs: dict[str, list[float]] = {"p50": [], "p99": []}
    whole: dict[str, list[float]] = {"p50": [], "p99": []}
    ready: list[float] = []
    for turn in range(TURNS):
        # Whoever goes first alternates.
        for side in ("ours", "theirs") if turn % 2 == 0 else ("theirs", "ours"):
            if side == "ours":
                figures = ours_gate.measure(operations=OPERATIONS)
                for name, sample in ours.items():
                    sample.append(figures[f"both_{name}_ns"] / 1_000)
                figures = ours_gate.measure(operations=OPERATIONS, limits=EACH_TYPE)
                for name, sample in whole.items():
                    sample.append(figures[f"both_{name}_ns"] / 1_000)
                continue
            answer = measure_gate(operations=OPERATIONS)
            for name, sample in theirs.items():
                sample.append(answer["from_decimals"]["both"][name] / 1_000)
            ready.append(answer["from_ready_values"]["both"]["p50"] / 1_000)
    return [
        _row("gate_p50", ours["p50"], theirs["p50"], goal=GOAL_P50),
        _row("gate_p99", ours["p99"], theirs["p99"], goal=GOAL_P99),
        _row("gate_24_rules_p50", whole["p50"], theirs["p50"], goal=GOAL_P50),
        _row("gate_24_rules_p99", whole["p99"], theirs["p99"], goal=GOAL_P99),
        _row("gate_p50_their_values_ready", ours["p50"], ready, goal=None),
    ]


def _row(name: str, ours: list[float], theirs: list[float], *, goal: float | None) -> Row:
    return compare(
        name=name,
        unit="us",
        better=Better.LOWER,
        ours=ours,
        reference=theirs,
        reference_name=PEER,
        goal=goal,
    )
