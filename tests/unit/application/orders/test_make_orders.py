"""What makes a group, and what its orders become."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from application.orders.commands import (
    Accepted,
    Asker,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    SubmitOrder,
)
from application.orders.make_orders import check_group, make_orders
from domain.orders.order import Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.values import InvalidValue
from tests import builders
from tests.rig import Rig

D = Decimal
BUY = builders.terms()
SELL = builders.terms(side=Side.SELL, limit_price=Decimal(110))
ACCOUNT = builders.new_id()
ASKER = Asker(tenant_id=builders.new_id(), actor="user:ada")


def asked(
    *terms: OrderTerms, group: GroupKind | None = None, names: tuple[str | None, ...] = ()
) -> SubmitOrder:
    """Ask for these orders, under these client order ids as far as they go."""
    given = (*names, *([None] * (len(terms) - len(names))))
    requests = [
        OrderRequest(terms=one, client_order_id=name)
        for one, name in zip(terms, given, strict=True)
    ]
    return SubmitOrder(
        asker=ASKER,
        account_id=ACCOUNT,
        orders=tuple(requests),
        group=group,
        strategy_id="ema",
    )


_WAY = "an exit trades the entry's symbol the other way"
_BRACKET = "a bracket is an entry, a take-profit and a stop-loss"
REFUSED: list[tuple[SubmitOrder, str, str]] = [
    (asked(BUY, SELL), "orders", "several orders need a group"),
    (asked(), "orders", "several orders need a group"),
    (asked(BUY, group=GroupKind.OCO), "orders", "a group has 2 to 5 orders"),
    (asked(*[BUY] * 6, group=GroupKind.OCO), "orders", "a group has 2 to 5 orders"),
    (asked(BUY, SELL, group=GroupKind.BRACKET), "orders", _BRACKET),
    (asked(BUY, SELL, SELL, SELL, group=GroupKind.BRACKET), "orders", _BRACKET),
    (asked(BUY, BUY, SELL, group=GroupKind.BRACKET), "orders[1].side", _WAY),
    (asked(BUY, SELL, BUY, group=GroupKind.BRACKET), "orders[2].side", _WAY),
    (
        asked(
            BUY,
            SELL,
            builders.terms(side=Side.SELL, symbol="MSFT"),
            group=GroupKind.BRACKET,
        ),
        "orders[2].side",
        _WAY,
    ),
    (
        asked(
            BUY,
            builders.terms(side=Side.SELL, quantity=Decimal(11)),
            SELL,
            group=GroupKind.BRACKET,
        ),
        "orders[1].quantity",
        "an exit is at most the entry",
    ),
    (
        asked(BUY, SELL, group=GroupKind.OTO, names=("a", "a")),
        "client_order_id",
        "must differ within a group",
    ),
]


@pytest.mark.parametrize(
    ("command", "field", "problem"),
    REFUSED,
    ids=[f"{one[1]}-{at}" for at, one in enumerate(REFUSED)],
)
def test_what_makes_no_group_says_what_is_wrong(
    command: SubmitOrder, field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        check_group(command)
    assert (refused.value.field, refused.value.problem) == (field, problem)


@pytest.mark.parametrize(
    "command",
    [
        asked(BUY),
        asked(BUY, SELL, group=GroupKind.OCO),
        asked(*[BUY] * 5, group=GroupKind.OCO),
        asked(BUY, SELL, SELL, group=GroupKind.BRACKET),
        asked(BUY, SELL, group=GroupKind.OTO, names=("a", "b")),
        asked(BUY, SELL, SELL, group=GroupKind.OTO, names=("a",)),
    ],
    ids=["one", "oco", "five", "bracket", "oto", "unnamed"],
)
def test_what_makes_a_group_passes(command: SubmitOrder) -> None:
    check_group(command)


def made(command: SubmitOrder) -> tuple[Order, ...]:
    """Make the orders of a command."""
    rig = Rig()
    return make_orders(
        command,
        context=rig.context,
        when=builders.WHEN,
        view=lambda: rig.gatekeeper.view(rig.book),
    )


def links(orders: tuple[Order, ...]) -> list[tuple[Role, Any, bool]]:
    """Tell of each order its role, which order it hangs on, and whether it waits."""
    ids = [one.id for one in orders]
    told = []
    for one in orders:
        assert one.link is not None
        parent = None if one.link.parent_id is None else ids.index(one.link.parent_id)
        told.append((one.link.role, parent, one.waiting))
    return told


def test_a_single_order_is_the_clients_as_it_asked() -> None:
    (order,) = made(asked(BUY, names=("mine",)))
    assert (order.tenant_id, order.account_id) == (ASKER.tenant_id, ACCOUNT)
    assert (order.client_order_id, order.terms, order.link) == ("mine", BUY, None)
    assert (order.strategy_id, order.actor) == ("ema", "user:ada")
    assert (order.accepted_at, order.updated_at) == (builders.AT, builders.AT)
    assert order.market_at == builders.MARKET_AT
    assert (order.state, order.waiting) == (OrderState.INITIALIZED, False)


def test_an_order_without_a_name_is_named_after_its_id() -> None:
    (order,) = made(asked(BUY))
    assert order.client_order_id == f"b-{order.id.hex}"


def test_peers_wait_for_nobody() -> None:
    orders = made(asked(BUY, SELL, SELL, group=GroupKind.OCO))
    assert links(orders) == [(Role.PEER, None, False)] * 3
    assert [one.terms for one in orders] == [BUY, SELL, SELL]
    assert len({one.link.group_id for one in orders if one.link is not None}) == 1
    assert len({one.id for one in orders}) == 3


def test_children_wait_for_their_entry() -> None:
    orders = made(asked(BUY, SELL, SELL, group=GroupKind.OTO))
    assert links(orders) == [(Role.ENTRY, None, False), *[(Role.CHILD, 0, True)] * 2]
    assert not any(one.terms.reduce_only for one in orders)


def test_the_exits_of_a_bracket_only_reduce() -> None:
    orders = made(asked(BUY, SELL, SELL, group=GroupKind.BRACKET))
    assert links(orders) == [
        (Role.ENTRY, None, False),
        (Role.TAKE_PROFIT, 0, True),
        (Role.STOP_LOSS, 0, True),
    ]
    assert [one.terms.reduce_only for one in orders] == [False, True, True]


def test_the_words_of_groups() -> None:
    assert {one.name: one.value for one in GroupKind} == {
        "OCO": "oco",
        "OTO": "oto",
        "BRACKET": "bracket",
    }
    command = SubmitOrder(asker=ASKER, account_id=ACCOUNT, orders=())
    assert (command.group, command.strategy_id, ASKER.trace_id) == (None, None, "")


def _bracket(side: Side, *prices: str, entry: OrderType = OrderType.LIMIT) -> SubmitOrder:
    at = None if entry is OrderType.MARKET else D(prices[0])
    other = Side.SELL if side is Side.BUY else Side.BUY
    return asked(
        builders.terms(side=side, type=entry, limit_price=at),
        builders.terms(side=other, limit_price=D(prices[1])),
        builders.terms(side=other, type=OrderType.STOP, limit_price=None, stop_price=D(prices[2])),
        group=GroupKind.BRACKET,
    )


@pytest.mark.parametrize(
    ("command", "field", "problem"),
    [
        (
            _bracket(Side.BUY, "50", "49", "45"),
            "orders[1].limit_price",
            "a take-profit lies above the entry's price 50, not at 49",
        ),
        (
            _bracket(Side.BUY, "50", "55", "51"),
            "orders[2].stop_price",
            "a stop-loss lies below the entry's price 50, not at 51",
        ),
        (
            _bracket(Side.SELL, "50", "51", "55"),
            "orders[1].limit_price",
            "a take-profit lies below the entry's price 50, not at 51",
        ),
        (
            _bracket(Side.SELL, "50", "45", "49"),
            "orders[2].stop_price",
            "a stop-loss lies above the entry's price 50, not at 49",
        ),
    ],
)
def test_a_bracket_whose_exits_lie_on_the_wrong_side_is_refused(
    command: SubmitOrder, field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        check_group(command)
    assert (refused.value.field, refused.value.problem) == (field, problem)


def test_a_bracket_around_its_entry_passes() -> None:
    check_group(_bracket(Side.BUY, "50", "55", "45"))
    check_group(_bracket(Side.SELL, "50", "45", "55"))


async def test_an_entry_without_a_price_is_measured_by_the_market_and_answered_the_same() -> None:
    rig = Rig()
    market = _bracket(Side.BUY, "", "99", "90", entry=OrderType.MARKET)
    command = replace(market, asker=rig.asker, account_id=rig.account_id, strategy_id=None)
    # It is right as a request, whatever the market does until it is asked again.
    check_group(command)
    denied = await rig.submit(command, idempotency=None)
    assert isinstance(denied, DeniedOrders)
    assert [reason.message for reason in denied.reasons] == [
        "a take-profit lies above the entry's price 100, not at 99"
    ]
    around = _bracket(Side.BUY, "", "101", "90", entry=OrderType.MARKET)
    command = replace(around, asker=rig.asker, account_id=rig.account_id, strategy_id=None)
    assert isinstance(await rig.submit(command, idempotency=None), Accepted)


async def test_exits_around_a_price_that_nobody_knows_are_not_measured() -> None:
    rig = Rig()
    market = _bracket(Side.BUY, "", "99", "90", entry=OrderType.MARKET)
    unknown = tuple(replace(one, terms=replace(one.terms, symbol="GONE")) for one in market.orders)
    command = replace(market, asker=rig.asker, account_id=rig.account_id, strategy_id=None)
    denied = await rig.submit(replace(command, orders=unknown), idempotency=None)
    assert isinstance(denied, DeniedOrders)
    assert [reason.code for reason in denied.reasons] == ["INSTRUMENT_UNKNOWN"]
