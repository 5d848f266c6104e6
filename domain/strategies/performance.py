"""Say what a strategy's own orders brought, out of their fills."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, localcontext
from enum import StrEnum
from types import MappingProxyType

from domain.accounts.positions import Position, traded_value
from domain.market.prices import SplitHistory
from domain.orders.order import Fill
from domain.performance.round_trips import RoundTrips, win_rate
from domain.shared.values import ONE, ZERO

_PLACES = 12
# Of a ratio of splits: beyond what a price or quantity is kept to.
_DIGITS = 50


class FigureName(StrEnum):
    """What is told of a strategy's orders; money in the currency of their instruments."""

    REALISED_PNL = "realised_pnl"
    UNREALISED_PNL = "unrealised_pnl"
    COMMISSIONS = "commissions"
    NET_PNL = "net_pnl"
    WIN_RATE = "win_rate"
    DRAWDOWN = "drawdown"
    TURNOVER = "turnover"


DEFINITIONS: Mapping[FigureName, str] = MappingProxyType(
    {
        FigureName.REALISED_PNL: "What closed units brought over their average cost, before"
        " commissions, in units restated for splits.",
        FigureName.UNREALISED_PNL: "Open units at the latest prices less their average cost.",
        FigureName.COMMISSIONS: "The commissions of all fills, rebates deducted.",
        FigureName.NET_PNL: "Realised and unrealised, less commissions.",
        FigureName.WIN_RATE: "The fraction of round trips, from flat to flat, with a profit after"
        " commissions.",
        FigureName.DRAWDOWN: "The deepest fall of the net profit from its highest so far, 0 at the"
        " start, looked at after each fill, each symbol at its latest fill's price (maximum"
        " drawdown, Magdon-Ismail and Atiya 2004, in money).",
        FigureName.TURNOVER: "The worth of all fills, bought and sold.",
    }
)


@dataclass(frozen=True, slots=True)
class FigureAbsent:
    """A figure cannot be told, and why: none is made up for it."""

    reason: str


FigureValue = Decimal | FigureAbsent


@dataclass(frozen=True, slots=True, kw_only=True)
class Performance:
    """What fills brought; each figure is absent with a reason where it cannot be told."""

    figures: Mapping[FigureName, FigureValue]
    currency: str | None
    fills: int
    orders_filled: int
    round_trips: int
    open_symbols: tuple[str, ...]


def performance_of(
    fills: Sequence[Fill],
    *,
    multipliers: Mapping[str, Decimal],
    splits: Callable[[str], SplitHistory],
    price: Callable[[str], Decimal | None],
) -> Performance:
    """Return the figures of one strategy's fills, oldest first.

    multipliers: 1 for a symbol that is not named. The fractions of a share that a split leaves
    are kept here: the cash that was paid for them is the account's.
    """
    run = _Run(splits=splits, multipliers=multipliers)
    problem = run.take(fills)
    currencies = sorted({one.currency for one in fills})
    if len(currencies) > 1:
        problem = problem or f"fills in {' and '.join(currencies)} are not added up"
    if not fills:
        problem = "no order of it has been filled"
    figures: Mapping[FigureName, FigureValue] = (
        dict.fromkeys(FigureName, FigureAbsent(problem)) if problem else run.figures(price)
    )
    return Performance(
        figures=figures,
        currency=currencies[0] if len(currencies) == 1 else None,
        fills=len(fills),
        orders_filled=len({one.order_id for one in fills}),
        round_trips=len(run.trips.closed),
        open_symbols=run.trips.open_symbols,
    )


class _Run:
    """The positions that a strategy's fills come to, as if it held them alone."""

    def __init__(
        self, *, splits: Callable[[str], SplitHistory], multipliers: Mapping[str, Decimal]
    ) -> None:
        self._splits = splits
        self._multipliers = multipliers
        self._held: dict[str, Position] = {}
        self._marks: dict[str, Decimal] = {}
        self.trips = RoundTrips()
        self._highest = self._fall = self._turnover = ZERO

    def take(self, fills: Sequence[Fill]) -> str:
        """Take fills in, and return what keeps them from being told, "" where nothing does."""
        for fill in fills:
            since = self._splits(fill.symbol).after(fill.market_at)
            if since is None:
                return f"which splits of {fill.symbol} came since {fill.market_at} is not known"
            ratio = ONE
            with localcontext(prec=_DIGITS):
                for one in since:
                    ratio = ratio * one.split.numerator / one.split.denominator
                quantity, price = fill.signed_quantity * ratio, fill.price / ratio
            self._trade(fill, quantity=quantity, price=price)
        return ""

    def figures(self, price: Callable[[str], Decimal | None]) -> dict[FigureName, FigureValue]:
        """Return the figures at the latest prices."""
        held = self._held.values()
        realised = sum((one.realised_pnl for one in held), ZERO)
        commissions = sum((one.commissions for one in held), ZERO)
        unrealised = self._unrealised(price)
        won = win_rate(self.trips.closed)
        found: dict[FigureName, FigureValue] = {
            FigureName.REALISED_PNL: realised,
            FigureName.UNREALISED_PNL: unrealised,
            FigureName.COMMISSIONS: commissions,
            FigureName.NET_PNL: unrealised
            if isinstance(unrealised, FigureAbsent)
            else realised + unrealised - commissions,
            FigureName.WIN_RATE: FigureAbsent("no position was closed so far")
            if won is None
            else Decimal(repr(won)),
            FigureName.DRAWDOWN: self._fall,
            FigureName.TURNOVER: self._turnover,
        }
        return {
            name: one if isinstance(one, FigureAbsent) else round(one, _PLACES)
            for name, one in found.items()
        }

    def _trade(self, fill: Fill, *, quantity: Decimal, price: Decimal) -> None:
        multiplier = self._multipliers.get(fill.symbol, ONE)
        before = self._held.get(fill.symbol, Position(symbol=fill.symbol))
        after = replace(before, multiplier=multiplier).traded(
            quantity=quantity, price=price, commission=fill.commission
        )
        self._held[fill.symbol] = after
        self._marks[fill.symbol] = price
        self.trips.follow(after, at=fill.at)
        worth = traded_value(quantity=fill.quantity, price=fill.price, multiplier=multiplier)
        self._turnover += worth
        net = sum(
            (
                one.realised_pnl + one.unrealised_pnl(self._marks[one.symbol]) - one.commissions
                for one in self._held.values()
            ),
            ZERO,
        )
        self._highest = max(self._highest, net)
        self._fall = max(self._fall, self._highest - net)

    def _unrealised(self, price: Callable[[str], Decimal | None]) -> FigureValue:
        total = ZERO
        for symbol, held in self._held.items():
            if not held.quantity:
                continue
            latest = price(symbol)
            if latest is None:
                return FigureAbsent(f"no price of {symbol}")
            total += held.unrealised_pnl(latest)
        return total
