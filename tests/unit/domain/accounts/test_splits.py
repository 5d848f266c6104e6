"""A position stands in the units of its latest split, however late an execution is told."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.ledger import EntryKind, LedgerAccount
from domain.accounts.positions import Position
from domain.accounts.splits import apply_split, book_execution
from domain.market.prices import Split, SplitEffective, SplitHistory
from domain.orders.terms import Side
from tests import builders
from tests.builders import decimals

ONE = Decimal(1)
# AAPL's split of 28 February 2005, two for one; and one for ten, as reverse splits go.
BEFORE = datetime(2005, 2, 25, 20, 59, tzinfo=UTC)
EFFECTIVE = datetime(2005, 2, 28, 14, 0, tzinfo=UTC)
EX_DATE = EFFECTIVE.date()
AFTER = EFFECTIVE + timedelta(hours=1)
DOUBLE = (2, 1)
REVERSE = (1, 10)


def _split(ratio: tuple[int, int], *, day: date = EX_DATE) -> Split:
    numerator, denominator = decimals(*ratio)
    return Split(symbol="AAPL", ex_date=day, numerator=numerator, denominator=denominator)


def _history(*ratios: tuple[int, int]) -> SplitHistory:
    splits = tuple(
        SplitEffective(
            split=_split(ratio, day=EX_DATE + timedelta(days=number)),
            at=EFFECTIVE + timedelta(days=number),
        )
        for number, ratio in enumerate(ratios)
    )
    return SplitHistory(since=BEFORE - timedelta(days=30), splits=splits)


def _booked(
    book: AccountBook,
    quantity: int,
    *,
    history: SplitHistory,
    at: datetime = BEFORE,
    price: int = 100,
    last: int | None = None,
) -> BookChange:
    side = Side.BUY if quantity > 0 else Side.SELL
    order = builders.order(book.account, terms=builders.terms(side=side))
    done = builders.execution(order, quantity=abs(quantity), price=price, market_at=at)
    draft = builders.draft(book)
    assert book_execution(
        draft,
        done,
        multiplier=ONE,
        history=history,
        last=Decimal(last) if last is not None else None,
    )
    return draft.done()


def _split_book(book: AccountBook, ratio: tuple[int, int], *, last: int) -> AccountBook:
    draft = builders.draft(book)
    apply_split(draft, split=_split(ratio), last=Decimal(last))
    return draft.done().book


def _units(*changes: BookChange) -> Decimal:
    """Return what the ledger shows of AAPL."""
    return sum(
        (
            posting.amount
            for change in changes
            for posted in change.ledger
            for posting in posted.postings
            if posting.asset == "unit:AAPL" and posting.ledger is LedgerAccount.HOLDING
        ),
        Decimal(0),
    )


@pytest.mark.parametrize(("ratio", "units"), [(DOUBLE, 40), (REVERSE, 2)])
def test_a_late_execution_is_booked_in_the_units_of_its_own_time(
    ratio: tuple[int, int], units: int
) -> None:
    change = _booked(builders.book(), 20, history=_history(ratio))
    held = change.book.position("AAPL")
    assert (held.quantity, held.cost) == decimals(units, 2000)
    assert held.split_on == EX_DATE
    assert change.book.settled_cash == 98_000
    # The fill is what was executed; the ledger shows the split as a step of its own.
    assert [fill.quantity for fill in change.fills] == [Decimal(20)]
    assert [posted.kind for posted in change.ledger] == [EntryKind.SPLIT, EntryKind.FILL]
    assert _units(change) == units


@pytest.mark.parametrize("ratio", [DOUBLE, REVERSE, (3, 2), (7, 1)])
@pytest.mark.parametrize("late", [-60, -20, 20, 100])
def test_told_late_or_in_time_the_position_is_the_same(ratio: tuple[int, int], late: int) -> None:
    first = _booked(builders.book(), 40, history=_history())
    in_time = _booked(first.book, late, history=_history(), price=110)
    expected = _split_book(in_time.book, ratio, last=50)
    told_late = _booked(
        _split_book(first.book, ratio, last=50),
        late,
        history=_history(ratio),
        price=110,
        last=50,
    ).book
    ours, theirs = told_late.position("AAPL"), expected.position("AAPL")
    assert ours.quantity == theirs.quantity
    assert abs(ours.cost - theirs.cost) < Decimal("1E-9")
    assert abs(ours.realised_pnl - theirs.realised_pnl) < Decimal("1E-9")
    assert told_late.settled_cash == expected.settled_cash


def test_a_fraction_that_a_reverse_split_leaves_is_paid_in_cash() -> None:
    change = _booked(builders.book(), 25, history=_history(REVERSE), price=10, last=110)
    held = change.book.position("AAPL")
    # 2.5 new shares: two are held, half of one at 110 is paid, with half a share's cost gone.
    assert (held.quantity, held.cost, held.realised_pnl) == decimals(2, 200, 5)
    assert change.book.settled_cash == 100_000 - 250 + 55
    kinds = [EntryKind.SPLIT, EntryKind.CASH_IN_LIEU, EntryKind.FILL]
    assert [posted.kind for posted in change.ledger] == kinds
    assert _units(change) == 2


def test_less_than_one_new_share_is_all_paid_in_cash() -> None:
    change = _booked(builders.book(), -5, history=_history(REVERSE), price=10, last=110)
    held = change.book.position("AAPL")
    assert (held.quantity, held.cost, held.realised_pnl) == decimals(0, 0, -5)
    assert change.book.settled_cash == 100_000 + 50 - 55


def test_an_execution_after_the_split_is_in_the_new_units_already() -> None:
    change = _booked(builders.book(), 20, history=_history(DOUBLE), at=AFTER)
    held = change.book.position("AAPL")
    assert (held.quantity, held.split_on) == (Decimal(20), EX_DATE)
    assert [posted.kind for posted in change.ledger] == [EntryKind.FILL]


@pytest.mark.parametrize(("at", "units"), [(BEFORE, 60), (AFTER, 50)])
def test_a_position_that_the_split_has_not_reached_is_split_first(at: datetime, units: int) -> None:
    book = _booked(builders.book(), 20, history=_history()).book
    change = _booked(book, 10, history=_history(DOUBLE), at=at)
    held = change.book.position("AAPL")
    assert held.quantity == units
    # And not once more when the split itself comes.
    assert _split_book(change.book, DOUBLE, last=50).position("AAPL") == held


def test_several_splits_since_all_count() -> None:
    change = _booked(builders.book(), 5, history=_history(DOUBLE, (7, 1)))
    assert change.book.position("AAPL").quantity == 70
    between = EFFECTIVE + timedelta(hours=1)
    change = _booked(builders.book(), 5, history=_history(DOUBLE, (7, 1)), at=between)
    assert change.book.position("AAPL").quantity == 35


def test_an_execution_from_before_all_that_is_known_is_not_booked() -> None:
    book = builders.book()
    order = builders.order(book.account)
    for since in (None, BEFORE + timedelta(microseconds=1)):
        draft = builders.draft(book)
        history = replace(_history(DOUBLE), since=since)
        done = builders.execution(order, market_at=BEFORE)
        assert not book_execution(draft, done, multiplier=ONE, history=history, last=None)
        assert draft.done().ledger == ()


def test_a_split_told_again_changes_nothing() -> None:
    book = _booked(builders.book(), 20, history=_history()).book
    once = _split_book(book, DOUBLE, last=50)
    assert once.position("AAPL").quantity == 40
    assert _split_book(once, DOUBLE, last=50).position("AAPL") == once.position("AAPL")
    flat = builders.book(positions={"AAPL": Position(symbol="AAPL")})
    assert _split_book(flat, DOUBLE, last=50).position("AAPL").quantity == 0


@pytest.mark.parametrize("ratio", [(3, 2), (1, 10), (2, 3), (7, 5)])
@pytest.mark.parametrize(
    "executions",
    [(30, 5, 21), (1, 1, 1), (5, -5, 3), (-7, -4), (25, -40), (-3, 9, -1), (15, -15)],
)
@pytest.mark.parametrize("in_time", [0, 1, 2])
def test_fractions_are_those_of_all_that_was_held_at_the_split(
    ratio: tuple[int, int], executions: tuple[int, ...], in_time: int
) -> None:
    """Whichever executions are told after the split, the venue's whole shares are held."""
    book, history = builders.book(), _history(ratio)
    for quantity in executions[:in_time]:
        book = _booked(book, quantity, history=_history()).book
    book = _split_book(book, ratio, last=50)
    changes: list[BookChange] = []
    for quantity in (*executions[in_time:], 4):
        # The last one is executed after the split.
        at = AFTER if len(changes) == len(executions) - in_time else BEFORE
        changes.append(_booked(book, quantity, history=history, at=at, last=50))
        book = changes[-1].book
    exact = Decimal(sum(executions)) * ratio[0] / ratio[1]
    assert book.position("AAPL").quantity == int(exact) + 4
    restored = sum((_units(change) for change in changes), Decimal(0))
    held_before = Decimal(sum(executions[:in_time])) * ratio[0] / ratio[1]
    assert restored == int(exact) + 4 - int(held_before)


def test_without_a_price_a_fraction_is_paid_at_what_it_cost() -> None:
    book = _booked(builders.book(), 25, history=_history(), price=10).book
    draft = builders.draft(book)
    apply_split(draft, split=_split(REVERSE), last=None)
    after = draft.done().book
    held = after.position("AAPL")
    # 2.5 new shares at a cost of 100 each: half of one is paid out at 50, neither gain nor loss.
    assert (held.quantity, held.cost, held.realised_pnl) == decimals(2, 200, 0)
    assert after.settled_cash == 100_000 - 250 + 50


def test_an_execution_tells_the_multiplier_of_the_position() -> None:
    order = builders.order()
    for history in (_history(), _history(DOUBLE)):
        book = _split_book(_booked(builders.book(), 20, history=_history()).book, DOUBLE, last=50)
        draft = builders.draft(book)
        done = builders.execution(order, quantity=1, market_at=AFTER)
        assert book_execution(draft, done, multiplier=Decimal(10), history=history, last=None)
        assert draft.position("AAPL").multiplier == 10


def test_a_late_sale_from_before_several_splits_takes_its_share_of_the_cost() -> None:
    later = EX_DATE + timedelta(days=1)
    for second, units in (((7, 1), 280), ((1, 4), 10)):
        book = _booked(builders.book(), 20, history=_history()).book
        draft = builders.draft(book)
        apply_split(draft, split=_split(DOUBLE), last=Decimal(50))
        apply_split(draft, split=_split(second, day=later), last=Decimal(50))
        split = draft.done().book
        assert split.position("AAPL").quantity == units
        sold = _booked(split, -10, history=_history(DOUBLE, second), price=110).book
        held = sold.position("AAPL")
        # Half is sold: 1,100 for what cost 1,000.
        assert (held.quantity, held.cost, held.realised_pnl) == decimals(units // 2, 1_000, 100)
