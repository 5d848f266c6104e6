"""What the core needs so that a live stream can be opened without a header."""

from typing import Protocol

TICKET_S = 30.0


class Tickets(Protocol):
    """Tickets that stand for an access token: each good once, for a short while, anywhere.

    Whoever reads what is kept of a ticket learns neither the ticket nor the token.
    """

    async def issue(self, token: str) -> str:
        """Return a new ticket for a token."""
        ...

    async def redeem(self, ticket: str) -> str | None:
        """Return the ticket's token, to the first who asks; None when it was used or lapsed."""
        ...
