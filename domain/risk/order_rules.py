"""Limit how orders are sent: size, repetition, rate, symbols."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import Enum
from typing import ClassVar, Self

from domain.risk.effect import Effect
from domain.risk.measure import NO_HISTORY, NO_VALUE, NO_VOLUME, Measure, Nature
from domain.risk.parameters import (
    ChoiceParameter,
    Looser,
    NumberParameter,
    Parameter,
    SymbolsParameter,
    heard_from,
    seconds_of,
    whole,
    within,
)
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import ONE, ZERO, positive_decimal

_HUNDRED = Decimal(100)
# The account book keeps this many order messages: no rule may ask for more.
_MESSAGES_MAX = Decimal(1_000)
_WINDOW_S_MAX = Decimal(3_600)
_WINDOW_S_MIN = Decimal("0.001")
WINDOW_MAX = seconds_of(_WINDOW_S_MAX)

# What may not be traded; empty: every symbol in scope.
_SYMBOLS = SymbolsParameter(name="symbols", bans=True)
# Whose messages are counted.
_PER = ChoiceParameter(name="per", choices=("account", "symbol"))
_RATE_WINDOW = NumberParameter(
    name="window_s",
    default=ONE,
    low=_WINDOW_S_MIN,
    high=_WINDOW_S_MAX,
    looser=Looser.LOWER,
)
_DUPLICATE_WINDOW = NumberParameter(
    name="window_s",
    default=Decimal(10),
    low=_WINDOW_S_MIN,
    high=_WINDOW_S_MAX,
    looser=Looser.LOWER,
)


class CountOf(Enum):
    """Which earlier messages a counting rule counts."""

    ACCOUNT = "account"
    SYMBOL = "symbol"
    CONTENT = "content"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxOrderValue:
    """The worth of the one order in the account's currency: the fat finger.

    A replace is measured whole: what is filled already, and the rest at its new terms.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_ORDER_VALUE
    THRESHOLD: ClassVar[str] = "money"
    NATURE: ClassVar[Nature] = Nature.SIZE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(ii); RTS 6 article 15(1)(b)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero."""
        del parameters
        limit = positive_decimal(threshold, field="threshold")
        return cls(limit=limit, quiet=limit * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the order's worth with the limit."""
        value = effect.value
        if value is None:
            return NO_VALUE
        traded = effect.situation.traded
        if traded is not None:
            value += traded.value
        return None if value < self.quiet else (value, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxAdvPercent:
    """The order's units against the average daily volume of the last 20 days, in percent.

    A replace is measured whole: the units filled already and the rest.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_ADV_PERCENT
    THRESHOLD: ClassVar[str] = "percent of the average daily volume"
    NATURE: ClassVar[Nature] = Nature.SIZE
    unit: ClassVar[str] = "units"
    CLAUSE: ClassVar[str] = "RTS 6 article 15(1)(c)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    share: Decimal
    quiet_share: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 100 percent."""
        del parameters
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_HUNDRED, unit="percent")
        share = threshold / _HUNDRED
        return cls(share=share, quiet_share=share * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the order's units with the share of the volume."""
        volume = effect.situation.average_daily_volume
        if volume is None:
            return NO_VOLUME
        quantity = effect.quantity
        traded = effect.situation.traded
        if traded is not None:
            quantity += traded.quantity
        return None if quantity < volume * self.quiet_share else (quantity, volume * self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictedSymbol:
    """Symbols that may not be traded: the list, or the scope's own symbol without one.

    Reducing is held back too (action REDUCE_ONLY lets it pass). The threshold plays no part.
    """

    TYPE: ClassVar[RuleType] = RuleType.RESTRICTED_SYMBOL
    THRESHOLD: ClassVar[str] = "nothing: 0 or 1"
    NATURE: ClassVar[Nature] = Nature.CONDUCT
    unit: ClassVar[str] = "symbols"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(2)(ii)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.NEITHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_SYMBOLS,)

    symbols: frozenset[str]

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is 0 or 1 and means nothing."""
        within(threshold, low=ZERO, high=ONE, unit="no part in this rule")
        del quiet
        return cls(symbols=_SYMBOLS.read(parameters))

    def measure(self, effect: Effect) -> Measure:
        """Say 1 of 0 allowed when the symbol is restricted."""
        symbols = self.symbols
        if not symbols or effect.terms.symbol in symbols:
            return ONE, ZERO
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderRate:
    """Order messages of the account, or of the account in the symbol, within a window.

    threshold messages may be sent in any window_s seconds of business time; a replace
    counts like a new order. At most 1,000 within at most 3,600 s.
    """

    TYPE: ClassVar[RuleType] = RuleType.ORDER_RATE
    THRESHOLD: ClassVar[str] = "messages"
    NATURE: ClassVar[Nature] = Nature.RATE
    unit: ClassVar[str] = "messages"
    CLAUSE: ClassVar[str] = "RTS 6 article 15(1)(d)"
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_RATE_WINDOW, _PER)

    limit: Decimal
    # The first count that is not quiet.
    heard_from: int
    window: timedelta
    counts: CountOf
    # Where its count stands in Situation.counts; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 to 1,000."""
        whole(threshold)
        within(threshold, low=ONE, high=_MESSAGES_MAX, unit="messages")
        return cls(
            limit=threshold,
            heard_from=heard_from(threshold, quiet=quiet),
            window=seconds_of(_RATE_WINDOW.read(parameters)),
            counts=CountOf.SYMBOL if _PER.read(parameters) == "symbol" else CountOf.ACCOUNT,
        )

    def measure(self, effect: Effect) -> Measure:
        """Compare the earlier messages in the window with the limit."""
        count = effect.situation.counts[self.place]
        if count is None:
            return NO_HISTORY
        return None if count < self.heard_from else (Decimal(count), self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicateOrder:
    """Orders of the same content: account, symbol, side, type, quantity and prices.

    threshold such orders may be sent in any window_s seconds of business time: 1 refuses
    the first repetition, whatever its client order id.
    """

    TYPE: ClassVar[RuleType] = RuleType.DUPLICATE_ORDER
    THRESHOLD: ClassVar[str] = "orders"
    NATURE: ClassVar[Nature] = Nature.RATE
    unit: ClassVar[str] = "orders"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(ii)"
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_DUPLICATE_WINDOW,)

    limit: Decimal
    # The first count that is not quiet.
    heard_from: int
    window: timedelta
    counts: CountOf = CountOf.CONTENT
    # Where its count stands in Situation.counts; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 to 1,000."""
        whole(threshold)
        within(threshold, low=ONE, high=_MESSAGES_MAX, unit="orders")
        return cls(
            limit=threshold,
            heard_from=heard_from(threshold, quiet=quiet),
            window=seconds_of(_DUPLICATE_WINDOW.read(parameters)),
        )

    def measure(self, effect: Effect) -> Measure:
        """Compare the earlier messages in the window with the limit."""
        count = effect.situation.counts[self.place]
        if count is None:
            return NO_HISTORY
        return None if count < self.heard_from else (Decimal(count), self.limit)
