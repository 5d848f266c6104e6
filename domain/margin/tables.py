"""Hold the figures of the rulebooks: dated data, each with where it is written."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from domain.shared.values import ZERO

D = Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class EquityRates:
    """Shares of market value that shares are margined by, and least amounts of a cheap short.

    A short below `cheap_below` a share needs the larger of cheap_share and cheap_rate, any other
    the larger of short_share and short.
    """

    long: Decimal
    short: Decimal
    short_share: Decimal = ZERO
    cheap_below: Decimal = ZERO
    cheap_rate: Decimal = ZERO
    cheap_share: Decimal = ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionRates:
    """What a short option is margined by, beside its premium; hedges of shares by options.

    Share of the underlying less what the option is out of the money, and at least `least` of the
    underlying (call) or strike (put). hedge is the share of the strike that a hedged share needs,
    beside what the option is out of the money.
    """

    share: Decimal
    broad_index: Decimal
    least: Decimal
    hedge: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class IntradayRule:
    """What is asked within a day: by pattern day trading before, by intraday deficit since.

    pattern_minimum is the equity that a pattern day trader needs, None where there is no such
    rule any more. call_days are those in which a deficit is to be met, restricted_days the
    calendar days of closing trades only after one that was not. until is when members must have
    gone over to it.
    """

    pattern_minimum: Decimal | None
    call_days: int
    restricted_days: int
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginTable:
    """Shares and options under one text of the rules."""

    since: date
    sources: tuple[str, ...]
    minimum_equity: Decimal
    call_days: int
    initial: EquityRates
    maintenance: EquityRates
    options: OptionRates
    intraday: IntradayRule


@dataclass(frozen=True, slots=True, kw_only=True)
class CashTable:
    """An account that pays in full."""

    since: date
    sources: tuple[str, ...]
    initial: EquityRates


@dataclass(frozen=True, slots=True, kw_only=True)
class StressTable:
    """How far the prices of a class of things are moved, and how much at least is asked.

    points is the number of equidistant moves, the two ends among them; contract_least is in
    dollars a unit of the underlying that an option covers; rate is the yearly interest, continuous,
    that options are valued with.
    """

    since: date
    sources: tuple[str, ...]
    minimum_equity: Decimal
    call_days: int
    points: int
    share: tuple[Decimal, Decimal]
    broad_index: tuple[Decimal, Decimal]
    contract_least: Decimal
    rate: float


NO_RATES = EquityRates(long=D(0), short=D(0))

_REG_T = EquityRates(long=D("0.5"), short=D("0.5"))
_FINRA_C = EquityRates(
    long=D("0.25"),
    short=D("0.3"),
    short_share=D(5),
    cheap_below=D(5),
    cheap_rate=D(1),
    cheap_share=D("2.5"),
)
_FINRA_F2 = OptionRates(share=D("0.2"), broad_index=D("0.15"), least=D("0.1"), hedge=D("0.1"))

# Rule 4210 took over from NASD 2520 and NYSE 431 by Regulatory Notice 10-45. Day trading was
# (f)(8)(B): equity of $25,000, calls of 5 business days, then 90 days of cash.
FINRA_OLD = MarginTable(
    since=date(2010, 12, 2),
    sources=("FINRA Rule 4210(c), (f)(2), (f)(8)(B)", "FINRA Regulatory Notice 10-45"),
    minimum_equity=D(2_000),
    call_days=15,
    initial=_REG_T,
    maintenance=_FINRA_C,
    options=_FINRA_F2,
    intraday=IntradayRule(pattern_minimum=D(25_000), call_days=5, restricted_days=90),
)

# The pattern day trader is gone, and intraday deficits are what counts; members have until
# October 2027 to go over. Rates are what they were.
FINRA_INTRADAY = MarginTable(
    since=date(2026, 6, 4),
    sources=("FINRA Rule 4210(a)(17)-(19), (c), (d)(2), (f)(2)", "SR-FINRA-2025-017, 91 FR 20731"),
    minimum_equity=D(2_000),
    call_days=15,
    initial=_REG_T,
    maintenance=_FINRA_C,
    options=_FINRA_F2,
    intraday=IntradayRule(
        pattern_minimum=None, call_days=5, restricted_days=90, until=date(2027, 10, 20)
    ),
)

CASH_TABLE = CashTable(
    since=date(1998, 4, 1),
    sources=("12 CFR 220.8", "Cboe Margin Manual, cash accounts"),
    initial=EquityRates(long=D(1), short=D(0)),
)

# Ten equidistant points. The broad-based index here is a high-capitalisation one (+6/-8 %).
PORTFOLIO_TABLE = StressTable(
    since=date(2010, 12, 2),
    sources=("FINRA Rule 4210(g)", "Cboe, Portfolio Margining"),
    minimum_equity=D(100_000),
    call_days=3,
    points=10,
    share=(D("-0.15"), D("0.15")),
    broad_index=(D("-0.08"), D("0.06")),
    contract_least=D("0.375"),
    # About what a Treasury bill pays in 2026. Without any, calls would be asked too little.
    rate=0.04,
)
