"""Hand out single-use tickets for WebSockets, which browsers cannot give a header."""

import base64
from collections import OrderedDict
from dataclasses import dataclass

from domain.identity.tenant import Principal
from ports.randomness import Randomness
from ports.time import Clock

TICKETS_MAX = 10_000
_BYTES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Who is connected, and the token that says so: it is looked at again all the time."""

    principal: Principal
    token: str


class Tickets:
    """Tickets of this process, each good once and for a short while."""

    def __init__(self, *, clock: Clock, randomness: Randomness, lasts_s: float) -> None:
        self._clock = clock
        self._randomness = randomness
        self._lasts_s = lasts_s
        self._open: OrderedDict[str, tuple[float, Session]] = OrderedDict()

    def issue(self, session: Session) -> str:
        """Return a new ticket; the oldest lapses early when there are too many."""
        token = self._randomness.token(_BYTES)
        ticket = base64.urlsafe_b64encode(token).decode().rstrip("=")
        now = self._clock.monotonic()
        self._drop_lapsed(now)
        self._open[ticket] = (now + self._lasts_s, session)
        while len(self._open) > TICKETS_MAX:
            self._open.popitem(last=False)
        return ticket

    def redeem(self, ticket: str) -> Session | None:
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
