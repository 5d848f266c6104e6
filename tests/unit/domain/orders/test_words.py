"""What is stored and sent of orders keeps its words, and what is refused says why."""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from domain.orders.events import OrderEventType
from domain.orders.moves import (
    describe_terms,
    event_of,
    fill,
    intend,
    move,
    request_replace,
    want_cancel,
)
from domain.orders.order import GroupLink, Origin, Role
from domain.orders.states import IllegalTransition, OrderState
from domain.orders.terms import OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import InvalidValue
from tests import builders

LATER = builders.later(5)
TYPES = (
    "market limit stop stop_limit market_if_touched limit_if_touched market_to_limit trailing_stop"
)
STATES = (
    "initialized denied accepted submitted working rejected canceled expired triggered"
    " pending_update pending_cancel partially_filled filled unknown parked"
)
EVENTS = (
    "accepted denied waiting released submitted working rejected filled overfilled cancel_requested"
    " cancel_failed canceled expired triggered replace_requested replaced replace_failed"
    " unknown parked resolved external"
)


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (Side, "buy sell"),
        (OrderType, TYPES),
        (TimeInForce, "day gtc gtd ioc fok opg cls"),
        (TrailKind, "amount percent"),
        (OrderState, STATES),
        (Origin, "client kill_switch external"),
        (Role, "entry child peer take_profit stop_loss"),
    ],
)
def test_every_word_is_the_name_in_small_letters(words: type[StrEnum], known: str) -> None:
    assert [one.value for one in words] == known.split()
    assert all(one.value == one.name.lower() for one in words)


def test_events_are_named_after_the_order() -> None:
    assert [one.value for one in OrderEventType] == [f"order.{name}" for name in EVENTS.split()]
    assert all(one.value == f"order.{one.name.lower()}" for one in OrderEventType)


def test_an_order_that_says_nothing_more_is_a_clients_and_untouched() -> None:
    order = builders.order(actor="")
    assert (order.origin, order.state, order.actor) == (Origin.CLIENT, OrderState.INITIALIZED, "")
    assert (order.filled_quantity, order.filled_notional) == builders.decimals(0, 0)
    assert (order.waiting, order.request_sent, order.cancel_wanted) == (False, False, False)
    assert (order.reason, order.strategy_id, order.link) == ("", None, None)
    assert (order.venue_order_id, order.reserved_price, order.sent_at) == (None, None, None)
    assert (order.pending_terms, order.settled_state, order.average_price) == (None, None, None)
    plain = builders.terms()
    assert plain.time_in_force is TimeInForce.DAY
    assert (plain.post_only, plain.reduce_only, plain.display_quantity) == (False, False, None)
    assert GroupLink(group_id=order.id, role=Role.PEER).parent_id is None


@pytest.mark.parametrize("name", ["", "x" * 65, "ä"])
def test_a_client_order_id_is_short_and_ascii(name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        builders.order(client_order_id=name)
    assert refused.value.field == "client_order_id"
    assert refused.value.problem == "must be 1 to 64 ASCII characters"


@pytest.mark.parametrize("name", ["x", "x" * 64])
def test_the_shortest_and_the_longest_client_order_ids_are_taken(name: str) -> None:
    assert builders.order(client_order_id=name).client_order_id == name


_RESTS = "needs an order that can rest"
_AT_ONCE: Mapping[str, Any] = {"time_in_force": TimeInForce.IOC}
REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"limit_price": None}, "limit_price", "is required for a limit order"),
    (
        {"type": OrderType.MARKET, "limit_price": Decimal(1)},
        "limit_price",
        "does not belong to a market order",
    ),
    (
        {"type": OrderType.STOP, "limit_price": None},
        "stop_price",
        "is required for a stop order",
    ),
    ({"stop_price": Decimal(1)}, "stop_price", "does not belong to a limit order"),
    ({"trail": Decimal(1)}, "trail", "does not belong to a limit order"),
    (
        {"type": OrderType.TRAILING_STOP, "limit_price": None, "trail": Decimal(1)},
        "trail",
        "a trailing stop needs trail and trail_kind (amount or percent)",
    ),
    (
        {
            "type": OrderType.TRAILING_STOP,
            "limit_price": None,
            "trail": Decimal(100),
            "trail_kind": TrailKind.PERCENT,
        },
        "trail",
        "must be below 100 percent",
    ),
    (
        {"time_in_force": TimeInForce.GTD},
        "expires_at",
        "is required when time_in_force is gtd",
    ),
    (
        {"time_in_force": TimeInForce.GTD, "expires_at": builders.AT.replace(tzinfo=None)},
        "expires_at",
        "must carry a time zone, such as 2026-01-02T15:04:05Z",
    ),
    ({"expires_at": builders.AT}, "expires_at", "belongs to gtd, not to day"),
    (
        {"type": OrderType.STOP, "limit_price": None, "stop_price": Decimal(1), **_AT_ONCE},
        "time_in_force",
        "ioc needs a market or limit order",
    ),
    (
        {
            "type": OrderType.STOP,
            "limit_price": None,
            "stop_price": Decimal(1),
            "time_in_force": TimeInForce.OPG,
        },
        "time_in_force",
        "opg needs a market or limit order",
    ),
    (
        {"post_only": True, **_AT_ONCE},
        "post_only",
        "needs an order that can rest: a limit, not ioc or fok",
    ),
    ({"display_quantity": Decimal(1), **_AT_ONCE}, "display_quantity", _RESTS),
    ({"display_quantity": Decimal(11)}, "display_quantity", "must not exceed quantity"),
    ({"display_quantity": Decimal(0)}, "display_quantity", "must be above 0, not 0"),
    ({"quantity": Decimal(0)}, "quantity", "must be above 0, not 0"),
    ({"limit_price": Decimal("NaN")}, "limit_price", "must be a finite number, not NaN"),
    (
        {"type": OrderType.STOP_LIMIT, "limit_price": Decimal("NaN"), "stop_price": Decimal(1)},
        "limit_price",
        "must be a finite number, not NaN",
    ),
    (
        {"type": OrderType.STOP, "limit_price": None, "stop_price": Decimal("NaN")},
        "stop_price",
        "must be a finite number, not NaN",
    ),
]


@pytest.mark.parametrize(
    ("given", "field", "problem"), REFUSED, ids=[f"{one[1]}-{at}" for at, one in enumerate(REFUSED)]
)
def test_what_cannot_be_an_order_says_what_is_wrong_with_it(
    given: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        builders.terms(**given)
    assert (refused.value.field, refused.value.problem) == (field, problem)


def test_an_illegal_move_names_the_order_and_both_states() -> None:
    order = builders.order(state=OrderState.REJECTED)
    with pytest.raises(IllegalTransition) as refused:
        move(order, to=OrderState.FILLED, type=OrderEventType.FILLED, when=LATER)
    assert str(refused.value) == f"order {order.id}: rejected -> filled is not a legal move"
    assert (refused.value.before, refused.value.after) == (OrderState.REJECTED, OrderState.FILLED)


def test_an_event_tells_whose_order_it_is_and_both_times() -> None:
    order = builders.order(state=OrderState.WORKING)
    told = event_of(order, type=OrderEventType.TRIGGERED, when=LATER, detail=(("a", "b"),))
    assert (told.order_id, told.tenant_id, told.account_id) == (
        order.id,
        order.tenant_id,
        order.account_id,
    )
    assert (told.type, told.state) == (OrderEventType.TRIGGERED, OrderState.WORKING)
    assert (told.at, told.market_at, told.detail) == (LATER.at, LATER.market_at, (("a", "b"),))
    assert event_of(order, type=OrderEventType.TRIGGERED, when=LATER).detail == ()


def test_a_fill_is_told_with_all_its_figures() -> None:
    order = builders.order(state=OrderState.WORKING, filled_quantity=Decimal(2))
    done = builders.execution(
        order, quantity="3.50", price="99.10", commission=Decimal("0.20"), trade_id="t-1"
    )
    (told,) = fill(order, execution=done, when=LATER).events
    assert told.detail == (
        ("trade_id", "t-1"),
        ("price", "99.1"),
        ("quantity", "3.5"),
        ("commission", "0.2"),
        ("filled_quantity", "5.5"),
    )


def test_a_late_fill_says_why_the_order_closes_again() -> None:
    order = builders.order(state=OrderState.EXPIRED)
    moved = fill(order, execution=builders.execution(order, quantity=4), when=LATER)
    assert moved.events[1].detail == (("reason", "late fill on a closed order"),)
    assert moved.events[1].type is OrderEventType.EXPIRED
    canceled = builders.order(state=OrderState.CANCELED)
    moved = fill(canceled, execution=builders.execution(canceled, quantity=4), when=LATER)
    assert moved.events[1].type is OrderEventType.CANCELED


def test_a_reason_is_told_behind_the_rest_and_an_old_one_is_kept() -> None:
    order = builders.order(state=OrderState.WORKING, reason="old")
    moved = move(
        order,
        to=OrderState.CANCELED,
        type=OrderEventType.CANCELED,
        when=LATER,
        reason="why",
        detail=(("a", "b"),),
    )
    assert moved.events[0].detail == (("a", "b"), ("reason", "why"))
    assert (moved.order.reason, moved.order.updated_at) == ("why", LATER.at)
    silent = move(order, to=OrderState.CANCELED, type=OrderEventType.CANCELED, when=LATER)
    assert (silent.order.reason, silent.events[0].detail) == ("old", ())


def test_new_terms_are_told_as_far_as_there_are_any() -> None:
    trailing = builders.terms(
        type=OrderType.TRAILING_STOP,
        quantity=Decimal("7.50"),
        limit_price=None,
        stop_price=Decimal("90.10"),
        trail=Decimal("1.50"),
        trail_kind=TrailKind.AMOUNT,
    )
    assert describe_terms(trailing) == (
        ("quantity", "7.5"),
        ("stop_price", "90.1"),
        ("trail", "1.5"),
    )
    assert describe_terms(builders.terms()) == (("quantity", "10"), ("limit_price", "100"))


def test_a_replace_that_is_asked_for_has_yet_to_be_sent() -> None:
    order = builders.order(state=OrderState.WORKING, request_sent=True)
    larger = builders.terms(quantity=Decimal(20))
    moved = request_replace(order, terms=larger, price=Decimal(101), when=LATER)
    assert (moved.order.request_sent, moved.order.pending_terms) == (False, larger)
    assert moved.events[0].detail == (("quantity", "20"), ("limit_price", "100"))
    assert moved.events[0].type is OrderEventType.REPLACE_REQUESTED


def test_a_cancel_that_must_wait_is_told_with_its_reason() -> None:
    moved = want_cancel(builders.order(state=OrderState.UNKNOWN), reason="why", when=LATER)
    assert moved.order.updated_at == LATER.at
    assert moved.events[0].type is OrderEventType.CANCEL_REQUESTED
    assert moved.events[0].detail == (("reason", "why"),)


def test_a_request_that_is_over_has_not_been_sent() -> None:
    asked = builders.order(state=OrderState.PENDING_CANCEL, request_sent=True)
    for to in (OrderState.WORKING, OrderState.CANCELED, OrderState.UNKNOWN):
        assert not move(asked, to=to, type=OrderEventType.WORKING, when=LATER).order.request_sent
    still = move(asked, to=OrderState.PENDING_UPDATE, type=OrderEventType.WORKING, when=LATER)
    assert still.order.request_sent


def test_an_intent_is_told_as_a_submission() -> None:
    (told,) = intend(builders.order(state=OrderState.ACCEPTED), when=LATER).events
    assert (told.type, told.state) == (OrderEventType.SUBMITTED, OrderState.SUBMITTED)
