"""Name who asks for something."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and in which request: goes into the audit trail.

    user_id is the person whose key it is, where a key asks that is some person's; key_id is the
    key that signed a command.
    """

    tenant_id: UUID
    actor: str
    trace_id: str = ""
    user_id: UUID | None = None
    key_id: str = ""
