"""Small worlds for the tests: an account, a symbol, an order, each as given or plain."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.compiled_rules import CompiledRules, compile_rules
from domain.risk.gate import decide
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.situation import AccountFigures, Situation, SymbolFigures
from domain.risk.verdict import Denied, Verdict

AT = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TENANT = UUID(int=1)
ACCOUNT = UUID(int=2)
D = Decimal
# Of whole worlds, which take hundreds of draws: were each told to Hypothesis, drawing a world
# would take many times as long as what is asked of it.
SEEDS = st.integers(0, 2**64 - 1)

SESSION = Session(
    calendar="XNYS",
    at=AT,
    is_open=True,
    date=AT.date(),
    opens_at=AT - timedelta(hours=1),
    closes_at=AT + timedelta(hours=5),
)
CLOSED = Session(
    calendar="XNYS",
    at=AT,
    is_open=False,
    date=(AT + timedelta(days=1)).date(),
    opens_at=AT + timedelta(hours=20),
    closes_at=AT + timedelta(hours=26),
)


def instrument(symbol: str = "AAPL", **fields: Any) -> Instrument:
    """Describe a share in the technology sector."""
    return Instrument(**{"symbol": symbol, "name": symbol, "sector": "Technology", **fields})


def quote(symbol: str = "AAPL", **fields: Any) -> Quote:
    """Quote 99.99 to 100.01, last 100."""
    given = {"bid": D("99.99"), "ask": D("100.01"), "last": D(100), "at": AT, **fields}
    return Quote(symbol=symbol, **given)


def terms(**fields: Any) -> OrderTerms:
    """Buy 10 AAPL at a limit of 100 (none for types without one)."""
    given: dict[str, Any] = {
        "symbol": "AAPL",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": D(10),
        **fields,
    }
    if given["type"] is OrderType.LIMIT:
        given.setdefault("limit_price", D(100))
    return OrderTerms(**given)


def order(order_terms: OrderTerms | None = None, *, number: int = 1, **fields: Any) -> Order:
    """Make an order of the account."""
    given: dict[str, Any] = {
        "id": UUID(int=1_000 + number),
        "tenant_id": TENANT,
        "account_id": ACCOUNT,
        "client_order_id": f"c-{number}",
        "terms": order_terms if order_terms is not None else terms(),
        "accepted_at": AT,
        "updated_at": AT,
        "market_at": AT,
        **fields,
    }
    return Order(**given)


def resting(order_terms: OrderTerms | None = None, *, number: int = 50, **fields: Any) -> Order:
    """Make an order that works at the venue, reserved at its limit."""
    made = order(order_terms, number=number)
    given = {"state": OrderState.WORKING, "reserved_price": made.terms.limit_price, **fields}
    return order(order_terms, number=number, **given)


def rule(rule_type: RuleType, threshold: str = "0", **fields: Any) -> Rule:
    """Make an active BLOCK rule; parameters by name."""
    given: dict[str, Any] = {
        "id": UUID(int=100),
        "tenant_id": TENANT,
        "name": rule_type.value.title(),
        "rule_type": rule_type,
        "threshold": D(threshold),
        "action": Action.BLOCK,
        "created_at": AT,
        "updated_at": AT,
        **fields,
    }
    return Rule(**given)


def account_figures(**fields: Any) -> AccountFigures:
    """A margin account of 100,000 without exposure, at its peak and its opening."""
    given: dict[str, Any] = {
        "currency": "USD",
        "kind": AccountKind.MARGIN,
        "leverage": D(2),
        "cash": D(100_000),
        "reserved_cash": D(0),
        "equity": D(100_000),
        "peak_equity": D(100_000),
        "opening_equity": D(100_000),
        "gross": D(0),
        "open_positions": 0,
        **fields,
    }
    return AccountFigures(**given)


def symbol_figures(**fields: Any) -> SymbolFigures:
    """AAPL, quoted, flat; with a position the figures at the last price of 100."""
    held, buys, sells = (D(fields.get(name, 0)) for name in ("position", "buys", "sells"))
    long_value, short_value = D(100) * (held + buys), D(100) * (sells - held)
    given: dict[str, Any] = {
        "symbol": "AAPL",
        "instrument": instrument(),
        "quote": quote(),
        "buy_value": D(100) * buys,
        "long_value": long_value,
        "short_value": short_value,
        "gross": max(long_value, short_value),
        "is_open": bool(held or buys or sells),
        **fields,
        "position": held,
        "buys": buys,
        "sells": sells,
    }
    return SymbolFigures(**given)


def situation(**fields: Any) -> Situation:
    """An open market, and nothing unusual."""
    given: dict[str, Any] = {
        "account": account_figures(),
        "symbol": symbol_figures(),
        "now": AT,
        "market_now": AT,
        "session": SESSION,
        "average_daily_volume": D(1_000_000),
        "sector_gross": D(0),
        **fields,
    }
    return Situation(**given)


def judge(
    asked: OrderTerms | None = None, *rules: Rule, order_fields: Any = None, **fields: Any
) -> Verdict:
    """Decide on an order under the rules, in the situation with these fields."""
    compiled = compile_rules(rules, version=1)
    made = order(asked, **(order_fields or {}))
    if compiled.counting:
        fields.setdefault("counts", (0,) * len(compiled.counting))
    fields.setdefault("readings", usual_readings(compiled))
    return decide(made, rules=compiled, situation=situation(**fields))


def usual_readings(rules: CompiledRules) -> tuple[Decimal, ...]:
    """Nothing is used of any limit, and every unit has its stop."""
    return tuple(
        D(1_000_000 if check.TYPE is RuleType.STOP_REQUIRED else 0) for check in rules.reading
    )


def codes(verdict: Verdict) -> list[str]:
    """Name why an order was denied; nothing when it was approved."""
    return [reason.code for reason in verdict.reasons] if isinstance(verdict, Denied) else []


def book(**fields: Any) -> AccountBook:
    """A book of the margin account with 100,000 in cash."""
    kind = fields.pop("kind", AccountKind.MARGIN)
    account = Account(
        id=ACCOUNT,
        tenant_id=TENANT,
        portfolio_id=UUID(int=3),
        name="Desk",
        broker="paper",
        created_at=AT,
        kind=kind,
        leverage=D(2) if kind is AccountKind.MARGIN else D(1),
    )
    given: dict[str, Any] = {
        "account": account,
        "version": 1,
        "cash": {"USD": D(100_000)},
        "day": TradingDay(date=AT.date(), opening_equity=D(100_000)),
        "peak_equity": D(100_000),
        **fields,
    }
    held = given.get("positions", {})
    given["positions"] = {
        name: value
        if isinstance(value, Position)
        else Position(symbol=name, quantity=D(value), cost=D(100) * D(value))
        for name, value in held.items()
    }
    live = given.get("orders", {})
    given["orders"] = live if isinstance(live, dict) else {one.id: one for one in live}
    return AccountBook(**given)
