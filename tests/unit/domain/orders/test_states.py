"""The order table is closed, and every move that it lacks is refused."""

from itertools import product

import pytest

from domain.orders.events import OrderEventType
from domain.orders.moves import move
from domain.orders.states import (
    AT_VENUE,
    CLOSED,
    TRANSITIONS,
    UNSURE,
    IllegalTransition,
    OrderState,
    is_legal,
)
from tests import builders

_S = OrderState


def test_the_table_speaks_of_every_state_and_of_no_other() -> None:
    assert set(TRANSITIONS) == set(OrderState)
    assert {after for several in TRANSITIONS.values() for after in several} <= set(OrderState)


def test_every_state_but_the_first_can_be_reached() -> None:
    reached = {_S.INITIALIZED}
    while more := {after for before in reached for after in TRANSITIONS[before]} - reached:
        reached |= more
    assert reached == set(OrderState)
    assert not any(_S.INITIALIZED in several for several in TRANSITIONS.values())


def test_every_open_state_can_end() -> None:
    ends = set(CLOSED)
    while more := {before for before in _S if TRANSITIONS[before] & ends} - ends:
        ends |= more
    assert ends == set(OrderState)


def test_the_groups_of_states_do_not_overlap_and_leave_out_only_what_is_ours_alone() -> None:
    assert len(CLOSED) + len(UNSURE) + len(AT_VENUE) == len(CLOSED | UNSURE | AT_VENUE)
    assert set(OrderState) - CLOSED - UNSURE - AT_VENUE == {_S.INITIALIZED, _S.ACCEPTED}


@pytest.mark.parametrize(("before", "after"), list(product(_S, _S)))
def test_a_move_is_made_if_the_table_has_it_and_refused_if_not(
    before: OrderState, after: OrderState
) -> None:
    order = builders.order(state=before)
    if is_legal(before, after):
        moved = move(order, to=after, type=OrderEventType.WORKING, when=builders.WHEN)
        assert moved.order.state is after
        assert [one.state for one in moved.events] == [after]
        return
    with pytest.raises(IllegalTransition, match=f"{before} -> {after}"):
        move(order, to=after, type=OrderEventType.WORKING, when=builders.WHEN)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_S.CANCELED, _S.FILLED),  # a late fill
        (_S.CANCELED, _S.PARTIALLY_FILLED),
        (_S.EXPIRED, _S.FILLED),
        (_S.PENDING_CANCEL, _S.WORKING),  # the cancel failed
        (_S.PENDING_CANCEL, _S.FILLED),
        (_S.SUBMITTED, _S.FILLED),  # the fill overtook the acknowledgement
        (_S.WORKING, _S.REJECTED),  # accepted first, refused after
        (_S.FILLED, _S.FILLED),  # an overfill is recorded
        (_S.PARKED, _S.CANCELED),  # attested absent
    ],
)
def test_the_odd_moves_of_real_venues_are_legal(before: OrderState, after: OrderState) -> None:
    assert is_legal(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (_S.ACCEPTED, _S.WORKING),  # nothing is at a venue that was never sent
        (_S.ACCEPTED, _S.FILLED),
        (_S.PARKED, _S.SUBMITTED),  # what a person must look at is never sent again
        (_S.SUBMITTED, _S.ACCEPTED),
        (_S.REJECTED, _S.FILLED),
        (_S.DENIED, _S.ACCEPTED),
        (_S.CANCELED, _S.WORKING),
    ],
)
def test_moves_that_would_send_twice_or_revive_are_not(
    before: OrderState, after: OrderState
) -> None:
    assert not is_legal(before, after)
