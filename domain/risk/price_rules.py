"""Hold orders to the market: its prices, its hours, and how old its last word is."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar, Self

from domain.market.prices import Quote, Session
from domain.orders.terms import OrderTerms, OrderType, TimeInForce
from domain.risk.effect import Effect
from domain.risk.measure import NO_QUOTE, NO_SESSION, Measure, Nature
from domain.risk.parameters import Looser, NumberParameter, Parameter, seconds_of, within
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import LARGEST, ONE, ZERO, positive_decimal

_HUNDRED = Decimal(100)
_AGE_S_MAX = Decimal(31_536_000)
_DAY = TimeInForce.DAY
_STOP_LIMIT = OrderType.STOP_LIMIT
_AT_ONCE = timedelta(0)
_NONE_ALLOWED = (ONE, ZERO)

# Always allowed through the quote, in currency per unit.
_DOLLARS = NumberParameter(
    name="dollars",
    default=ZERO,
    low=ZERO,
    high=LARGEST - ONE,
    looser=Looser.HIGHER,
)
# How far the far side may be from the last trade for market orders, in percent and in
# currency per unit; the larger of both holds. Market orders reach at most max($0.50, 5 %)
# through the quote (Cboe US Equities port controls, market order caps).
_MARKET_PERCENT = NumberParameter(
    name="market_percent",
    default=Decimal(5),
    low=ZERO,
    high=_HUNDRED,
    looser=Looser.HIGHER,
)
_MARKET_DOLLARS = NumberParameter(
    name="market_dollars",
    default=Decimal("0.50"),
    low=ZERO,
    high=LARGEST - ONE,
    looser=Looser.HIGHER,
)
# Closing-auction orders are refused this many seconds before the close.
_CUTOFF = NumberParameter(
    name="close_cutoff_s",
    default=ZERO,
    low=ZERO,
    high=Decimal(28_800),
    looser=Looser.LOWER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceCollar:
    """How far through the quote the order reaches, on the side where that costs money.

    A limit is held against the far side of the quote, or against the stop where that lies
    further: at most threshold percent of it, or `dollars` if that is more, may lie between.
    An order without a limit is held to max(market_dollars, market_percent of the last
    trade) between the last trade and the far side: a wide or absurd quote stops it.
    """

    TYPE: ClassVar[RuleType] = RuleType.PRICE_COLLAR
    THRESHOLD: ClassVar[str] = "percent of the quote"
    NATURE: ClassVar[Nature] = Nature.CONDUCT
    unit: ClassVar[str] = "points"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(ii); RTS 6 article 15(1)(a)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_DOLLARS, _MARKET_PERCENT, _MARKET_DOLLARS)

    share: Decimal
    dollars: Decimal
    market_share: Decimal
    market_dollars: Decimal
    quiet: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 100 percent."""
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_HUNDRED, unit="percent")
        return cls(
            share=threshold / _HUNDRED,
            dollars=_DOLLARS.read(parameters),
            market_share=_MARKET_PERCENT.read(parameters) / _HUNDRED,
            market_dollars=_MARKET_DOLLARS.read(parameters),
            quiet=quiet,
        )

    def measure(self, effect: Effect) -> Measure:
        """Compare the reach through the quote with what is allowed."""
        quote = effect.situation.symbol.quote
        if quote is None:
            return NO_QUOTE
        terms = effect.terms
        limit = terms.limit_price
        if limit is None:
            return self._market(quote, is_buy=effect.is_buy)
        far = quote.ask if effect.is_buy else quote.bid
        stop = terms.stop_price
        if stop is not None and terms.type is _STOP_LIMIT:
            far = max(far, stop) if effect.is_buy else min(far, stop)
        if self.quiet and (limit <= far if effect.is_buy else limit >= far):
            # It does not reach through the quote at all.
            return None
        reach = limit - far if effect.is_buy else far - limit
        allowed = max(abs(far) * self.share, self.dollars)
        return None if reach < allowed * self.quiet else (max(reach, ZERO), allowed)

    def _market(self, quote: Quote, *, is_buy: bool) -> Measure:
        reach = max(quote.ask - quote.last if is_buy else quote.last - quote.bid, ZERO)
        allowed = max(abs(quote.last) * self.market_share, self.market_dollars)
        return None if reach < allowed * self.quiet else (reach, allowed)


@dataclass(frozen=True, slots=True, kw_only=True)
class StalePrice:
    """The age of the quote in seconds of market time; one from the future is as bad."""

    TYPE: ClassVar[RuleType] = RuleType.STALE_PRICE
    THRESHOLD: ClassVar[str] = "seconds"
    NATURE: ClassVar[Nature] = Nature.CONDUCT
    unit: ClassVar[str] = "seconds"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(ii)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet_age: timedelta

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most a year, in seconds."""
        del parameters
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_AGE_S_MAX, unit="seconds")
        return cls(limit=threshold, quiet_age=seconds_of(threshold * quiet))

    def measure(self, effect: Effect) -> Measure:
        """Compare the quote's distance from the market's time with the limit."""
        situation = effect.situation
        quote = situation.symbol.quote
        if quote is None:
            return NO_QUOTE
        age = situation.market_now - quote.at
        if self.quiet_age > age >= _AT_ONCE:
            return None
        age = abs(age)
        seconds = Decimal(age.days * 86_400 + age.seconds)
        if age.microseconds:
            # Exact, where total_seconds() would go through a float.
            seconds += Decimal(age.microseconds).scaleb(-6)
        return seconds, self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketHours:
    """Whether the order fits the trading session, by the market's time.

    While the market is closed only orders that wait for it pass: opg, gtc, and gtd that
    outlives the next opening. While it is open opg has missed its auction, and cls
    misses it within close_cutoff_s of the close. The threshold plays no part.
    """

    TYPE: ClassVar[RuleType] = RuleType.MARKET_HOURS
    THRESHOLD: ClassVar[str] = "nothing: 0 or 1"
    NATURE: ClassVar[Nature] = Nature.CONDUCT
    unit: ClassVar[str] = "orders"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(2)(i)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.NEITHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_CUTOFF,)

    close_cutoff_s: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is 0 or 1 and means nothing."""
        within(threshold, low=ZERO, high=ONE, unit="no part in this rule")
        del quiet
        return cls(close_cutoff_s=_CUTOFF.read(parameters))

    def measure(self, effect: Effect) -> Measure:
        """Say 1 of 0 allowed when the order does not fit the session."""
        situation = effect.situation
        session = situation.session
        if session is None:
            return NO_SESSION
        tif = effect.terms.time_in_force
        if session.is_open:
            if tif is _DAY:
                return None
            if tif is TimeInForce.OPG:
                return _NONE_ALLOWED
            if tif is TimeInForce.CLS and self._too_late(session, at=situation.market_now):
                return _NONE_ALLOWED
            return None
        return None if _waits(effect.terms, session=session) else _NONE_ALLOWED

    def _too_late(self, session: Session, *, at: datetime) -> bool:
        return (session.closes_at - at).total_seconds() <= float(self.close_cutoff_s)


def _waits(terms: OrderTerms, *, session: Session) -> bool:
    match terms.time_in_force:
        case TimeInForce.OPG | TimeInForce.GTC:
            return True
        case TimeInForce.GTD:
            return terms.expires_at is not None and terms.expires_at > session.opens_at
        case _:
            return False
