"""Draw ticks that ours and a peer both read: standard library only, the same for both."""

import math
from dataclasses import dataclass
from random import Random

SEED = 17
SESSIONS = 10


@dataclass(frozen=True, slots=True)
class Ticks:
    """Prices, volumes, and the number of each one's session, from 0."""

    prices: list[float]
    volumes: list[float]
    sessions: list[int]


def ticks(count: int) -> Ticks:
    """Return so many ticks of one symbol, over ten sessions."""
    random = Random(SEED)  # noqa: S311 - prices, no secret
    prices, price = [], 100.0
    for _ in range(count):
        price *= math.exp(random.gauss(0, 0.0005))
        prices.append(price)
    return Ticks(
        prices,
        [float(random.randint(1, 1_000)) for _ in range(count)],
        [place * SESSIONS // count for place in range(count)],
    )
