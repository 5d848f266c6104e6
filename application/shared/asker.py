"""Name who asks for something."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks, and in which request: goes into the audit trail."""

    tenant_id: UUID
    actor: str
    trace_id: str = ""
