"""Draw how an owner falls silent."""

import random
from dataclasses import dataclass

TRUSTEES = 3
# What a day of a plan takes here, and how often the clock ticks.
DAY_S, TICK_S = 0.5, 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """How a succession is to go: its days, and what people do meanwhile."""

    days: tuple[int, int, int, int]
    confirmations_needed: int
    acts: int
    # Whether the owner takes the release back at last.
    is_vetoed: bool


def draw_silence(source: random.Random) -> Silence | None:
    """Draw one; most worlds have no plan."""
    if source.random() >= 0.3:
        return None
    return Silence(
        days=(
            source.randint(1, 4),
            source.randint(1, 3),
            source.randint(1, 4),
            source.randint(1, 4),
        ),
        confirmations_needed=source.randint(1, TRUSTEES),
        acts=source.randint(0, 16),
        is_vetoed=source.random() < 0.4,
    )
