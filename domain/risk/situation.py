"""Hold the figures that a decision reads, and nothing else: what is not here cannot matter."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.accounts.account import AccountKind
from domain.market.condition import WELL, MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.risk.objections import Objections
from domain.risk.strategies import StrategyGap
from domain.shared.values import ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFigures:
    """One account as of one book version and one set of marks; money in its currency.

    Resting orders are in gross, reserved_cash and open_positions. A figure is None when
    an input that it needs is missing (a mark, a currency rate, the trading day).
    """

    currency: str
    kind: AccountKind
    leverage: Decimal
    cash: Decimal
    # Cash that resting buys would spend.
    reserved_cash: Decimal | None
    equity: Decimal | None
    peak_equity: Decimal
    opening_equity: Decimal | None
    # Sum over symbols of the largest exposure that any subset of resting orders leads to.
    gross: Decimal | None
    open_positions: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolFigures:
    """One symbol in one account: units held and resting, and their worth at the mark.

    long_value = value of position + resting buys, short_value = resting sells - position
    value, both signed; gross = the larger of them. None when the mark is missing.
    """

    symbol: str
    instrument: Instrument | None
    quote: Quote | None
    position: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    buy_value: Decimal | None = ZERO
    long_value: Decimal | None = ZERO
    short_value: Decimal | None = ZERO
    gross: Decimal | None = ZERO
    # Counts towards open positions: units are held, or an opening order rests.
    is_open: bool = False
    # Orders whose fate a person must look up: they block further risk here.
    parked: int = 0
    # The earliest send whose fate is still unknown.
    unknown_since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerFigures:
    """What the order's OCO peers on the same side of the symbol count for already."""

    quantity: Decimal
    value: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradedFigures:
    """What of an order is filled already, when a replace of it is decided: units and worth.

    value = |sum of price x quantity| x multiplier, at the prices of the fills.
    """

    quantity: Decimal
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSums:
    """What several accounts of a tenant come to, for the rules that count all of them.

    Sums of each account's own figures, in the currency of the order's account; None where
    one of them is missing. units and value are of the order's symbol: of each account its
    largest position, long or short, resting orders included; they do not offset each other.
    """

    equity: Decimal | None
    opening_equity: Decimal | None
    gross: Decimal | None
    open_positions: int
    units: Decimal
    value: Decimal | None
    sector_gross: Decimal | None
    # An account with money in another currency, and which: there is no exchange rate.
    foreign: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginFigures:
    """What the account's margin rulebook asks of its equity with this order.

    initial, in the account's currency, is no less than the initial margin that any subset of it
    and the resting orders leads to, None where that cannot be told; missing says why. Of legs
    that are margined together the order is taken as filled.
    """

    rulebook: str
    initial: Decimal | None
    missing: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """What stands against an order beside its account's figures; empty where nothing does."""

    # The kill switch stops the order: all that it covers, or what does more than reduce.
    halted: bool = False
    reducing: bool = False
    # The agent whose order it is, if a person has paused it.
    paused_agent: str = ""
    # The venue would not hold the order too: the account's open orders, and the most of them.
    venue_full: bool = False
    open_orders: int = 0
    open_orders_max: int = 0
    # How an exit lies on the wrong side of the market's price.
    exit_astray: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything that a decision on one order depends on, besides the order and the rules.

    now is business time, market_now the market's. counts answers, in order, the
    counting rules of the rule set (earlier order messages of the order's budget within their
    window), None where the kept history does not reach back far enough; ahead is how many
    messages came while the clock was ahead of now and still count. sector_gross is the exposure
    of the instrument's sector. covered is the signed quantity of the entry that a waiting
    exit belongs to. collar is the percent beyond the quote at which a buy without a limit
    is reserved and capped, debt what a cash account owes.
    """

    account: AccountFigures
    symbol: SymbolFigures
    now: datetime
    market_now: datetime
    session: Session | None
    average_daily_volume: Decimal | None
    sector_gross: Decimal | None
    counts: tuple[int | None, ...] = ()
    peers: PeerFigures | None = None
    covered: Decimal = ZERO
    condition: MarketCondition = WELL
    collar: Decimal = ZERO
    debt: Decimal = ZERO
    traded: TradedFigures | None = None
    ahead: int = 0
    # What is wrong with the strategy that the order names.
    strategy: StrategyGap = StrategyGap.NONE
    # The tenant's other accounts, only where a rule counts all of them.
    others: AccountSums | None = None
    blocks: Blocks | None = None
    # What other areas have against the order; None where none is a source, or has a word.
    objections: Objections | None = None
    # Of margin accounts alone; None for an order that only reduces, which margin never holds.
    margin: MarginFigures | None = None
    # Answers, in order, the rules of the set that have a reading; None where one is missing.
    readings: tuple[Decimal | None, ...] = ()
