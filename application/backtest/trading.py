"""Trade the baseline strategy: decide at the close, send at the next open."""

from decimal import Decimal

from application.backtest.context import BacktestBroken, BacktestContext
from application.orders.commands import (
    Accepted,
    Asker,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
)
from domain.accounts.valuation import MissingPrice, value_book
from domain.backtest.options import STRATEGY
from domain.backtest.result import Denial
from domain.market.prices import Bar, Quote, SplitEffective
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.values import ZERO
from domain.signals.atr import AverageTrueRange
from domain.signals.ema import Cross, EmaCross
from domain.signals.signal import PublishedSignal
from domain.signals.sizing import Sizing, units_for

ACTOR = "replay"
# Far more than the averages remember.
_WARM_UP_BARS = 250


class _Signals:
    """What the strategy keeps of one symbol."""

    __slots__ = ("cross", "true_range")

    def __init__(self) -> None:
        self.cross = EmaCross()
        self.true_range = AverageTrueRange()

    def update(self, bar: Bar) -> Cross | None:
        close = float(bar.close)
        self.true_range.update(high=float(bar.high), low=float(bar.low), close=close)
        return self.cross.update(close)


class EmaTrader:
    """Long when the fast average stands at or above the slow one, flat otherwise.

    A cross is found at the close, of that day's bar; the order goes out at the symbol's
    first quote of the next session, so that it never trades at a price it was decided on.
    One that the gate refuses is not repeated: the next cross asks again.
    """

    def __init__(self, *, context: BacktestContext, sizing: Sizing, raw: bool) -> None:
        self._context = context
        self._sizing = sizing
        self._raw = raw
        self._signals = {each.symbol: _Signals() for each in context.instruments.all()}
        self._asker = Asker(tenant_id=context.account.tenant_id, actor=ACTOR)
        # Crosses found at a close that wait for the next open; read on every quote.
        self.waiting: dict[str, Cross] = {}
        self.denials: list[Denial] = []
        self.accepted = 0

    def warm_up(self) -> None:
        """Take in the days before the first one, which are history: they are not traded."""
        for symbol, signals in self._signals.items():
            for bar in self._context.feed.bars(symbol, count=_WARM_UP_BARS):
                signals.update(bar)

    def on_bar(self, bar: Bar) -> None:
        """Take in a day's bar; a cross waits for the next open, and there is nothing to send."""
        cross = self._signals[bar.symbol].update(bar)
        if cross is not None:
            self.waiting[bar.symbol] = cross

    async def on_split(self, event: SplitEffective) -> None:
        """Restate what the strategy remembers of the symbol, unless it is to see raw prices."""
        split = event.split
        signals = self._signals.get(split.symbol)
        if signals is not None and not self._raw:
            ratio = float(split.ratio)
            signals.cross.restate(ratio)
            signals.true_range.restate(ratio)

    async def signals(self) -> list[PublishedSignal]:
        """Return nothing: it publishes none."""
        return []

    async def act(self, quote: Quote) -> bool:
        """Send what waits for the symbol; tell whether the dispatcher has work."""
        terms = self._terms(self.waiting.pop(quote.symbol), quote=quote)
        if terms is None:
            return False
        outcome = await self._context.submit(
            SubmitOrder(
                asker=self._asker,
                account_id=self._context.account.id,
                orders=(OrderRequest(terms=terms),),
                strategy_id=STRATEGY,
            ),
            idempotency=None,
        )
        match outcome:
            case Accepted():
                self.accepted += 1
                return True
            case DeniedOrders(orders=orders, reasons=reasons):
                self.denials += [Denial(order=order, reasons=reasons) for order in orders]
                return False
            case _:
                raise BacktestBroken(f"a new order was answered with {outcome}")

    def _terms(self, cross: Cross, *, quote: Quote) -> OrderTerms | None:
        held = self._context.book().position(quote.symbol).quantity
        if cross is Cross.DOWN:
            side, units = Side.SELL, held
        else:
            # A position that a refused sale left behind is kept, not added to.
            side, units = Side.BUY, self._units(quote) if held == ZERO else ZERO
        if units <= ZERO:
            return None
        return OrderTerms(symbol=quote.symbol, side=side, type=OrderType.MARKET, quantity=units)

    def _units(self, quote: Quote) -> Decimal:
        context = self._context
        book = context.book()
        instrument = context.instruments.find(quote.symbol)
        valued = value_book(book, price_of=self._price)
        if instrument is None or isinstance(valued, MissingPrice):
            raise BacktestBroken(
                f"{quote.symbol} cannot be sized: a price or instrument is missing"
            )
        return units_for(
            self._sizing,
            instrument=instrument,
            equity=valued.equity,
            cash=valued.cash,
            price=quote.ask,
            true_range=self._signals[quote.symbol].true_range.value,
        )

    def _price(self, symbol: str) -> Decimal | None:
        quote = self._context.feed.quote(symbol)
        return None if quote is None else quote.last
