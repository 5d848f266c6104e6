"""What the core needs to hand signals from those who find them to those who act on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.signals.signal import PublishedSignal, SignalFilter
from ports.work import Kind

# The kind of what was published, and the name of its notice and audit entry.
SIGNALS = Kind("signals", PublishedSignal, find_by=("id",))
PUBLISHED = "signal.published"
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


class SignalArchive(Protocol):
    """Signals as they were kept, newest first: in the order in which they were committed.

    They are added in a unit of work, as `SIGNALS`; this reads them by the page, and forgets.
    """

    async def page(
        self, wanted: SignalFilter, *, tenant_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[PublishedSignal]:
        """Return at most so many that fit, behind `after`; nothing behind one that is gone.

        Going on behind the last of each page meets every signal that was there at the first
        page once, and no signal twice, whoever adds meanwhile.
        """
        ...

    async def forget(self, *, before: datetime) -> int:
        """Drop signals that were received earlier and return how many, of any tenants.

        What was received later stays; up to a week of what is older may stay for a week.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalEntry:
    """What somebody put into a stream of their own; the place is what is acknowledged."""

    place: str
    fields: Mapping[str, str]


class ExternalSignals(Protocol):
    """A stream that others fill: each entry until it is acknowledged, then never again."""

    async def read(self, *, limit: int, wait_s: float) -> Sequence[ExternalEntry]:
        """Return entries, first those that were read and not acknowledged.

        Waits up to wait_s for the first one. Raises SignalsUnavailable.
        """
        ...

    async def ack(self, places: Sequence[str]) -> None:
        """Be done with entries; raises SignalsUnavailable."""
        ...
