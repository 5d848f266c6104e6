"""Spread made-up log-ins over everything that could be, so that habits have an outside.

A forest splits only where its points differ. Of somebody who always used one device, it would
never ask for the device: a log-in on another one would look like all the others. A few points
everywhere, learned with the habits, let it cut there; habits stay dense, the rest stays thin.
"""

import math
from collections.abc import Sequence

SHARE = 0.1
LEAST = 8
# Hour, distance, speed, failures, and the four flags, as LoginFeatures.vector orders them.
_FREE = 8


def background(habits: int) -> Sequence[tuple[float, ...]]:
    """Return vectors of log-ins that nobody made: a tenth of the habits, at least eight.

    They are even and always the same: the points of an additive recurrence on the powers of
    the generalised golden ratio, the root of x^(d+1) = x + 1 (M. Roberts, "The Unreasonable
    Effectiveness of Quasirandom Sequences", 2018).
    """
    steps = [_ratio(_FREE) ** -(place + 1) for place in range(_FREE)]
    made = []
    for number in range(1, max(LEAST, round(SHARE * habits)) + 1):
        hour, distance, speed, failures, *flags = (
            math.modf(0.5 + number * step)[0] for step in steps
        )
        unknown, device, network, fingerprint = (float(flag >= 0.5) for flag in flags)
        angle = 2.0 * math.pi * hour
        made.append(
            (
                math.sin(angle),
                math.cos(angle),
                distance,
                speed,
                unknown,
                device,
                network,
                failures,
                fingerprint,
            )
        )
    return made


def _ratio(dimensions: int) -> float:
    """Return the root above 1 of x^(d+1) = x + 1, by iterating x = (1 + x)^(1/(d+1))."""
    found = 2.0
    for _ in range(64):
        found = (1.0 + found) ** (1.0 / (dimensions + 1))
    return found
