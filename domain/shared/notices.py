"""Hold a notice: one committed fact on its way to those who listen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A fact written with the change that made it true, and published afterwards.

    sequence runs without gaps per (account_id or tenant_id, channel), from 1. type is a
    dotted past-tense name, such as order.accepted; body holds plain text values by name.
    """

    id: UUID
    tenant_id: UUID
    account_id: UUID | None
    channel: str
    sequence: int
    type: str
    subject: str
    at: datetime
    market_at: datetime | None
    body: Mapping[str, str] = field(default_factory=dict)
