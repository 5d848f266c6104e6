"""What the core needs to let a WebSocket in, which browsers cannot give a header."""

from dataclasses import dataclass, field
from typing import Protocol

from domain.identity.tenant import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is connected, and the token that says so: it is looked at again all the time."""

    principal: Principal
    token: str = field(repr=False)


class Tickets(Protocol):
    """Tickets that each let one connection in, once and for a short while."""

    async def issue(self, session: Session, *, lasts_s: float) -> str:
        """Return a new ticket, hard to guess and fit for a URL; raises StorageUnavailable."""
        ...

    async def redeem(self, ticket: str) -> Session | None:
        """Return whose ticket it is, once over all processes.

        None when it is none, was used, has lapsed, or cannot be looked up now; raises
        StorageUnavailable where that can be told.
        """
        ...
