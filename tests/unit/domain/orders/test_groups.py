"""What happens to one order of a group happens to the others as the group demands."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.orders.events import OrderEventType
from domain.orders.groups import CANCELABLE, consequences
from domain.orders.moves import acknowledge, fill
from domain.orders.order import GroupLink, Order, Role
from domain.orders.states import AT_VENUE, CLOSED, UNSURE, OrderState
from domain.orders.terms import Side
from tests import builders

_S = OrderState
GROUP = UUID(int=7)
EXIT = builders.terms(side=Side.SELL)


def _member(role: Role, state: OrderState = _S.WORKING, **given: Any) -> Order:
    waiting = state is _S.ACCEPTED and role not in (Role.ENTRY, Role.PEER)
    return builders.order(
        link=GroupLink(group_id=GROUP, role=role), state=state, **{"waiting": waiting} | given
    )


def _filled(order: Order, quantity: int = 10) -> Order:
    done = builders.execution(order, quantity=quantity)
    return fill(order, execution=done, when=builders.WHEN).order


def _after(order: Order, *others: Order) -> Sequence[Order]:
    live = {one.id: one for one in (order, *others) if not one.is_closed}
    moved = consequences(order, live=live, when=builders.WHEN)
    assert all(one.events for one in moved)
    return [one.order for one in moved]


def test_an_order_without_a_group_concerns_nobody() -> None:
    alone = _filled(builders.order(state=_S.WORKING))
    assert _after(alone, _member(Role.PEER)) == []


def test_another_groups_orders_are_left_alone() -> None:
    stranger = builders.order(
        link=GroupLink(group_id=UUID(int=8), role=Role.PEER), state=_S.WORKING
    )
    assert _after(_filled(_member(Role.PEER)), stranger) == []


@pytest.mark.parametrize("quantity", [1, 10])
@pytest.mark.parametrize("state", sorted(CANCELABLE))
def test_the_first_fill_of_a_peer_cancels_the_others(quantity: int, state: OrderState) -> None:
    first, other = _member(Role.PEER), _member(Role.PEER, state)
    (after,) = _after(_filled(first, quantity), other)
    assert after.id == other.id
    assert after.state is (_S.CANCELED if state is _S.ACCEPTED else _S.PENDING_CANCEL)


def test_all_other_peers_are_cancelled() -> None:
    first, *others = (_member(Role.PEER) for _ in range(5))
    assert [one.id for one in _after(_filled(first, 1), *others)] == [one.id for one in others]


@pytest.mark.parametrize("state", [_S.WORKING, _S.CANCELED, _S.REJECTED, _S.EXPIRED, _S.UNKNOWN])
def test_a_peer_that_moves_without_a_fill_leaves_the_others(state: OrderState) -> None:
    assert _after(_member(Role.PEER, state), _member(Role.PEER)) == []


@pytest.mark.parametrize("state", [_S.CANCELED, _S.EXPIRED])
def test_a_late_fill_of_a_peer_cancels_the_others(state: OrderState) -> None:
    late = _filled(_member(Role.PEER, state), 3)
    assert late.state is state
    (after,) = _after(late, _member(Role.PEER))
    assert after.state is _S.PENDING_CANCEL


@pytest.mark.parametrize("state", sorted(UNSURE))
def test_a_peer_in_doubt_is_cancelled_once_it_is_found(state: OrderState) -> None:
    first, unsure = _filled(_member(Role.PEER)), _member(Role.PEER, state)
    (wanted,) = _after(first, unsure)
    assert (wanted.state, wanted.cancel_wanted) == (state, True)
    assert _after(first, wanted) == []
    found = acknowledge(wanted, venue_order_id="v", when=builders.WHEN).order
    (canceling,) = _after(found)
    assert (canceling.id, canceling.state) == (unsure.id, _S.PENDING_CANCEL)
    assert _after(canceling) == []


def test_a_peer_in_doubt_that_filled_too_needs_no_cancel() -> None:
    (wanted,) = _after(_filled(_member(Role.PEER)), _member(Role.PEER, _S.SUBMITTED))
    assert _after(_filled(wanted)) == []


@pytest.mark.parametrize("state", [_S.PENDING_CANCEL, *sorted(CLOSED)])
def test_a_peer_that_is_closed_or_being_cancelled_stays_as_it_is(state: OrderState) -> None:
    assert _after(_filled(_member(Role.PEER)), _member(Role.PEER, state)) == []


EXITS = [(Role.TAKE_PROFIT, Role.STOP_LOSS), (Role.STOP_LOSS, Role.TAKE_PROFIT)]


@pytest.mark.parametrize(("one", "other"), EXITS)
def test_an_exit_that_filled_in_part_keeps_the_other_one(one: Role, other: Role) -> None:
    assert _after(_filled(_member(one), 4), _member(other)) == []


@pytest.mark.parametrize(("one", "other"), EXITS)
def test_an_exit_that_filled_whole_cancels_the_other_one(one: Role, other: Role) -> None:
    entry = _member(Role.ENTRY)
    (after,) = _after(_filled(_member(one)), _member(other), entry)
    assert after.state is _S.PENDING_CANCEL
    assert after.link is not None
    assert after.link.role is other


@pytest.mark.parametrize(("one", "other"), EXITS)
def test_an_exit_that_was_rejected_or_cancelled_leaves_the_other_one(
    one: Role, other: Role
) -> None:
    for state in (_S.REJECTED, _S.CANCELED, _S.EXPIRED):
        assert _after(_member(one, state), _member(other)) == []


def _bracket() -> tuple[Order, Order, Order]:
    return (
        _member(Role.ENTRY),
        _member(Role.TAKE_PROFIT, _S.ACCEPTED, terms=EXIT),
        _member(Role.STOP_LOSS, _S.ACCEPTED, terms=EXIT),
    )


def test_an_entry_that_filled_whole_releases_its_exits() -> None:
    entry, *exits = _bracket()
    after = _after(_filled(entry), *exits)
    assert [one.id for one in after] == [one.id for one in exits]
    assert all(one.state is _S.ACCEPTED and not one.waiting for one in after)
    assert [one.terms.quantity for one in after] == [10, 10]


@pytest.mark.parametrize("state", sorted(AT_VENUE | {_S.SUBMITTED, _S.UNKNOWN, _S.PARKED}))
def test_while_the_entry_is_open_its_exits_wait(state: OrderState) -> None:
    entry, *exits = _bracket()
    entry = _member(Role.ENTRY, state, filled_quantity=Decimal(4))
    assert _after(entry, *exits) == []


@pytest.mark.parametrize("state", [_S.CANCELED, _S.EXPIRED])
def test_an_entry_that_ends_with_part_of_it_filled_releases_its_exits_at_that_size(
    state: OrderState,
) -> None:
    _, *exits = _bracket()
    entry = _member(Role.ENTRY, state, filled_quantity=Decimal(4))
    after = _after(entry, *exits)
    assert [one.terms.quantity for one in after] == [4, 4]
    smaller = _member(Role.STOP_LOSS, _S.ACCEPTED, terms=replace(EXIT, quantity=Decimal(3)))
    assert [one.terms.quantity for one in _after(entry, smaller)] == [3]


@pytest.mark.parametrize("state", [_S.CANCELED, _S.EXPIRED, _S.REJECTED])
def test_an_entry_that_ends_without_a_fill_takes_its_children_along(state: OrderState) -> None:
    _, *exits = _bracket()
    after = _after(_member(Role.ENTRY, state), *exits, _member(Role.CHILD, _S.ACCEPTED))
    assert [one.state for one in after] == [_S.CANCELED] * 3
    assert not any(one.waiting for one in after)


@pytest.mark.parametrize(
    ("side", "symbol", "size"),
    [(Side.SELL, "AAPL", 4), (Side.BUY, "AAPL", 10), (Side.SELL, "MSFT", 10)],
)
def test_a_child_that_undoes_its_entry_undoes_no_more_than_filled(
    side: Side, symbol: str, size: int
) -> None:
    child = _member(
        Role.CHILD,
        _S.ACCEPTED,
        terms=builders.terms(side=side, symbol=symbol, display_quantity=Decimal(5)),
    )
    entry = _member(Role.ENTRY, _S.CANCELED, filled_quantity=Decimal(4))
    (after,) = _after(entry, child)
    assert (after.waiting, after.terms.quantity) == (False, Decimal(size))
    assert after.terms.display_quantity == min(5, size)


def test_a_release_is_told() -> None:
    entry, *exits = _bracket()
    filled = _filled(entry)
    moved = consequences(filled, live={one.id: one for one in exits}, when=builders.WHEN)
    assert [one.events[0].type for one in moved] == [OrderEventType.RELEASED] * 2


def test_a_child_already_released_is_not_released_again() -> None:
    entry, *exits = _bracket()
    released = _after(_filled(entry), *exits)
    late = _filled(_member(Role.ENTRY, _S.CANCELED, filled_quantity=Decimal(4)), 2)
    assert _after(late, *released) == []


def test_children_together_undo_no_more_than_their_entry_filled() -> None:
    sell = builders.terms(side=Side.SELL, quantity=Decimal(4))
    children = [_member(Role.CHILD, _S.ACCEPTED, terms=sell) for _ in range(3)]
    entry = replace(_filled(_member(Role.ENTRY), 6), state=_S.CANCELED)
    after = _after(entry, *children)
    assert [(one.state, one.terms.quantity) for one in after] == [
        (_S.ACCEPTED, Decimal(4)),
        (_S.ACCEPTED, Decimal(2)),
        (_S.CANCELED, Decimal(4)),
    ]
