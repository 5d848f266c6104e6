"""Hold how far a stop is at one broker, by the venue's own word."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LatchVenue:
    """One broker's part of a latch; each stage is stored once and stays.

    dispatched: its cancels were asked for. acknowledged: the venue has answered since.
    broker_confirmed: its own reading shows nothing open of what is stopped. canceled: our
    books, which follow its reports, show nothing either. flat: it holds nothing of it.
    round_trip_ms is how long its reading took, the floor of all this; problem why it cannot
    be worked at, empty where it can.
    """

    latch_id: UUID
    tenant_id: UUID
    broker: str
    dispatched_at: datetime | None = None
    acknowledged_at: datetime | None = None
    canceled_at: datetime | None = None
    flat_at: datetime | None = None
    broker_confirmed_at: datetime | None = None
    round_trip_ms: Decimal | None = None
    problem: str = ""


STAGES = ("dispatched_at", "acknowledged_at", "canceled_at", "flat_at", "broker_confirmed_at")
