"""Keep tickets for streams in memory."""

import base64
from collections import OrderedDict

from ports.randomness import Randomness
from ports.time import Clock

TICKETS_MAX = 10_000
_BYTES = 24


class MemoryTickets:
    """Tickets of this process (port Tickets); the oldest lapses early when they are too many."""

    def __init__(self, *, clock: Clock, randomness: Randomness, lasts_s: float) -> None:
        self._clock = clock
        self._randomness = randomness
        self._lasts_s = lasts_s
        self._open: OrderedDict[str, tuple[float, str]] = OrderedDict()

    async def issue(self, token: str) -> str:
        """Return a new ticket."""
        ticket = base64.urlsafe_b64encode(self._randomness.token(_BYTES)).decode().rstrip("=")
        now = self._clock.monotonic()
        self._drop_lapsed(now)
        self._open[ticket] = (now + self._lasts_s, token)
        while len(self._open) > TICKETS_MAX:
            self._open.popitem(last=False)
        return ticket

    async def redeem(self, ticket: str) -> str | None:
        """Return the ticket's token, once."""
        found = self._open.pop(ticket, None)
        if found is None or self._clock.monotonic() >= found[0]:
            return None
        return found[1]

    def _drop_lapsed(self, now: float) -> None:
        while self._open:
            ticket, (lapses_at, _) = next(iter(self._open.items()))
            if now < lapses_at:
                return
            del self._open[ticket]
