"""Hold a link that is mailed: its page asks one thing of one person, once, in one step."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

LINK_LASTS = timedelta(days=30)
# Each attempt to send the message has a token of its own; the newest count.
DIGESTS_MAX = 16


class Asks(StrEnum):
    """What the button of a link says."""

    WELL = "well"  # the owner: I am well
    VETO = "veto"  # the owner, after a release: take it back
    CONFIRM = "confirm"  # a trustee: the owner is gone


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionLink:
    """What a person is asked in one step; digests are of the tokens that open it.

    A digest stands behind the number of its making, so that the oldest is known.
    """

    id: UUID
    tenant_id: UUID
    user_id: UUID
    asks: Asks
    step: int
    expires_at: datetime
    digests: frozenset[str] = frozenset()
    used_at: datetime | None = None
    version: int = 1

    def opened_by(self, digest: str) -> bool:
        """Tell whether a token of that digest was made for it."""
        return any(one.partition(":")[2] == digest for one in self.digests)

    def with_token(self, digest: str) -> "SuccessionLink":
        """Return it with one more token, without the oldest where there are too many."""
        made = sorted(self.digests)[-(DIGESTS_MAX - 1) :]
        kept = frozenset((*made, f"{self.version:012}:{digest}"))
        return replace(self, digests=kept, version=self.version + 1)

    def used(self, at: datetime) -> "SuccessionLink":
        """Return it with its button pressed."""
        return replace(self, used_at=at, version=self.version + 1)
