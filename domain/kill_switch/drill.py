"""Hold what a drill of the kill switch has shown."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillVenue:
    """What became of the orders at one venue of a drill.

    confirmed: its own reading showed nothing open; escalated: it had not when the drill ended,
    so that the latch stays and somebody is told.
    """

    name: str
    orders: int
    confirmed: bool
    escalated: bool
    confirmed_ms: float | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How long it took over all orders at venues that confirmed, in milliseconds."""

    p50: float
    p99: float
    max: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillFigures:
    """What a drill has measured: how fast the stop was everywhere, and the venues' own word."""

    broadcast_ms: float
    confirmation_ms: Spread | None
    venues: tuple[DrillVenue, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedDrill:
    """A drill as JSON, signed by whoever has the installation's signing key."""

    id: UUID
    text: str
    signature: str


def drill_text(figures: DrillFigures, *, id: UUID, at: datetime, orders: int) -> str:
    """Return a drill as the JSON that is signed: names in order, nothing between."""
    told = {"id": str(id), "at": at.isoformat(), "orders": orders, **asdict(figures)}
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


def spread_of(spans_ms: Sequence[float]) -> Spread | None:
    """Return the spread of spans by nearest rank, None of none."""
    if not spans_ms:
        return None
    ordered = sorted(spans_ms)

    def rank(share: float) -> float:
        return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]

    return Spread(p50=rank(0.5), p99=rank(0.99), max=ordered[-1])
