"""What a latch takes back, and what it lets rest."""

from decimal import Decimal
from typing import Any

import pytest

from domain.accounts.book import AccountBook
from domain.accounts.positions import Position
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import Level, Scope, ScopeKind, Target
from domain.kill_switch.stopped import stopped_orders
from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import InvalidValue
from tests import builders

ACCOUNT = builders.account(broker="paper")
TENANT = Scope(tenant_id=ACCOUNT.tenant_id)
GROUP = builders.new_id()


def _order(
    side: Side, quantity: int, *, symbol: str = "AAPL", role: Role | None = None, **given: Any
) -> Order:
    link = None if role is None else GroupLink(group_id=GROUP, role=role)
    terms = builders.terms(symbol=symbol, side=side, quantity=Decimal(quantity))
    state = OrderState.WORKING
    return builders.order(ACCOUNT, terms=terms, **({"state": state, "link": link} | given))


def _book(*orders: Order, held: int = 0) -> AccountBook:
    positions = {}
    if held:
        positions["AAPL"] = Position(symbol="AAPL", quantity=Decimal(held))
    return builders.book(ACCOUNT, orders={order.id: order for order in orders}, positions=positions)


@pytest.mark.parametrize(
    ("held", "orders", "kept"),
    [
        (100, [(Side.SELL, 60), (Side.SELL, 40)], [0, 1]),
        (100, [(Side.SELL, 60), (Side.SELL, 41)], [0]),
        (100, [(Side.SELL, 101)], []),
        (100, [(Side.BUY, 1)], []),
        (-100, [(Side.BUY, 100), (Side.SELL, 1)], [0]),
        (0, [(Side.SELL, 1)], []),
        (100, [(Side.SELL, 100, Role.TAKE_PROFIT), (Side.SELL, 100, Role.STOP_LOSS)], [0, 1]),
        (99, [(Side.SELL, 100, Role.TAKE_PROFIT), (Side.SELL, 99, Role.STOP_LOSS)], []),
    ],
)
def test_at_reducing_those_rest_that_together_do_not_turn_the_position(
    held: int, orders: list[tuple[Any, ...]], kept: list[int]
) -> None:
    made = [_order(one[0], one[1], role=one[2] if len(one) > 2 else None) for one in orders]
    book = _book(*made, held=held)
    stopped = stopped_orders(book, scope=TENANT, level=Level.REDUCING)
    assert [at for at, order in enumerate(made) if order.id not in stopped] == kept
    assert stopped_orders(book, scope=TENANT, level=Level.HALTED) == set(book.orders)


def test_new_terms_that_may_hold_already_count_as_what_they_may_fill() -> None:
    more = builders.terms(side=Side.SELL, quantity=Decimal(101))
    order = _order(Side.SELL, 50, state=OrderState.PENDING_UPDATE, pending_terms=more)
    book = _book(order, held=100)
    assert stopped_orders(book, scope=TENANT, level=Level.REDUCING) == {order.id}


def test_what_closes_for_the_kill_switch_is_never_taken_back() -> None:
    closing = _order(Side.SELL, 500, origin=Origin.KILL_SWITCH)
    for level in Level:
        assert stopped_orders(_book(closing), scope=TENANT, level=level) == frozenset()


def test_a_scope_takes_back_what_it_names() -> None:
    aapl = _order(Side.BUY, 1, strategy_id="EMA ")
    msft = _order(Side.BUY, 1, symbol="MSFT")
    book, tenant_id = _book(aapl, msft), ACCOUNT.tenant_id

    def stopped(**named: Any) -> set[str]:
        scope = Scope(**({"tenant_id": tenant_id} | named))
        taken = stopped_orders(book, scope=scope, level=Level.HALTED)
        return {"AAPL" if one == aapl.id else "MSFT" for one in taken}

    assert stopped(symbol="AAPL") == stopped(strategy_id="ema") == {"AAPL"}
    assert stopped(broker="paper") == stopped(tenant_id=NOBODY) == {"AAPL", "MSFT"}
    assert stopped(broker="other") == stopped(account_id=builders.new_id()) == set()
    assert stopped(tenant_id=builders.new_id()) == set()


@pytest.mark.parametrize(
    "named",
    [
        {"symbol": "AAPL", "broker": "paper"},
        {"tenant_id": NOBODY, "symbol": "AAPL"},
        {"strategy_id": ""},
        {"broker": "x" * 129},
    ],
)
def test_a_scope_names_one_thing_of_one_tenant(named: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        Scope(**({"tenant_id": ACCOUNT.tenant_id} | named))


def test_every_kind_of_scope_is_told_by_what_it_names() -> None:
    tenant_id, name = ACCOUNT.tenant_id, "x"
    made = [
        Scope(tenant_id=NOBODY),
        Scope(tenant_id=tenant_id),
        Scope(tenant_id=tenant_id, account_id=ACCOUNT.id),
        Scope(tenant_id=tenant_id, strategy_id=name),
        Scope(tenant_id=tenant_id, broker=name),
        Scope(tenant_id=tenant_id, symbol=name),
    ]
    assert [scope.kind for scope in made] == list(ScopeKind)
    ours = Target(tenant_id=tenant_id, account_id=ACCOUNT.id, broker=name, symbol=name)
    assert [scope.covers(ours) for scope in made] == [True, True, True, False, True, True]
