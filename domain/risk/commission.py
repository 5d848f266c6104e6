"""Set aside what a cash account's buys will owe their broker."""

from dataclasses import dataclass, replace
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, Side
from domain.risk.book_view import BookView
from domain.risk.situation import Situation
from domain.shared.values import ZERO, checked_decimal

_CASH = AccountKind.CASH
_BUY = Side.BUY
_HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommissionSchedule:
    """What a broker charges for an order at most, in the instrument's currency.

    The larger of `minimum` and per_unit x units + percent of the notional.
    """

    per_unit: Decimal = ZERO
    minimum: Decimal = ZERO
    percent: Decimal = ZERO

    def __post_init__(self) -> None:
        for name in ("per_unit", "minimum", "percent"):
            checked_decimal(getattr(self, name), field=name)

    @property
    def is_free(self) -> bool:
        """Whether nothing is ever owed."""
        return not (self.per_unit or self.minimum or self.percent)

    def estimate(self, *, quantity: Decimal, price: Decimal | None) -> Decimal | None:
        """Return what so many units may owe, None when that takes a price that is missing."""
        if not self.percent:
            return max(self.minimum, self.per_unit * quantity)
        if price is None:
            return None
        share = abs(price) * quantity * self.percent / _HUNDRED
        return max(self.minimum, self.per_unit * quantity + share)


FREE = CommissionSchedule()


def with_commissions(
    situation: Situation,
    *,
    order: Order,
    terms: OrderTerms,
    view: BookView,
    schedule: CommissionSchedule | None,
) -> Situation:
    """Return the situation with what this buy and those at rest may owe reserved as well.

    Cash accounts alone are held to their cash. Where the broker's charges are not known,
    neither is what is reserved: the gate then refuses.
    """
    account = situation.account
    if account.kind is not _CASH or terms.side is not _BUY:
        return situation
    if schedule is not None and schedule.is_free:
        return situation
    owed = _owed(situation, order=order, terms=terms, view=view, schedule=schedule)
    reserved = account.reserved_cash
    if owed is None or reserved is None:
        return replace(situation, account=replace(account, reserved_cash=None))
    return replace(situation, account=replace(account, reserved_cash=reserved + owed))


def _owed(
    situation: Situation,
    *,
    order: Order,
    terms: OrderTerms,
    view: BookView,
    schedule: CommissionSchedule | None,
) -> Decimal | None:
    if schedule is None:
        return None
    quote = situation.symbol.quote
    price = terms.limit_price or terms.stop_price or (quote.ask if quote is not None else None)
    if price is not None and terms.limit_price is None:
        price += abs(price) * situation.collar / _HUNDRED
    left = max(terms.quantity - order.filled_quantity, ZERO)
    owed = schedule.estimate(quantity=left, price=price)
    for line in view.lines.values():
        if not line.figures.buys:
            continue
        for other in line.resting:
            if owed is None:
                return None
            if other.side is _BUY and other.id != order.id:
                more = schedule.estimate(quantity=other.leaves_quantity, price=other.counted_price)
                owed = owed + more if more is not None else None
    return owed
