"""What one rule of each type costs: measured against its limit, on an order that passes it."""

from bench import ours_gate
from bench.rows import Better, Row, alone

TURNS = 5


def measure() -> list[Row]:
    """Measure every rule type several times over."""
    turns = [ours_gate.unit_costs() for _ in range(TURNS)]
    return [
        alone(
            name=f"rule_{rule_type.lower()}",
            unit="ns",
            better=Better.LOWER,
            ours=[turn[rule_type] for turn in turns],
        )
        for rule_type in turns[0]
    ]
