"""Hold what a user is told of their own way in."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

# The newest of a user's notices that are kept.
NOTICES_KEPT = 500
NEW_DEVICE = "new_device"
UNUSUAL_LOGIN = "unusual_login"
# Somebody who knows the password gives wrong codes.
CODES_GUESSED = "codes_guessed"


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
