"""Trade a strategy in a replay by the very code that trades it live."""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from application.backtest.context import BacktestBroken
from application.orders.commands import DeniedOrders
from application.patterns.follow_market import FollowMarket
from application.strategies.act_on_signals import ActOnSignals
from application.strategies.keep_strategies import STRATEGIES
from domain.backtest.result import Denial
from domain.market.prices import Bar, Quote, SplitEffective
from domain.shared.notices import Notice
from domain.signals.signal import PublishedSignal, SignalFilter
from ports.signals import PUBLISHED, SignalArchive
from ports.streams import EventSink

_EVERYTHING = 2**62


@dataclass(slots=True, kw_only=True)
class HeldSignals:
    """What was published, by symbol, until it is handed on (port EventSink)."""

    forward: EventSink
    by_symbol: dict[str, list[Notice]] = field(default_factory=dict)

    async def publish(self, notices: Sequence[Notice]) -> None:
        """Hold the signals among these."""
        for one in notices:
            if one.type == PUBLISHED:
                self.by_symbol.setdefault(one.body["symbol"], []).append(one)

    async def hand_on(self, symbol: str) -> None:
        """Put a symbol's signals in line; raises StreamUnavailable."""
        await self.forward.publish(self.by_symbol.pop(symbol))


@dataclass(slots=True, kw_only=True)
class StrategyTrader:
    """Patterns follow the bars, what fires goes the way of every signal, and strategies act.

    A signal of a close is handed on at its symbol's first quote of the next session, so that
    nothing trades at a price it was decided on, nor while the market is closed. As live, what is
    known begins with the first day that is played.
    """

    tenant_id: UUID
    strategy_id: UUID
    patterns: FollowMarket
    # Brings what was published into `held`.
    collect: Callable[[], Awaitable[int]]
    held: HeldSignals
    act_on: ActOnSignals
    archive: SignalArchive
    denials: list[Denial] = field(default_factory=list)
    # Something was published since it was last handed on.
    published: bool = False

    @property
    def waiting(self) -> Collection[str]:
        """The symbols whose signals are to be handed on."""
        return self.held.by_symbol

    def warm_up(self) -> None:
        """Take in nothing: a live one that begins that day knows no more."""

    def on_bar(self, bar: Bar) -> Awaitable[bool]:
        """Follow a day's bar."""
        return self._follow(bar)

    async def on_split(self, event: SplitEffective) -> None:
        """Restate what is known of the symbol."""
        await self.patterns(event)

    async def act(self, quote: Quote) -> bool:
        """Hand the symbol's signals on, and let strategies act on them."""
        await self.held.hand_on(quote.symbol)
        while await self.act_on.drain(wait_s=0):
            pass
        return True

    async def signals(self) -> list[PublishedSignal]:
        """Return what was published, oldest first; raises BacktestBroken of a stopped strategy."""
        async with self.act_on.changes.works.look(self.tenant_id) as look:
            strategy = await look.records(STRATEGIES).get(self.strategy_id)
        if strategy is None or strategy.problem:
            raise BacktestBroken(f"the strategy was stopped: {strategy and strategy.problem}")
        found = await self.archive.page(SignalFilter(), tenant_id=self.tenant_id, limit=_EVERYTHING)
        return list(reversed(found))

    def denied(self, outcome: DeniedOrders) -> None:
        """Note an order that the gate refused."""
        self.denials += [Denial(order=one, reasons=outcome.reasons) for one in outcome.orders]

    async def _follow(self, bar: Bar) -> bool:
        await self.patterns(bar)
        if not self.published:
            return False
        self.published = False
        await self.collect()
        return False
