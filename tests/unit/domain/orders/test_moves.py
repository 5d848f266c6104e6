"""Orders move as their venue and our requests say, and forget nothing on the way."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from domain.orders.events import OrderEventType
from domain.orders.moves import (
    acknowledge,
    confirm_replace,
    fail_request,
    fill,
    intend,
    request_cancel,
    request_replace,
    want_cancel,
)
from domain.orders.order import Order
from domain.orders.states import IllegalTransition, OrderState
from domain.orders.terms import OrderTerms
from tests import builders

_S = OrderState
D = Decimal
LATER = builders.later(5)
LARGER = builders.terms(quantity=Decimal(20))
SMALLER = builders.terms(quantity=Decimal(4))


def _filled(order: Order, quantity: int) -> Order:
    return fill(
        order, execution=builders.execution(order, quantity=quantity), when=builders.WHEN
    ).order


def _working(**given: Any) -> Order:
    return builders.order(**{"state": _S.WORKING, "venue_order_id": "v-1"} | given)


def _asked_to_be(terms: OrderTerms, **given: object) -> Order:
    return request_replace(_working(**given), terms=terms, price=D(101), when=builders.WHEN).order


def test_an_intended_order_knows_when_it_was_sent() -> None:
    moved = intend(builders.order(state=_S.ACCEPTED), when=LATER)
    assert (moved.order.state, moved.order.sent_at) == (_S.SUBMITTED, LATER.at)
    assert moved.order.is_unsure


@pytest.mark.parametrize(
    ("before", "type"),
    [
        (_S.SUBMITTED, OrderEventType.WORKING),
        (_S.UNKNOWN, OrderEventType.RESOLVED),
        (_S.PARKED, OrderEventType.RESOLVED),
    ],
)
def test_an_acknowledged_order_is_working_under_the_venues_id(
    before: OrderState, type: OrderEventType
) -> None:
    moved = acknowledge(builders.order(state=before), venue_order_id="v-9", when=LATER)
    assert (moved.order.state, moved.order.venue_order_id) == (_S.WORKING, "v-9")
    assert moved.events[0].type is type


def test_an_acknowledgement_after_a_fill_does_not_forget_it() -> None:
    order = _filled(builders.order(state=_S.SUBMITTED), 4)
    unknown = replace(order, state=_S.UNKNOWN)
    assert acknowledge(unknown, venue_order_id="v", when=LATER).order.state is _S.PARTIALLY_FILLED


def test_an_order_never_sent_is_cancelled_or_replaced_at_once() -> None:
    order = builders.order(state=_S.ACCEPTED, waiting=True)
    canceled = request_cancel(order, reason="why", when=LATER).order
    assert (canceled.state, canceled.reason, canceled.waiting) == (_S.CANCELED, "why", False)
    replaced = request_replace(order, terms=LARGER, price=D(101), when=LATER)
    assert (replaced.order.state, replaced.order.terms) == (_S.ACCEPTED, LARGER)
    assert replaced.events[0].type is OrderEventType.REPLACED


@pytest.mark.parametrize("before", [_S.WORKING, _S.TRIGGERED, _S.PARTIALLY_FILLED])
def test_a_request_that_fails_falls_back_to_where_the_order_stood(before: OrderState) -> None:
    order = builders.order(state=before)
    if before is _S.PARTIALLY_FILLED:
        order = _filled(builders.order(state=_S.WORKING), 4)
    for asked in (
        request_cancel(order, reason="why", when=LATER).order,
        request_replace(order, terms=LARGER, price=D(101), when=LATER).order,
    ):
        assert asked.settled_state is before
        failed = fail_request(asked, reason="too late", when=LATER).order
        assert failed.state is before
        assert (failed.pending_terms, failed.settled_state) == (None, None)
        assert failed.terms == order.terms


@pytest.mark.parametrize("price", ["45", "180"])
def test_once_the_venue_has_answered_a_replace_nothing_more_stays_reserved(price: str) -> None:
    order = builders.order(state=_S.WORKING, reserved_price=D(90))
    other = replace(order.terms, limit_price=D(price))
    asked = request_replace(order, terms=other, price=D(price), when=LATER).order
    assert asked.counted_price == max(D(90), D(price))
    confirmed = confirm_replace(asked, terms=other, when=LATER).order
    assert (confirmed.counted_price, confirmed.reserved_price) == (D(price), D(price))
    refused = fail_request(asked, reason="no", when=LATER).order
    told_as_it_was = confirm_replace(asked, terms=order.terms, when=LATER).order
    for after in (refused, told_as_it_was):
        assert (after.counted_price, after.pending_price) == (D(90), None)


def test_of_terms_that_nobody_asked_for_the_larger_price_stays_reserved() -> None:
    order = builders.order(state=_S.WORKING, reserved_price=D(90))
    asked = request_replace(order, terms=LARGER, price=D(45), when=LATER).order
    other = replace(LARGER, quantity=D(3))
    assert confirm_replace(asked, terms=other, when=LATER).order.counted_price == D(90)


def test_a_replace_in_doubt_counts_at_the_larger_price_through_a_refused_cancel() -> None:
    order = builders.order(state=_S.WORKING, reserved_price=D(90))
    asked = request_replace(order, terms=LARGER, price=D(180), when=LATER).order
    sent = replace(asked, request_sent=True)
    canceling = request_cancel(sent, reason="why", when=LATER).order
    assert canceling.counted_price == D(180)
    assert fail_request(canceling, reason="late", when=LATER).order.counted_price == D(180)
    never_sent = request_cancel(asked, reason="why", when=LATER).order
    assert never_sent.counted_price == D(90)


def test_a_request_falls_back_to_filled_when_that_is_what_happened() -> None:
    order = _filled(_asked_to_be(LARGER), 10)
    assert order.state is _S.PENDING_UPDATE
    assert fail_request(order, reason="filled", when=LATER).order.state is _S.FILLED


@pytest.mark.parametrize(("sent", "leaves"), [(True, 20), (False, 10)])
def test_a_cancel_counts_the_size_of_a_replace_that_was_sent(sent: bool, leaves: int) -> None:
    order = request_cancel(
        replace(_asked_to_be(LARGER, state=_S.TRIGGERED), request_sent=sent),
        reason="why",
        when=LATER,
    ).order
    assert order.settled_state is _S.TRIGGERED
    assert order.leaves_quantity == leaves
    assert not order.request_sent


@pytest.mark.parametrize(
    ("filled", "leaves"), [(0, 20), (4, 16), (10, 10), (15, 5)], ids=lambda given: str(given)
)
def test_a_refused_cancel_leaves_the_replace_before_it_open_and_counting(
    filled: int, leaves: int
) -> None:
    sent = replace(_asked_to_be(LARGER), request_sent=True)
    canceling = request_cancel(sent, reason="why", when=LATER).order
    if filled:
        canceling = _filled(canceling, filled)
    moved = fail_request(replace(canceling, request_sent=True), reason="too late", when=LATER)
    assert moved.events[0].type is OrderEventType.CANCEL_FAILED
    assert (moved.order.state, moved.order.pending_terms) == (_S.PENDING_UPDATE, LARGER)
    assert moved.order.leaves_quantity == leaves
    # It was sent, and is not sent again.
    assert moved.order.request_sent
    confirmed = confirm_replace(moved.order, terms=LARGER, when=LATER).order
    assert (confirmed.terms, confirmed.leaves_quantity) == (LARGER, Decimal(leaves))


def test_until_a_replace_is_answered_the_larger_size_may_fill() -> None:
    assert _asked_to_be(LARGER).leaves_quantity == 20
    assert _asked_to_be(SMALLER).leaves_quantity == 10
    assert _filled(_asked_to_be(LARGER), 10).leaves_quantity == 10


@pytest.mark.parametrize(
    ("before", "filled", "terms", "after"),
    [
        (_S.PENDING_UPDATE, 0, LARGER, _S.WORKING),
        (_S.PENDING_UPDATE, 3, LARGER, _S.PARTIALLY_FILLED),
        (_S.PENDING_UPDATE, 3, SMALLER, _S.PARTIALLY_FILLED),
        (_S.PENDING_UPDATE, 4, SMALLER, _S.FILLED),
        (_S.PENDING_UPDATE, 5, SMALLER, _S.FILLED),
        (_S.WORKING, 0, LARGER, _S.WORKING),
        (_S.TRIGGERED, 0, LARGER, _S.TRIGGERED),
        (_S.PARTIALLY_FILLED, 4, SMALLER, _S.FILLED),
        (_S.PENDING_CANCEL, 0, LARGER, _S.PENDING_CANCEL),
        (_S.PENDING_CANCEL, 4, LARGER, _S.PENDING_CANCEL),
        (_S.PENDING_CANCEL, 4, SMALLER, _S.FILLED),
        (_S.UNKNOWN, 0, LARGER, _S.WORKING),
    ],
)
def test_a_confirmed_replace_leaves_the_order_where_its_fills_put_it(
    before: OrderState, filled: int, terms: OrderTerms, after: OrderState
) -> None:
    order = builders.order(state=before, filled_quantity=Decimal(filled))
    moved = confirm_replace(order, terms=terms, when=LATER)
    assert (moved.order.state, moved.order.terms) == (after, terms)
    assert moved.order.pending_terms is None
    assert moved.events[0].type is OrderEventType.REPLACED


def test_a_replace_of_a_triggered_order_that_is_confirmed_leaves_it_triggered() -> None:
    order = request_replace(
        builders.order(state=_S.TRIGGERED), terms=LARGER, price=D(101), when=LATER
    ).order
    assert confirm_replace(order, terms=LARGER, when=LATER).order.state is _S.TRIGGERED


@pytest.mark.parametrize("state", [_S.SUBMITTED, _S.WORKING, _S.UNKNOWN, _S.PARKED, _S.TRIGGERED])
def test_fills_add_up_to_the_order(state: OrderState) -> None:
    order = builders.order(state=state)
    first = fill(order, execution=builders.execution(order, quantity=4, price=99), when=LATER)
    assert (first.order.state, first.order.leaves_quantity) == (_S.PARTIALLY_FILLED, Decimal(6))
    done = fill(
        first.order, execution=builders.execution(order, quantity=6, price=101), when=LATER
    ).order
    assert (done.state, done.leaves_quantity, done.is_closed) == (_S.FILLED, Decimal(0), True)
    assert done.average_price == Decimal("100.2")


@pytest.mark.parametrize("state", [_S.PENDING_CANCEL, _S.PENDING_UPDATE])
def test_a_partial_fill_does_not_answer_a_request(state: OrderState) -> None:
    order = builders.order(state=state, request_sent=True, settled_state=_S.WORKING)
    after = _filled(order, 4)
    assert (after.state, after.request_sent, after.settled_state) == (state, True, _S.WORKING)
    assert _filled(builders.order(state=state), 10).state is _S.FILLED


def test_a_replace_to_a_larger_size_keeps_the_order_open_until_it_is_answered() -> None:
    order = _filled(_asked_to_be(LARGER), 10)
    assert (order.state, order.leaves_quantity) == (_S.PENDING_UPDATE, Decimal(10))
    moved = fill(order, execution=builders.execution(order, quantity=10), when=LATER)
    assert moved.order.state is _S.FILLED
    assert moved.events[0].type is OrderEventType.FILLED


@pytest.mark.parametrize("state", [_S.CANCELED, _S.EXPIRED])
def test_a_late_fill_is_booked_and_the_order_stays_closed(state: OrderState) -> None:
    moved = fill(
        builders.order(state=state), execution=builders.execution(builders.order()), when=LATER
    )
    assert moved.order.state is _S.FILLED
    order = builders.order(state=state, reason="why")
    moved = fill(order, execution=builders.execution(order, quantity=4), when=LATER)
    assert (moved.order.state, moved.order.filled_quantity) == (state, Decimal(4))
    told = [event.type for event in moved.events]
    assert told[0] is OrderEventType.FILLED
    assert told[1] in (OrderEventType.CANCELED, OrderEventType.EXPIRED)


@pytest.mark.parametrize("before", [_S.WORKING, _S.FILLED])
def test_more_than_was_asked_for_is_booked_and_alarms(before: OrderState) -> None:
    order = builders.order(state=before, filled_quantity=Decimal(10 if before is _S.FILLED else 8))
    moved = fill(order, execution=builders.execution(order, quantity=3), when=LATER)
    assert moved.order.state is _S.FILLED
    assert moved.order.filled_quantity == order.filled_quantity + 3
    assert moved.events[0].type is OrderEventType.OVERFILLED


@pytest.mark.parametrize("state", [_S.REJECTED, _S.DENIED, _S.ACCEPTED, _S.INITIALIZED])
def test_an_order_that_is_not_at_a_venue_cannot_fill_in_part(state: OrderState) -> None:
    if state is _S.INITIALIZED:
        assert _filled(builders.order(state=state), 4).state is _S.PARTIALLY_FILLED
        return
    with pytest.raises(IllegalTransition):
        _filled(builders.order(state=state), 4)


def test_a_cancel_that_is_wanted_is_remembered_until_it_is_asked_for() -> None:
    order = want_cancel(builders.order(state=_S.SUBMITTED), reason="why", when=LATER).order
    assert (order.state, order.cancel_wanted) == (_S.SUBMITTED, True)
    working = acknowledge(order, venue_order_id="v", when=LATER).order
    assert working.cancel_wanted
    assert _filled(working, 4).cancel_wanted
    assert not request_cancel(working, reason="why", when=LATER).order.cancel_wanted
    assert not _filled(working, 10).cancel_wanted
