"""A venue made anew from the books holds what they hold, and repeats no number."""

from datetime import date
from decimal import Decimal

from adapters.brokers.paper.change import AppliedSplit, Holding
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.rebuilding import rebuilt
from adapters.brokers.paper.settings import CommissionPerShare, PaperSettings
from domain.accounts.positions import Position
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType
from ports.broker import VenuePosition, VenueState
from tests import builders

D = Decimal
HEARD = 41
SETTINGS = PaperSettings(name="paper", commission=CommissionPerShare(rate=D("0.01"), minimum=D(1)))


def _venue(*orders: Order, positions: tuple[Position, ...] = ()) -> tuple[PaperVenue, str]:
    """Return the venue of a book with these, restored, and the account's id as it knows it."""
    account = builders.account()
    book = builders.book(
        account,
        orders={one.id: one for one in orders},
        positions={one.symbol: one for one in positions},
    )
    venue = PaperVenue(settings=SETTINGS, journaled=True)
    venue.restore(rebuilt([book], heard=HEARD, now=builders.MARKET_AT, settings=SETTINGS))
    return venue, str(account.id)


def test_it_holds_the_positions_and_knows_their_splits() -> None:
    held = Position(symbol="AAPL", quantity=D(-3), split_on=date(2012, 6, 1))
    flat = Position(symbol="IBM")
    venue, account_id = _venue(positions=(held, flat))
    assert venue.positions(account_id=account_id) == [VenuePosition(symbol="AAPL", quantity=D(-3))]
    kept = venue.snapshot()
    assert kept.holdings == [Holding(account_id=account_id, symbol="AAPL", quantity=D(-3))]
    assert kept.splits == [AppliedSplit(symbol="AAPL", ex_date=date(2012, 6, 1))]


def test_it_has_the_orders_that_it_had_and_makes_none_up() -> None:
    states = {
        OrderState.WORKING: VenueState.WORKING,
        OrderState.PENDING_CANCEL: VenueState.WORKING,
        OrderState.TRIGGERED: VenueState.TRIGGERED,
    }
    # Not sent, or nobody knows: a rebuilt venue proves neither.
    others = (OrderState.ACCEPTED, OrderState.SUBMITTED, OrderState.UNKNOWN, OrderState.PARKED)
    orders = [builders.order(state=state) for state in (*states, *others)]
    venue, _ = _venue(*orders)
    told = {one.client_order_id: one.state for one in venue.all_orders()}
    assert told == {
        order.client_order_id: states[order.state] for order in orders if order.state in states
    }


def test_a_part_that_was_filled_stays_filled_and_was_paid_for() -> None:
    order = builders.order(
        state=OrderState.PARTIALLY_FILLED,
        filled_quantity=D(4),
        filled_notional=D(400),
        terms=builders.terms(type=OrderType.STOP_LIMIT, stop_price=D(99)),
    )
    venue, _ = _venue(order)
    (placed,) = venue.snapshot().orders
    assert (placed.state, placed.leaves) == (VenueState.PARTIALLY_FILLED, D(6))
    # It was triggered before it filled, and the least commission is owed once.
    assert placed.active
    assert (placed.notional, placed.commission) == (D(400), D(1))


def test_numbers_go_on_behind_all_that_was_told() -> None:
    working = [builders.order(state=OrderState.WORKING) for _ in range(3)]
    venue, _ = _venue(*reversed(working))
    assert venue.sequence == HEARD
    kept = venue.snapshot()
    assert (kept.counters.order, kept.counters.trade, kept.counters.report) == (HEARD,) * 3
    # Who came first is served first.
    ranks = {one.client_order_id: one.rank for one in kept.orders}
    assert [ranks[one.client_order_id] for one in working] == [HEARD + 1, HEARD + 2, HEARD + 3]
    assert kept.counters.rank == HEARD + 3
