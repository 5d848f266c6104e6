"""Bring the market's events to one venue, so that one that does not take them holds up nobody."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from domain.market.prices import MarketEvent, Quote, TradedVolume
from ports.market import Listener
from ports.time import Sleeper

AGAIN_S = 1.0
# Beyond this, of what waits only the latest quotes are kept, and all that is no price.
WAITING_MAX = 10_000


@dataclass(slots=True, kw_only=True)
class TellApart:
    """Tell a venue of each event in turn; one that fails is told later, from where it stood.

    The market waits for a venue that takes its events, so that it knows the prices that orders
    are sent at. One that failed is not waited for: `run` tells it until it has caught up, and
    until then `problem` says that it fills at prices of before.
    """

    tell: Listener
    sleeper: Sleeper
    on_failure: Callable[[Exception], None]
    _waiting: deque[MarketEvent] = field(default_factory=deque)
    _problem: str = ""

    def problem(self) -> str:
        """Say why the venue is behind the market, empty while it is not."""
        return self._problem

    async def __call__(self, event: MarketEvent) -> None:
        """Tell the event, or keep it for a venue that is behind."""
        self._waiting.append(event)
        if len(self._waiting) > WAITING_MAX:
            self._waiting = deque(_thinned(self._waiting))
        if not self._problem:
            await self._catch_up()

    async def run(self) -> None:
        """Run until cancelled: tell a venue that is behind what it has missed."""
        while True:
            await self.sleeper.sleep(AGAIN_S)
            if self._problem:
                await self._catch_up()

    async def _catch_up(self) -> None:
        try:
            while self._waiting:
                event = self._waiting[0]
                await self.tell(event)
                # Others may have been added or thinned out meanwhile.
                if self._waiting and self._waiting[0] is event:
                    self._waiting.popleft()
        # Whatever it was: the other venues, and the market, go on.
        except Exception as problem:  # noqa: BLE001
            if not self._problem:
                self.on_failure(problem)
            self._problem = f"it is behind the market: {problem}"
        else:
            self._problem = ""


def _thinned(waiting: Iterable[MarketEvent]) -> list[MarketEvent]:
    """Return what a venue must not miss, in order: sessions, splits, the latest quotes."""
    latest: set[str] = set()
    kept: list[MarketEvent] = []
    for event in reversed(list(waiting)):
        match event:
            case Quote():
                if event.symbol not in latest:
                    latest.add(event.symbol)
                    kept.append(event)
            case TradedVolume():
                continue
            case _:
                kept.append(event)
    return kept[::-1]
