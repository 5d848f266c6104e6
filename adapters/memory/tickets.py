"""Hand out tickets for WebSockets within one process."""

import base64
from collections import OrderedDict

from ports.randomness import Randomness
from ports.tickets import Session
from ports.time import Clock

TICKETS_MAX = 10_000
_BYTES = 24


class MemoryTickets:
    """Tickets of this process; the oldest lapses early when there are too many."""

    def __init__(self, *, clock: Clock, randomness: Randomness) -> None:
        self._clock = clock
        self._randomness = randomness
        self._open: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    async def issue(self, session: Session, *, lasts_s: float) -> str:
        """Return a new ticket."""
        token = self._randomness.token(_BYTES)
        ticket = base64.urlsafe_b64encode(token).decode().rstrip("=")
        now = self._clock.monotonic()
        self._drop_lapsed(now)
        self._open[ticket] = (now + lasts_s, session)
        while len(self._open) > TICKETS_MAX:
            self._open.popitem(last=False)
        return ticket

    async def redeem(self, ticket: str) -> Session | None:
        """Return whose ticket it is, once; None when it is not, was used, or lapsed."""
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
