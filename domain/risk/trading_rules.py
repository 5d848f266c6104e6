"""Limit how an account trades: what is open, has no stop, cannot be sold again, meets its own."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from domain.risk.effect import Effect
from domain.risk.measure import (
    NO_OWN_ORDERS,
    NO_QUOTE,
    NO_REFERENCE,
    NO_VOLUME,
    Measure,
    Nature,
)
from domain.risk.parameters import (
    ChoiceParameter,
    Looser,
    NumberParameter,
    Parameter,
    whole,
    within,
)
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import ONE, ZERO, positive_decimal

_HUNDRED = Decimal(100)
_POINTS = Decimal(10_000)
_OPEN_MAX = Decimal(100_000)
_OF = ChoiceParameter(name="of", choices=("volume", "spread"))
# A stop that is further from the entry's price than this protects from nothing.
_DISTANCE = NumberParameter(
    name="distance_percent",
    default=_HUNDRED,
    low=Decimal("0.01"),
    high=_HUNDRED,
    looser=Looser.HIGHER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxOpenOrders:
    """How many orders of the account are not closed yet, this one included.

    Those that wait for another count, and those whose fate is not known.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_OPEN_ORDERS
    THRESHOLD: ClassVar[str] = "orders"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "orders"
    CLAUSE: ClassVar[str] = "RTS 6 article 15(1)(d)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 on."""
        del parameters
        whole(threshold)
        within(threshold, low=ONE, high=_OPEN_MAX, unit="orders")
        return cls(limit=threshold, quiet=threshold * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the open orders with this one with the limit."""
        besides = effect.situation.readings[self.place]
        if besides is None:
            return NO_OWN_ORDERS
        count = besides + ONE
        return None if count < self.quiet else (count, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRequired:
    """Units that the order opens without a stop that goes out with it.

    A bracket's stop counts, and any child on the other side of the symbol that is a stop;
    one further than distance_percent from the entry's price does not. The threshold plays no
    part.
    """

    TYPE: ClassVar[RuleType] = RuleType.STOP_REQUIRED
    THRESHOLD: ClassVar[str] = "nothing: 0 or 1"
    NATURE: ClassVar[Nature] = Nature.SIZE
    unit: ClassVar[str] = "units"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(i)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.NEITHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_DISTANCE,)

    share: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is 0 or 1 and means nothing."""
        within(threshold, low=ZERO, high=ONE, unit="no part in this rule")
        del quiet
        return cls(share=_DISTANCE.read(parameters) / _HUNDRED)

    def measure(self, effect: Effect) -> Measure:
        """Say how many units have no stop, of 0 allowed."""
        protected = effect.situation.readings[self.place]
        if protected is None:
            return NO_REFERENCE
        bare = effect.quantity - protected
        return (bare, ZERO) if bare > ZERO else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Liquidity:
    """Whether the market could take it back: its volume, or its spread.

    of volume: the position after the order, all that rests on its side counted, in percent of
    the average daily volume of the last 20 days. of spread: the quote's spread in basis points
    of its middle.
    """

    TYPE: ClassVar[RuleType] = RuleType.LIQUIDITY
    THRESHOLD: ClassVar[str] = "percent of volume, or basis points of the spread"
    NATURE: ClassVar[Nature] = Nature.SIZE
    CLAUSE: ClassVar[str] = "RTS 6 article 15(1)(c)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_OF,)

    # Percent of the volume as a share, or basis points.
    limit: Decimal
    quiet: Decimal
    of_spread: bool

    @property
    def unit(self) -> str:
        """Units against the volume, or basis points."""
        return "points" if self.of_spread else "units"

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero, to 10,000 percent or basis points."""
        positive_decimal(threshold, field="threshold")
        of_spread = _OF.read(parameters) == "spread"
        unit = "basis points" if of_spread else "percent of volume"
        within(threshold, low=ZERO, high=_POINTS, unit=unit)
        limit = threshold if of_spread else threshold / _HUNDRED
        return cls(limit=limit, quiet=quiet, of_spread=of_spread)

    def measure(self, effect: Effect) -> Measure:
        """Compare the position with the share of the volume, or the spread with the limit."""
        return self._spread(effect) if self.of_spread else self._volume(effect)

    def _volume(self, effect: Effect) -> Measure:
        volume = effect.situation.average_daily_volume
        if volume is None:
            return NO_VOLUME
        held, limit = abs(effect.position_after), volume * self.limit
        return None if held < limit * self.quiet else (held, limit)

    def _spread(self, effect: Effect) -> Measure:
        quote = effect.situation.symbol.quote
        middle = abs(quote.bid + quote.ask) / 2 if quote is not None else ZERO
        if quote is None or not middle:
            return NO_QUOTE
        spread = (quote.ask - quote.bid) * _POINTS / middle
        return None if spread < self.limit * self.quiet else (max(spread, ZERO), self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTrade:
    """Own orders, in any account of the tenant, that the order would trade with.

    Those are live at a price that the order reaches; a trigger that was not met trades with
    nobody yet. Reducing is held back too (action REDUCE_ONLY lets it pass). The threshold
    plays no part.
    """

    TYPE: ClassVar[RuleType] = RuleType.SELF_TRADE
    THRESHOLD: ClassVar[str] = "nothing: 0 or 1"
    NATURE: ClassVar[Nature] = Nature.CONDUCT
    unit: ClassVar[str] = "orders"
    CLAUSE: ClassVar[str] = "FINRA Rule 5210.02; MAR article 12(1)(a)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.NEITHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is 0 or 1 and means nothing."""
        within(threshold, low=ZERO, high=ONE, unit="no part in this rule")
        del parameters, quiet
        return cls()

    def measure(self, effect: Effect) -> Measure:
        """Say how many own orders would be met, of 0 allowed."""
        crossed = effect.situation.readings[self.place]
        if crossed is None:
            return NO_OWN_ORDERS
        return (crossed, ZERO) if crossed else None
