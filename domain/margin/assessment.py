"""Say what a book's margin comes to."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from domain.margin.book import MarginPosition
from domain.margin.distance import Distance, distance_of
from domain.margin.rulebook import Rulebook
from domain.shared.values import ZERO


class Strategy(StrEnum):
    """How legs are margined together."""

    LONG = "long"
    SHORT = "short"
    CASH_SECURED_PUT = "cash_secured_put"
    SPREAD = "spread"
    STRADDLE = "straddle"
    BUTTERFLY = "butterfly"
    CONDOR = "condor"
    IRON_CONDOR = "iron_condor"
    BOX = "box"
    COVERED_CALL = "covered_call"
    COVERED_PUT = "covered_put"
    PROTECTIVE_PUT = "protective_put"
    PROTECTIVE_CALL = "protective_call"
    COLLAR = "collar"
    CONVERSION = "conversion"
    REVERSE_CONVERSION = "reverse_conversion"
    CLASS_GROUP = "class_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leg:
    """A part of a position, signed as the position is."""

    symbol: str
    quantity: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """Legs that are margined as one.

    requirement is what the manuals print: premiums of short options are in it and the long
    options are paid beside it. initial counts what the long legs cost, maintenance what equity
    has to stand behind the legs at their present prices.
    """

    strategy: Strategy
    legs: tuple[Leg, ...]
    requirement: Decimal
    initial: Decimal
    maintenance: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionMargin:
    """What one position needs, and the price at which the account is called or liquidated.

    Of what is paired, the leg that is at risk bears the whole. call_price holds every other price
    where it is; None where no price of this position alone leads to a call.
    """

    position: MarginPosition
    value: Decimal
    initial: Decimal
    maintenance: Decimal
    call_price: Decimal | None = None
    liquidation_price: Decimal | None = None

    @property
    def symbol(self) -> str:
        """Whose it is."""
        return self.position.symbol

    @property
    def distance(self) -> Distance | None:
        """How far the price is from the call or the liquidation, None where there is neither."""
        level = self.liquidation_price if self.call_price is None else self.call_price
        if level is None:
            return None
        return distance_of(self.position.price, level=level, volatility=self.position.volatility)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A book's margin under one rulebook.

    equity is what would be left if everything were closed at its price. initial is what opening
    the positions asks for, proceeds of sales counted in; deposit is the same less those proceeds,
    and what equity has to cover to open; maintenance is what equity has to cover to hold. A
    short share of 100 so has an initial of 150, a deposit of 50, a maintenance of 30. sma is the
    special memorandum account, minimum_equity what the account must be worth to borrow or to
    sell short at all: the rulebook's, or the full cost where that is less.
    """

    rulebook: Rulebook
    equity: Decimal
    initial: Decimal
    maintenance: Decimal
    deposit: Decimal
    sma: Decimal
    minimum_equity: Decimal
    # Works the positions out when they are asked for: a decision needs the sums only.
    each: Callable[[], tuple[PositionMargin, ...]] = field(repr=False, compare=False)
    pairings: tuple[Pairing, ...] = ()

    @property
    def positions(self) -> tuple[PositionMargin, ...]:
        """What each position needs, and where it would be called or liquidated."""
        return self.each()

    @property
    def buffer(self) -> Decimal | None:
        """(equity - maintenance) / equity, None where there is no equity to be a part of."""
        return None if self.equity <= ZERO else self.excess / self.equity

    @property
    def excess(self) -> Decimal:
        """What equity could fall by before a call; below zero it is one."""
        return self.equity - self.maintenance

    @property
    def available(self) -> Decimal:
        """What is left to open positions with, as deposit."""
        return self.equity - self.deposit
