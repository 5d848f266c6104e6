"""Hold what a client asks of an order: the terms, checked when they are made."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.shared.values import (
    CENT,
    LARGEST,
    ONE,
    ZERO,
    InvalidValue,
    checked_decimal,
    checked_symbol,
    checked_time,
    positive_decimal,
)


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"


class OrderType(StrEnum):
    """How an order finds its price."""

    MARKET = "market"
    LIMIT = "limit"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"
    MARKET_IF_TOUCHED = "market_if_touched"
    LIMIT_IF_TOUCHED = "limit_if_touched"
    MARKET_TO_LIMIT = "market_to_limit"
    TRAILING_STOP = "trailing_stop"


class TimeInForce(StrEnum):
    """How long an order may rest."""

    DAY = "day"
    GTC = "gtc"
    GTD = "gtd"
    IOC = "ioc"
    FOK = "fok"
    OPG = "opg"
    CLS = "cls"


class TrailKind(StrEnum):
    """What the trail of a trailing stop is measured in."""

    AMOUNT = "amount"
    PERCENT = "percent"


PRICED_BY_LIMIT = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED})
PRICED_BY_STOP = frozenset(
    {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    }
)
_HUNDRED = Decimal(100)
# A look-up on an enumeration costs as much as a multiplication: the usual ones by name.
_LIMIT = OrderType.LIMIT
_TRAILING_STOP = OrderType.TRAILING_STOP
_DAY = TimeInForce.DAY


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What to trade, how much, at which prices and for how long.

    quantity and display_quantity are in units, prices in the instrument's currency per
    unit. trail is in currency per unit or in percent of the price, as trail_kind says.
    stop_price is the trigger of stop and if-touched orders; a trailing stop may carry one
    as its first trigger.
    """

    symbol: str
    side: Side
    type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    stop_price: Decimal | None = None
    trail: Decimal | None = None
    trail_kind: TrailKind | None = None
    time_in_force: TimeInForce = TimeInForce.DAY
    expires_at: datetime | None = None
    post_only: bool = False
    reduce_only: bool = False
    display_quantity: Decimal | None = None

    def __post_init__(self) -> None:
        checked_symbol(self.symbol)
        # Whole units and prices in cents, which most are, need no look at their digits: a
        # number of the same quantum as these is finite.
        if not (self.quantity.same_quantum(ONE) and ZERO < self.quantity < LARGEST):
            positive_decimal(self.quantity, field="quantity")
        if self.type is _LIMIT and self.limit_price is not None and self.stop_price is None:
            # The usual order, spared the look at all types.
            if not (self.limit_price.same_quantum(CENT) and ZERO < self.limit_price < LARGEST):
                checked_decimal(self.limit_price, field="limit_price")
        else:
            _check_prices(self)
        if self.trail is not None or self.trail_kind is not None or self.type is _TRAILING_STOP:
            _check_trail(self)
        if self.time_in_force is not _DAY or self.expires_at is not None:
            _check_duration(self)
        if self.post_only or self.display_quantity is not None:
            _check_resting(self)

    @property
    def signed_quantity(self) -> Decimal:
        """The quantity, negative for a sale."""
        return self.quantity if self.side is Side.BUY else -self.quantity


def _check_prices(terms: OrderTerms) -> None:
    needs_limit = terms.type in PRICED_BY_LIMIT
    if needs_limit and terms.limit_price is None:
        raise InvalidValue(field="limit_price", problem=f"is required for a {terms.type} order")
    if not needs_limit and terms.limit_price is not None:
        raise InvalidValue(field="limit_price", problem=f"does not belong to a {terms.type} order")
    needs_stop = terms.type in PRICED_BY_STOP
    if needs_stop and terms.stop_price is None:
        raise InvalidValue(field="stop_price", problem=f"is required for a {terms.type} order")
    may_stop = needs_stop or terms.type is OrderType.TRAILING_STOP
    if not may_stop and terms.stop_price is not None:
        raise InvalidValue(field="stop_price", problem=f"does not belong to a {terms.type} order")
    # Prices may be negative where markets are (crude oil, April 2020): only finite is asked.
    if terms.limit_price is not None:
        checked_decimal(terms.limit_price, field="limit_price")
    if terms.stop_price is not None:
        checked_decimal(terms.stop_price, field="stop_price")


def _check_trail(terms: OrderTerms) -> None:
    if terms.type is not OrderType.TRAILING_STOP:
        raise InvalidValue(field="trail", problem=f"does not belong to a {terms.type} order")
    if terms.trail is None or terms.trail_kind is None:
        raise InvalidValue(
            field="trail", problem="a trailing stop needs trail and trail_kind (amount or percent)"
        )
    positive_decimal(terms.trail, field="trail")
    if terms.trail_kind is TrailKind.PERCENT and terms.trail >= _HUNDRED:
        raise InvalidValue(field="trail", problem="must be below 100 percent")


def _check_duration(terms: OrderTerms) -> None:
    if terms.time_in_force is TimeInForce.GTD:
        if terms.expires_at is None:
            raise InvalidValue(field="expires_at", problem="is required when time_in_force is gtd")
        checked_time(terms.expires_at, field="expires_at")
    elif terms.expires_at is not None:
        raise InvalidValue(
            field="expires_at", problem=f"belongs to gtd, not to {terms.time_in_force}"
        )
    at_once = terms.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    if at_once and terms.type not in (OrderType.MARKET, OrderType.LIMIT):
        raise InvalidValue(
            field="time_in_force", problem=f"{terms.time_in_force} needs a market or limit order"
        )
    at_auction = terms.time_in_force in (TimeInForce.OPG, TimeInForce.CLS)
    if at_auction and terms.type not in (OrderType.MARKET, OrderType.LIMIT):
        raise InvalidValue(
            field="time_in_force", problem=f"{terms.time_in_force} needs a market or limit order"
        )


def _check_resting(terms: OrderTerms) -> None:
    at_once = terms.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
    if terms.post_only and (terms.type not in PRICED_BY_LIMIT or at_once):
        raise InvalidValue(
            field="post_only", problem="needs an order that can rest: a limit, not ioc or fok"
        )
    shown = terms.display_quantity
    if shown is None:
        return
    positive_decimal(shown, field="display_quantity")
    if terms.type not in PRICED_BY_LIMIT or at_once:
        raise InvalidValue(field="display_quantity", problem="needs an order that can rest")
    if shown > terms.quantity:
        raise InvalidValue(field="display_quantity", problem="must not exceed quantity")
