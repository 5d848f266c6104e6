"""A draft collects one change and leaves the book that it began with as it was."""

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.book import RECENT_KEPT, AccountBook, Channel, Intake, TradingDay
from domain.accounts.book_change import Halt, Reply
from domain.accounts.decision import Decision
from domain.accounts.ledger import EntryKind, LedgerAccount, cash_asset, transfer
from domain.accounts.positions import Position
from domain.orders.moves import fill
from domain.orders.states import OrderState
from tests import builders

_STEPS = ("accept", "advance", "fill", "close", "deposit", "intake", "position")


def _step(book: AccountBook, step: str, *, number: int) -> AccountBook:
    """Make one change and return the book after it, checked."""
    draft = builders.draft(book)
    live = [one for one in book.orders.values() if one.state is OrderState.ACCEPTED]
    match step:
        case "accept":
            draft.put(builders.to_state(builders.order(book.account), OrderState.ACCEPTED))
            draft.put(builders.to_state(builders.order(book.account), OrderState.DENIED))
        case "advance" if live:
            draft.put(builders.to_state(live[0], OrderState.SUBMITTED))
        case "close" if live:
            draft.put(builders.to_state(live[0], OrderState.CANCELED))
        case "fill" if live:
            order = draft.put(builders.to_state(live[0], OrderState.SUBMITTED))
            done = builders.execution(order, quantity=3, price=number, commission=Decimal(1))
            draft.book_fill(done, multiplier=Decimal(1))
            draft.put(fill(order, execution=done, when=builders.WHEN))
        case "deposit":
            draft.post(
                kind=EntryKind.DEPOSIT,
                postings=transfer(
                    source=LedgerAccount.FUNDING,
                    asset=cash_asset("EUR"),
                    amount=Decimal(number),
                ),
                reference=str(number),
            )
        case "intake":
            draft.take_in(Intake(at=builders.AT, fingerprint=str(number), symbol="AAPL"))
        case "position":
            draft.set_position(Position(symbol="MSFT", quantity=Decimal(number)))
        case _:
            pass
    before = deepcopy(book)
    change = draft.done()
    assert book == before
    assert change.expected_version == book.version
    _check(before, change.book, told=[(one.channel, one.sequence) for one in change.notices])
    return change.book


def _check(before: AccountBook, after: AccountBook, *, told: list[tuple[str, int]]) -> None:
    assert after.version == before.version + 1
    for channel in Channel:
        last = before.sequences.get(channel, 0)
        numbers = [number for name, number in told if name == channel]
        assert numbers == list(range(last + 1, last + 1 + len(numbers)))
        assert after.sequences.get(channel, 0) == last + len(numbers)
    assert not any(order.is_closed for order in after.orders.values())


@given(steps=st.lists(st.sampled_from(_STEPS), max_size=12))
def test_books_follow_each_other_and_none_changes_afterwards(steps: list[str]) -> None:
    book = builders.book()
    kept = []
    for number, step in enumerate(steps, start=1):
        kept.append((book, deepcopy(book)))
        book = _step(book, step, number=number)
    assert all(one == copy for one, copy in kept)


def test_a_fill_moves_units_money_and_ledger_alike() -> None:
    book = builders.book()
    order = builders.order(book.account, state=OrderState.SUBMITTED)
    draft = builders.draft(book)
    done = builders.execution(order, quantity=4, price="99.5", commission=Decimal("1.25"))
    after = draft.book_fill(done, multiplier=Decimal(10))
    figures = (after.quantity, after.cost, after.commissions)
    assert figures == builders.decimals(4, 3980, "1.25")
    change = draft.done()
    assert change.book.settled_cash == 100_000 - 3980 - Decimal("1.25")
    assert change.book.position("AAPL") == after
    assert (change.positions, change.currencies) == (("AAPL",), ("USD",))
    (posted,) = change.ledger
    assert (posted.kind, posted.reference) == (EntryKind.FILL, str(done.id))
    assert [one.type for one in change.notices] == ["fill.booked", "position.changed"]
    assert [one.subject for one in change.notices] == [str(done.id), "AAPL"]


def test_two_fills_in_one_change_add_up() -> None:
    book = builders.book()
    order = builders.order(book.account, state=OrderState.SUBMITTED)
    draft = builders.draft(book)
    for price in (100, 110):
        draft.book_fill(builders.execution(order, price=price), multiplier=Decimal(1))
    after = draft.done().book
    held = after.position("AAPL")
    assert (held.quantity, held.cost) == builders.decimals(20, 2100)
    assert after.settled_cash == 97_900


def test_an_order_moved_twice_is_stored_once_and_told_twice() -> None:
    book = builders.book()
    draft = builders.draft(book)
    order = draft.put(builders.to_state(builders.order(book.account), OrderState.ACCEPTED))
    order = draft.put(builders.to_state(order, OrderState.SUBMITTED))
    assert draft.order(order.id) == order
    assert draft.live_orders() == {order.id: order}
    change = draft.done()
    assert change.orders == (order,)
    assert [one.type for one in change.notices] == ["order.accepted", "order.submitted"]
    assert [one.body["state"] for one in change.notices] == ["accepted", "submitted"]


def test_a_closed_order_leaves_the_book_but_not_the_draft() -> None:
    book = builders.accept(builders.order(), on=builders.book()).book
    (order,) = book.orders.values()
    draft = builders.draft(book)
    closed = draft.put(builders.to_state(order, OrderState.CANCELED))
    assert draft.order(order.id) == closed
    assert draft.live_orders() == {}
    assert draft.done().book.orders == {}
    assert list(book.orders) == [order.id]


def test_a_late_fill_on_a_closed_order_does_not_bring_it_back() -> None:
    book = builders.book()
    order = builders.order(book.account, state=OrderState.CANCELED)
    change = builders.book_fill(order, builders.execution(order, quantity=4), on=book)
    assert change.book.orders == {}
    assert change.orders[0].filled_quantity == 4


def test_only_so_many_intakes_are_kept_the_latest_ones() -> None:
    old = tuple(
        Intake(at=builders.AT, fingerprint=str(number), symbol="AAPL")
        for number in range(RECENT_KEPT)
    )
    draft = builders.draft(builders.book(recent=old))
    new = Intake(at=builders.AT, fingerprint="new", symbol="AAPL")
    draft.take_in(new)
    assert draft.done().book.recent == (*old[1:], new)


def test_what_a_change_does_not_touch_is_carried_over() -> None:
    book = builders.book(
        positions={"X": Position(symbol="X", quantity=Decimal(1))},
        sequences={Channel.RISK: 4},
        peak_equity=Decimal(7),
    )
    after = builders.touch(book).book
    assert after == replace(book, version=1)
    assert (after.positions, after.orders) == (book.positions, book.orders)


def test_day_and_peak_change_only_when_given() -> None:
    book = builders.book()
    day = TradingDay(date=builders.DAY.date, opening_equity=Decimal(1))
    after = builders.draft(book).done(day=day, peak_equity=Decimal(0)).book
    assert (after.day, after.peak_equity) == (day, Decimal(0))


@pytest.mark.parametrize("asset", ["unit:USD", "cash:USD"])
def test_only_cash_postings_to_the_holding_move_cash(asset: str) -> None:
    draft = builders.draft(builders.book())
    draft.post(
        kind=EntryKind.SPLIT,
        postings=transfer(source=LedgerAccount.CORPORATE_ACTION, asset=asset, amount=Decimal(5)),
        reference="a test",
    )
    expected = 100_005 if asset == "cash:USD" else 100_000
    assert draft.done().book.settled_cash == expected


def test_a_change_says_whether_cash_day_or_peak_may_be_others() -> None:
    book = builders.book()
    assert not builders.touch(book).figures
    assert builders.deposit(1, on=book).figures
    assert builders.draft(book).done(day=builders.DAY).figures
    assert builders.draft(book).done(peak_equity=Decimal(1)).figures


def test_a_draft_knows_the_orders_that_it_has_not_touched() -> None:
    book = builders.accept(builders.order(), on=builders.book()).book
    (order,) = book.orders.values()
    draft = builders.draft(book)
    assert draft.order(order.id) is order
    assert draft.order(builders.new_id()) is None


def test_what_is_told_carries_whose_it_is_what_changed_and_when() -> None:
    book = builders.book()
    draft = builders.draft(book)
    order = draft.put(builders.to_state(builders.order(book.account), OrderState.ACCEPTED))
    draft.set_position(Position(symbol="MSFT", quantity=Decimal(3)))
    of_order, of_position = draft.done().notices
    for one in (of_order, of_position):
        assert (one.tenant_id, one.account_id) == (book.account.tenant_id, book.account.id)
        assert (one.at, one.market_at, one.sequence) == (builders.AT, builders.MARKET_AT, 1)
    assert (of_order.channel, of_order.subject) == (Channel.ORDERS, str(order.id))
    assert (of_order.body["order_id"], of_order.body["state"]) == (str(order.id), "accepted")
    assert (of_position.channel, of_position.type) == (Channel.POSITIONS, "position.changed")
    assert (of_position.subject, of_position.body["quantity"]) == ("MSFT", "3")
    assert of_order.id != of_position.id


def test_a_reply_a_halt_and_what_was_heard_go_along_with_the_change() -> None:
    reply = Reply(key="k", request_hash=b"h", status=201, body=b"{}")
    halt = Halt(latch_id=builders.new_id(), reason="r", actor="rule", at=builders.AT)
    draft = builders.draft(builders.book())
    draft.reply, draft.halt, draft.heard = reply, halt, 7
    change = draft.done()
    assert (change.replies, change.halt, change.heard) == ((reply,), halt, 7)
    plain = builders.touch(builders.book())
    assert (plain.replies, plain.halt, plain.heard) == ((), None, None)


def test_a_book_knows_what_the_change_to_it_touched() -> None:
    book = builders.book()
    draft = builders.draft(book)
    order = draft.put(builders.to_state(builders.order(book.account), OrderState.ACCEPTED))
    draft.set_position(Position(symbol="MSFT", quantity=Decimal(3)))
    after = draft.done().book
    touched = after.touched_since(book)
    assert touched is not None
    assert [(one.orders, one.positions) for one in touched] == [((order,), ("MSFT",))]
    assert after.touched_since(builders.book()) is None


def test_messages_decisions_and_entries_are_stored_with_the_change() -> None:
    book = builders.book()
    draft = builders.draft(book)
    intake = Intake(at=builders.AT, fingerprint="x", symbol="AAPL")
    entry = builders.audit(tenant_id=book.account.tenant_id)
    decision = Decision(
        id=builders.new_id(), order_id=builders.new_id(), approved=True, record=b"{}"
    )
    draft.take_in(intake)
    draft.audit(entry)
    draft.decide(decision)
    change = draft.done()
    assert (change.intakes, change.audit, change.decisions) == ((intake,), (entry,), (decision,))
    assert change.fences == builders.NO_FENCES
