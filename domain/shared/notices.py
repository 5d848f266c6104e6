"""Hold a notice: one committed fact on its way to those who listen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID, uuid5

_WHOSE = ":"


def own_channel(family: str, *, user_id: UUID) -> str:
    """Return the channel of a family that is one user's."""
    return f"{family}{_WHOSE}{user_id}"


def family_of(channel: str) -> str:
    """Return a channel without whose own it is."""
    return channel.partition(_WHOSE)[0]


def for_tenant(notice: "Notice", tenant_id: UUID) -> "Notice":
    """Return what tells a tenant of what concerns all of them, under an id of its own."""
    return replace(notice, id=uuid5(notice.id, str(tenant_id)), tenant_id=tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A fact written with the change that made it true, and published afterwards.

    sequence runs without gaps per (account_id or tenant_id, channel), from 1. A channel that
    each user has for themselves bears their id (`own_channel`). type is a dotted past-tense
    name, such as order.accepted; body holds plain text values by name.
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

    @property
    def family(self) -> str:
        """The channel as readers ask for it: without whose own it is."""
        return family_of(self.channel)
