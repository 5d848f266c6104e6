"""Draw orders, rules and situations at random: whole worlds, some with inputs missing."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar
from uuid import UUID

from domain.accounts.account import AccountKind
from domain.market.condition import WELL, MarketCondition
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.risk.compiled_rules import CompiledRules, compile_rules
from domain.risk.exposure_rules import PER
from domain.risk.objections import Objection, Objections
from domain.risk.rule import Action, Parameters, Rule, RuleType
from domain.risk.rules import CHECKS
from domain.risk.situation import (
    AccountFigures,
    AccountSums,
    PeerFigures,
    Situation,
    SymbolFigures,
    TradedFigures,
)

TENANT = UUID(int=1)
ACCOUNT = UUID(int=2)
START = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
Drawn = TypeVar("Drawn")
SYMBOLS = ("AAPL", "MSFT", "IBM")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that one decision is taken on."""

    order: Order
    rules: CompiledRules
    situation: Situation


def draw_case(random: Random) -> Case:
    """Draw one decision's inputs."""
    symbol = random.choice(SYMBOLS)
    rules = compile_rules(
        [draw_rule(random, number=number) for number in range(random.randint(0, 14))],
        version=random.randint(1, 9),
    )
    return Case(
        order=draw_order(random, symbol=symbol),
        rules=rules,
        situation=draw_situation(
            random, symbol=symbol, counting=len(rules.counting), reading=len(rules.reading)
        ),
    )


def draw_order(random: Random, *, symbol: str) -> Order:
    """Draw an order of any type and duration that its terms allow."""
    at = START + timedelta(seconds=random.randint(0, 20_000))
    return Order(
        id=UUID(int=random.getrandbits(128)),
        tenant_id=TENANT,
        account_id=ACCOUNT,
        client_order_id=f"c-{random.randint(1, 10**9)}",
        terms=draw_terms(random, symbol=symbol),
        accepted_at=at,
        updated_at=at,
        market_at=at,
        strategy_id=random.choice((None, "ema")),
        filled_quantity=Decimal(random.choice((0, 0, 0, 1, 5))),
    )


def draw_terms(random: Random, *, symbol: str) -> OrderTerms:
    """Draw terms; some prices are off the tick."""
    kind = random.choice(tuple(OrderType))
    wants_limit = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED)
    wants_stop = kind in (
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    )
    trailing = kind is OrderType.TRAILING_STOP
    simple = kind in (OrderType.MARKET, OrderType.LIMIT)
    durations = (
        tuple(TimeInForce) if simple else (TimeInForce.DAY, TimeInForce.GTC, TimeInForce.GTD)
    )
    duration = random.choice(durations)
    expires = START + timedelta(seconds=random.randint(-5_000, 200_000))
    return OrderTerms(
        symbol=symbol,
        side=random.choice((Side.BUY, Side.SELL)),
        type=kind,
        quantity=Decimal(random.choice((1, 5, 10, 50, 100, 1_000, 20_000))),
        limit_price=draw_price(random) if wants_limit else None,
        stop_price=draw_price(random) if wants_stop else None,
        trail=Decimal(random.randint(1, 20)) if trailing else None,
        trail_kind=random.choice(tuple(TrailKind)) if trailing else None,
        time_in_force=duration,
        expires_at=expires if duration is TimeInForce.GTD else None,
        reduce_only=random.random() < 0.1,
    )


def draw_price(random: Random) -> Decimal:
    """Draw a price near 100, mostly on the cent."""
    price = Decimal(random.randint(8_000, 12_000)).scaleb(-2)
    return price + Decimal("0.003") if random.random() < 0.05 else price


def draw_rule(random: Random, *, number: int) -> Rule:
    """Draw a rule whose limit lies where drawn situations fall on both sides of it."""
    rule_type = random.choice(tuple(RuleType))
    threshold, parameters = _limit(random, rule_type)
    if PER in CHECKS[rule_type].PARAMETERS and random.random() < 0.2:
        parameters = {**parameters, "per": "tenant"}
    return Rule(
        id=UUID(int=100 + number),
        tenant_id=TENANT,
        name=f"Rule {number}",
        rule_type=rule_type,
        threshold=threshold,
        action=random.choice(tuple(Action)),
        is_active=random.random() < 0.95,
        parameters=parameters,
        created_at=START,
        updated_at=START,
    )


def _limit(random: Random, rule_type: RuleType) -> tuple[Decimal, Parameters]:
    share = Decimal(random.choice((1, 5, 25, 50, 100)))
    count = Decimal(random.choice((1, 3, 10, 100)))
    money = Decimal(random.choice((500, 5_000, 50_000, 500_000)))
    match rule_type:
        case RuleType.MAX_POSITION_SIZE:
            return money, random.choice(({}, {"unit": "units"}))
        case RuleType.MAX_DAILY_LOSS:
            return random.choice(((money, {}), (share, {"unit": "percent"})))
        case RuleType.MAX_ORDER_VALUE:
            return money, {}
        case RuleType.PRICE_COLLAR:
            return share, random.choice(({}, {"dollars": "0.5"}, {"market_percent": "0.1"}))
        case RuleType.ORDER_RATE:
            return count, {"window_s": "1", "per": random.choice(("account", "symbol"))}
        case RuleType.DUPLICATE_ORDER:
            return count, {"window_s": "60"}
        case RuleType.POSITION_LIMIT:
            return count, {}
        case RuleType.MAX_LEVERAGE:
            return Decimal(random.choice(("0.5", "1", "2"))), {}
        case RuleType.RESTRICTED_SYMBOL:
            return Decimal(0), {"symbols": random.choice((("GME",), ("AAPL", "GME")))}
        case RuleType.MARKET_HOURS:
            return Decimal(0), random.choice(({}, {"close_cutoff_s": "600"}))
        case RuleType.STALE_PRICE:
            return Decimal(random.choice((1, 60, 3_600))), {}
        case _:
            drawn: tuple[Decimal, Parameters] = random.choice(_LATER.get(rule_type, ((share, {}),)))
            return drawn


_LATER: dict[RuleType, tuple[tuple[Decimal, Parameters], ...]] = {
    RuleType.MAX_OPEN_ORDERS: ((Decimal(1), {}), (Decimal(100), {})),
    RuleType.STOP_REQUIRED: ((Decimal(0), {}),),
    RuleType.SELF_TRADE: ((Decimal(0), {}),),
    RuleType.REPEAT_EXECUTION: ((Decimal(1), {}), (Decimal(5), {})),
    RuleType.LIQUIDITY: ((Decimal(5), {}), (Decimal(50), {"of": "spread"})),
    RuleType.GROSS_CREDIT: ((Decimal(5_000), {}), (Decimal(500_000), {})),
    RuleType.LOSS_STREAK: ((Decimal(1), {}), (Decimal(3), {})),
    RuleType.CANCEL_RATE: ((Decimal(5), {}), (Decimal("1.5"), {"per": "fill"})),
    RuleType.CORRELATION_LIMIT: ((Decimal("0.3"), {}), (Decimal(1), {})),
}


def draw_situation(random: Random, *, symbol: str, counting: int, reading: int = 0) -> Situation:
    """Draw the figures; each that may be missing is so now and then."""
    market_now = START + timedelta(seconds=random.randint(0, 20_000))
    opens = START if random.random() < 0.8 else START + timedelta(days=1)
    session = Session(
        calendar="XNYS",
        at=market_now,
        is_open=opens == START,
        date=opens.date(),
        opens_at=opens,
        closes_at=opens + timedelta(hours=6.5),
    )
    peers = PeerFigures(quantity=Decimal(random.randint(0, 200)), value=_money(random))
    return Situation(
        account=draw_account(random),
        symbol=draw_figures(random, symbol=symbol, market_now=market_now),
        now=START + timedelta(days=1000, seconds=random.randint(0, 20_000)),
        market_now=market_now,
        session=_maybe(random, session),
        average_daily_volume=_maybe(random, Decimal(random.choice((1_000, 5_000_000)))),
        sector_gross=_maybe(random, _money(random)),
        counts=tuple(_maybe(random, random.choice((0, 1, 5, 99))) for _ in range(counting)),
        peers=peers if random.random() < 0.1 else None,
        covered=Decimal(random.choice((0,) * 9 + (-100, 50))),
        traded=draw_traded(random) if random.random() < 0.2 else None,
        ahead=random.choice((0, 0, 0, 7)),
        condition=random.choice((WELL,) * 18 + (DOWN, ENDED)),
        collar=Decimal(random.choice((0, 10, 20))),
        debt=Decimal(random.choice((0,) * 19 + (1_065,))),
        others=draw_others(random) if random.random() < 0.8 else None,
        readings=tuple(_maybe(random, _reading(random)) for _ in range(reading)),
        objections=draw_objections(random) if random.random() < 0.1 else None,
    )


def _reading(random: Random) -> Decimal:
    return Decimal(random.choice(("0", "0", "0", "0.2", "0.9", "1", "5", "99", "500", "20000")))


def draw_objections(random: Random) -> Objections:
    """Draw what other areas have against it."""
    one = Objection(
        source="tax",
        code="WASH_SALE",
        action=random.choice((Action.BLOCK, Action.WARN)),
        message="sold at a loss 12 days ago",
        value=_maybe(random, _money(random)),
    )
    return Objections(
        raised=(one,) if random.random() < 0.8 else (),
        silent=("estate",) if random.random() < 0.2 else (),
    )


def draw_others(random: Random) -> AccountSums:
    """Draw what the tenant's other accounts come to."""
    return AccountSums(
        equity=_maybe(random, _money(random)),
        opening_equity=_maybe(random, _money(random)),
        gross=_maybe(random, _money(random)),
        open_positions=random.randint(0, 5),
        units=Decimal(random.choice((0, 10, 200))),
        value=_maybe(random, _money(random)),
        sector_gross=_maybe(random, _money(random)),
        foreign=random.choice(("", "", "account 7 in EUR")),
    )


DOWN = MarketCondition(down="market_feed: it is silent")
ENDED = MarketCondition(ended=True)


def draw_traded(random: Random) -> TradedFigures:
    """Draw what a replaced order has filled."""
    quantity = Decimal(random.choice((1, 5, 100)))
    return TradedFigures(quantity=quantity, value=quantity * draw_price(random))


def draw_account(random: Random) -> AccountFigures:
    """Draw a cash or margin account."""
    margin = random.random() < 0.7
    equity = Decimal(random.randint(50_000, 150_000))
    return AccountFigures(
        currency="USD",
        kind=AccountKind.MARGIN if margin else AccountKind.CASH,
        leverage=Decimal(2) if margin else Decimal(1),
        cash=Decimal(random.randint(-10_000, 120_000)),
        reserved_cash=_maybe(random, Decimal(random.randint(0, 50_000))),
        equity=_maybe(random, equity),
        peak_equity=equity + random.randint(-10_000, 40_000),
        opening_equity=_maybe(random, equity + random.randint(-9_000, 9_000)),
        gross=_maybe(random, _money(random)),
        open_positions=random.randint(0, 12),
    )


def draw_figures(random: Random, *, symbol: str, market_now: datetime) -> SymbolFigures:
    """Draw one symbol's line, consistent in itself."""
    last = Decimal(random.randint(9_000, 11_000)).scaleb(-2)
    spread = Decimal(random.choice((1, 1, 1, 10, 900))).scaleb(-2)
    quote = Quote(
        symbol=symbol,
        bid=last - spread,
        ask=last + spread,
        last=last,
        at=market_now - timedelta(seconds=random.choice((0, 0, 0, 30, 5_000, -3))),
    )
    held = Decimal(random.choice((0, 0, 10, 100, 1_000, -10, -100)))
    buys = Decimal(random.choice((0, 0, 10, 100)))
    sells = Decimal(random.choice((0, 0, 10, 100)))
    long_value, short_value = last * (held + buys), last * (sells - held)
    instrument = Instrument(
        symbol=symbol,
        name=symbol,
        sector="Technology",
        currency=random.choice(("USD",) * 9 + ("EUR",)),
    )
    return SymbolFigures(
        symbol=symbol,
        instrument=_maybe(random, instrument),
        quote=_maybe(random, quote),
        position=held,
        buys=buys,
        sells=sells,
        buy_value=_maybe(random, last * buys),
        long_value=_maybe(random, long_value),
        short_value=_maybe(random, short_value),
        gross=_maybe(random, max(long_value, short_value)),
        is_open=bool(held or buys or sells),
        parked=random.choice((0,) * 9 + (1,)),
        unknown_since=None if random.random() < 0.95 else START,
    )


def _money(random: Random) -> Decimal:
    return Decimal(random.randint(0, 20_000_000)).scaleb(-2)


def _maybe(random: Random, value: Drawn) -> Drawn | None:
    return value if random.random() > 0.02 else None
