"""What the core needs to hand signals from those who find them to those who act on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

BODY_BYTES_MAX = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """Something found that may be worth acting on; body holds plain text values by name."""

    id: UUID
    tenant_id: UUID
    source: str
    at: datetime
    body: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A signal handed to a member of a group; the place is what is acknowledged.

    times: how often it was handed out, 1 at first.
    """

    place: str
    signal: Signal
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadSignal:
    """A signal that was handed out too often and acknowledged by nobody."""

    group: str
    times: int
    signal: Signal


class SignalsUnavailable(Exception):
    """The stream does not answer: what was added may or may not be in it."""


class SignalStream(Protocol):
    """One line of signals that groups of readers share: at least once to every group.

    A transport, not a record: the oldest signals fall off a line that grows too long, and a
    server that loses its memory loses those that nobody read. A group sees what was added
    after its first reading, and what still lay in the line then. Every call raises
    SignalsUnavailable.
    """

    async def add(self, signals: Sequence[Signal]) -> None:
        """Put signals in line; raises ValueError for one of more than BODY_BYTES_MAX."""
        ...

    async def read(
        self, *, group: str, member: str, limit: int, wait_s: float
    ) -> Sequence[Delivery]:
        """Return signals that no member of the group had, each to one member only.

        Waits up to wait_s for the first one; a group that is new begins with the oldest.
        """
        ...

    async def ack(self, *, group: str, places: Sequence[str]) -> int:
        """Be done with deliveries; return how many were still open."""
        ...

    async def claim_stuck(
        self, *, group: str, member: str, stuck_s: float, limit: int
    ) -> Sequence[Delivery]:
        """Take over deliveries that some member left open for that long.

        One that was handed out as often as the stream allows goes to the dead instead.
        """
        ...

    async def dead(self, *, limit: int) -> Sequence[DeadSignal]:
        """Return the latest dead signals, newest first."""
        ...
