"""Hold the passcode that guards the release of the kill switch."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Passcode:
    """A tenant's release passcode: its Argon2id hash and the failures since the last success."""

    tenant_id: UUID
    hash: str
    failures: int = 0
    locked_until: datetime | None = None
