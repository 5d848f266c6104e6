"""What the account of the gate's rows is made of: instruments, prices, orders, rules, its book."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, Intake, TradingDay
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.activity import Execution
from domain.risk.closes import RETURNS, Closes
from domain.risk.portfolio import Floats
from domain.risk.recent import fingerprint
from domain.risk.rule import Action, Rule, RuleType

POSITIONS = 50
RESTING_ORDERS = 100
RECENT = 40
EXECUTIONS = 100

_OPENED = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
AT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
TENANT = UUID(int=1)
ACCOUNT = UUID(int=2)
SESSION = Session(
    calendar="XNYS",
    at=AT,
    is_open=True,
    date=AT.date(),
    opens_at=_OPENED,
    closes_at=_OPENED + timedelta(hours=6.5),
)


def make_instrument(number: int) -> Instrument:
    """Make a share of one of ten sectors."""
    return Instrument(
        symbol=f"S{number:03}", name=f"Share {number}", sector=f"Sector {number % 10}"
    )


def make_closes(number: int) -> Closes:
    """Make 90 days of closes that wander."""
    days = tuple(AT.date() - timedelta(days=back) for back in range(90, 0, -1))
    moves = np.random.default_rng(number).normal(0, 0.01, len(days))
    prices: Floats = np.asarray(np.cumprod(1 + moves) * 100, dtype=np.float64)
    returns = prices[-RETURNS:] / prices[-RETURNS - 1 : -1] - 1.0
    return Closes(days=days, prices=prices, returns=returns)


def make_executions() -> Iterator[Execution]:
    """Make fills of the last seconds, buys and sells in turn."""
    for number in range(EXECUTIONS):
        at = AT - timedelta(seconds=EXECUTIONS - number)
        yield Execution(
            at=at,
            market_at=at,
            order_id=UUID(int=number),
            symbol="S000",
            side=Side.BUY if number % 2 == 0 else Side.SELL,
            currency="USD",
            value=Decimal(1_000),
            strategy_id="bench",
            realised=Decimal(number % 3 - 1),
        )


def make_stop(symbol: str, *, number: int) -> Order:
    """Make the order that protects a position."""
    return Order(
        id=UUID(int=90_000 + number),
        tenant_id=TENANT,
        account_id=ACCOUNT,
        client_order_id=f"stop-{number}",
        terms=OrderTerms(
            symbol=symbol,
            side=Side.SELL if number % 2 == 0 else Side.BUY,
            type=OrderType.STOP,
            quantity=Decimal(100),
            stop_price=Decimal(95 + number),
        ),
        accepted_at=AT,
        updated_at=AT,
        market_at=AT,
        waiting=True,
        link=GroupLink(group_id=UUID(int=80_000 + number), role=Role.STOP_LOSS),
    )


def make_quote(symbol: str, *, number: int) -> Quote:
    """Make a quote of a cent's spread."""
    bid = Decimal(100 + number) + Decimal("0.25")
    return Quote(symbol=symbol, bid=bid, ask=bid + Decimal("0.01"), last=bid, at=AT)


def make_rule(
    number: int,
    rule_type: RuleType,
    threshold: str,
    parameters: dict[str, str],
    *,
    symbols: tuple[str, ...] = (),
) -> Rule:
    """Make a rule that blocks."""
    return Rule(
        id=UUID(int=1_000 + number),
        tenant_id=TENANT,
        name=rule_type.value.replace("_", " ").title(),
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters={**parameters, "symbols": symbols} if symbols else parameters,
        created_at=AT,
        updated_at=AT,
    )


def make_book(symbols: tuple[str, ...]) -> AccountBook:
    """Make a book of long and short positions, resting buys and recent messages."""
    positions = {
        symbol: Position(symbol=symbol, quantity=held, cost=held * (100 + number))
        for number, symbol in enumerate(symbols)
        for held in (Decimal(1_000 if number % 2 == 0 else -1_000),)
    }
    orders = {}
    for number in range(RESTING_ORDERS):
        symbol = symbols[number % POSITIONS]
        price = Decimal(90 + number % POSITIONS) + Decimal("0.25")
        order = Order(
            id=UUID(int=10_000 + number),
            tenant_id=TENANT,
            account_id=ACCOUNT,
            client_order_id=f"resting-{number}",
            terms=OrderTerms(
                symbol=symbol,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal(10),
                limit_price=price,
            ),
            accepted_at=AT,
            updated_at=AT,
            market_at=AT,
            state=OrderState.WORKING,
            reserved_price=price,
        )
        orders[order.id] = order
    recent = tuple(
        Intake(
            at=AT - timedelta(seconds=RECENT - number),
            fingerprint=fingerprint(
                OrderTerms(
                    symbol=symbols[number % POSITIONS],
                    side=Side.BUY,
                    type=OrderType.LIMIT,
                    quantity=Decimal(50),
                    limit_price=Decimal("99.5"),
                )
            ),
            symbol=symbols[number % POSITIONS],
        )
        for number in range(RECENT)
    )
    return AccountBook(
        account=Account(
            id=ACCOUNT,
            tenant_id=TENANT,
            portfolio_id=UUID(int=3),
            name="Bench",
            broker="paper",
            created_at=AT,
            kind=AccountKind.MARGIN,
            leverage=Decimal(2),
        ),
        version=1,
        cash={"USD": Decimal(20_000_000)},
        positions=positions,
        orders=orders,
        day=TradingDay(date=AT.date(), opening_equity=Decimal(20_000_000)),
        peak_equity=Decimal(20_500_000),
        recent=recent,
    )
