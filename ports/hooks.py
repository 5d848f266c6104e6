"""What the core needs to know alert services by the secrets that they send."""

from typing import Protocol
from uuid import UUID


class Hooks(Protocol):
    """Hooks of alert services: each a source's, a tenant's, with a secret."""

    def tenant_of(self, *, source: str, secret: str) -> UUID | None:
        """Return whose hook it is, None for any doubt; as slowly where there is none."""
        ...
