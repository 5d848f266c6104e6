"""Hold what a user is told of their own way in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.shared.notices import Notice, own_channel

# The newest of a user's notices that are kept.
NOTICES_KEPT = 500
NEW_DEVICE = "new_device"
UNUSUAL_LOGIN = "unusual_login"
# Somebody who knows the password gives wrong codes.
CODES_GUESSED = "codes_guessed"
# A loosening waits for a second person.
APPROVAL_ASKED = "approval_asked"


# The channel on which a user hears of a notice.
NOTICES = "notices"


class Priority(StrEnum):
    """How soon a user should see a notice."""

    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    URGENT = "URGENT"  # told again and again until it is acknowledged


@dataclass(frozen=True, slots=True, kw_only=True)
class UserNotice:
    """One thing that a user should know; detail holds plain text by name, never secrets."""

    id: UUID
    tenant_id: UUID
    user_id: UUID
    kind: str
    at: datetime
    detail: tuple[tuple[str, str], ...] = ()
    read_at: datetime | None = None
    priority: Priority = Priority.MEDIUM
    acknowledged_at: datetime | None = None


def event_of(notice: UserNotice) -> Notice:
    """Return what goes over the streams when a notice is kept: that there is one, of which kind.

    Its detail, such as addresses and places, stays with the notice.
    """
    return Notice(
        id=notice.id,
        tenant_id=notice.tenant_id,
        account_id=None,
        channel=own_channel(NOTICES, user_id=notice.user_id),
        # Numbered as it is stored.
        sequence=0,
        type=f"notice.{notice.kind}",
        subject=str(notice.id),
        at=notice.at,
        market_at=None,
        body={
            "kind": notice.kind,
            "user_id": str(notice.user_id),
            "priority": notice.priority.value,
        },
    )
