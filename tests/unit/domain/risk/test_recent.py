"""Counting order messages: windows, symbols, content, and what the book has dropped."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.book import RECENT_KEPT, AccountBook, Intake
from domain.orders.terms import OrderTerms, OrderType, Side, TrailKind
from domain.risk.order_rules import DuplicateOrder, OrderRate
from domain.risk.recent import STEP, fingerprint, intake_of, recent_of
from domain.risk.rule import RuleType
from domain.risk.rules import made
from tests.unit.domain.risk.context import AT, D, book, rule, terms


def check(rule_type: RuleType, **parameters: str) -> OrderRate | DuplicateOrder:
    """Make a counting check."""
    counting = made(rule(rule_type, "5", parameters=parameters))
    assert isinstance(counting, OrderRate | DuplicateOrder)
    return counting


PER_ACCOUNT = check(RuleType.ORDER_RATE, window_s="10")
PER_SYMBOL = check(RuleType.ORDER_RATE, window_s="10", per="symbol")
ALIKE = check(RuleType.DUPLICATE_ORDER, window_s="10")
ALL = (PER_ACCOUNT, PER_SYMBOL, ALIKE)


def intake(age_s: float, asked: OrderTerms | None = None) -> Intake:
    """A message of so many seconds ago."""
    sent = asked if asked is not None else terms()
    return Intake(
        at=AT - timedelta(seconds=age_s), fingerprint=fingerprint(sent), symbol=sent.symbol
    )


OTHER = terms(symbol="MSFT")
BIGGER = terms(quantity=D(11))


def test_messages_count_within_their_window_only() -> None:
    kept = recent_of((intake(11), intake(10), intake(9.999), intake(5, OTHER), intake(1, BIGGER)))
    assert kept.counts(ALL, terms=terms(), now=AT) == (3, 2, 1)
    assert kept.counts(ALL, terms=OTHER, now=AT) == (3, 1, 1)
    assert kept.counts(ALL, terms=terms(symbol="IBM"), now=AT) == (3, 0, 0)
    assert kept.counts(ALL, terms=BIGGER, now=AT) == (3, 2, 1)


def test_a_window_that_is_over_is_empty() -> None:
    kept = recent_of((intake(10), intake(10, OTHER)))
    assert kept.counts(ALL, terms=terms(), now=AT) == (0, 0, 0)
    assert recent_of(()).counts(ALL, terms=terms(), now=AT) == (0, 0, 0)


def test_a_symbol_last_seen_before_the_window_counts_nothing() -> None:
    kept = recent_of((intake(10), intake(1, OTHER)))
    assert kept.counts(ALL, terms=terms(), now=AT) == (1, 0, 0)


@given(ages=st.lists(st.integers(min_value=0, max_value=20), max_size=40))
def test_counting_agrees_with_looking_at_every_message(ages: list[int]) -> None:
    sent = (terms(), OTHER, BIGGER)
    messages = tuple(
        intake(age, sent[number % 3]) for number, age in enumerate(sorted(ages, reverse=True))
    )
    inside = [one for one in messages if one.at > AT - timedelta(seconds=10)]
    expected = (
        len(inside),
        sum(one.symbol == "AAPL" for one in inside),
        sum(one.fingerprint == fingerprint(terms()) for one in inside),
    )
    assert recent_of(messages).counts(ALL, terms=terms(), now=AT) == expected


def _many(count: int, *, age_s: float) -> tuple[Intake, ...]:
    return tuple(intake(age_s, OTHER) for _ in range(count))


def test_a_full_history_within_the_window_cannot_answer_for_parts_of_it() -> None:
    full = recent_of(_many(RECENT_KEPT, age_s=5))
    assert full.counts(ALL, terms=terms(), now=AT) == (RECENT_KEPT, None, None)
    nearly = recent_of(_many(RECENT_KEPT - 1, age_s=5))
    assert nearly.counts(ALL, terms=terms(), now=AT) == (RECENT_KEPT - 1, 0, 0)
    reaching_back = recent_of((intake(10, OTHER), *_many(RECENT_KEPT - 1, age_s=5)))
    assert reaching_back.counts(ALL, terms=terms(), now=AT) == (RECENT_KEPT - 1, 0, 0)


@given(first=st.integers(min_value=0, max_value=30), more=st.integers(min_value=0, max_value=30))
def test_following_a_book_gives_what_sorting_it_anew_does(first: int, more: int) -> None:
    sent = (terms(), OTHER, BIGGER)
    messages = tuple(intake(60 - number, sent[number % 3]) for number in range(first + more))
    followed = recent_of(messages[:first]).followed_by(messages)
    assert followed.intakes == messages
    assert dict(followed.by_symbol) == dict(recent_of(messages).by_symbol)


def test_following_a_book_that_drops_messages_forgets_them_in_time() -> None:
    messages = tuple(intake(5, OTHER) for _ in range(RECENT_KEPT))
    kept = recent_of(messages)
    for _ in range(RECENT_KEPT + 50):
        messages = (*messages, intake(4))[-RECENT_KEPT:]
        kept = kept.followed_by(messages)
        assert kept.intakes is messages
    assert sum(len(found) for found in kept.by_symbol.values()) <= 2 * RECENT_KEPT
    assert kept.counts(ALL, terms=terms(), now=AT)[0] == RECENT_KEPT


def test_a_book_read_anew_is_sorted_anew() -> None:
    before = recent_of((intake(9), intake(8)))
    again = (intake(9), intake(8), intake(7))
    assert dict(before.followed_by(again).by_symbol) == dict(recent_of(again).by_symbol)
    assert before.followed_by(before.intakes) is before


@pytest.mark.parametrize(
    "other",
    [
        terms(side=Side.SELL),
        terms(symbol="MSFT"),
        terms(quantity=D(11)),
        terms(limit_price=D("100.01")),
        terms(type=OrderType.MARKET),
        terms(type=OrderType.STOP, stop_price=D(100)),
        terms(type=OrderType.STOP_LIMIT, stop_price=D(1), limit_price=D(100)),
        terms(type=OrderType.TRAILING_STOP, trail=D(1), trail_kind=TrailKind.AMOUNT),
        terms(type=OrderType.TRAILING_STOP, trail=D(2), trail_kind=TrailKind.AMOUNT),
    ],
)
def test_orders_that_differ_have_different_fingerprints(other: OrderTerms) -> None:
    assert fingerprint(other) != fingerprint(terms())


@pytest.mark.parametrize("quantity", ["10", "10.0", "1E+1", "10.000000"])
@pytest.mark.parametrize("price", ["100", "100.00", "1E+2"])
def test_equal_numbers_have_equal_fingerprints(quantity: str, price: str) -> None:
    written = terms(quantity=Decimal(quantity), limit_price=Decimal(price))
    assert fingerprint(written) == fingerprint(terms())


def test_what_does_not_matter_is_not_in_the_fingerprint() -> None:
    assert fingerprint(terms(post_only=True)) == fingerprint(terms())


@pytest.mark.parametrize("reducing", [False, True])
def test_messages_go_back_in_time_only_where_the_clock_was_set_back(reducing: bool) -> None:
    def at(kept: AccountBook) -> datetime:
        return intake_of(terms(), book=kept, now=AT, reducing=reducing).at

    budget = "recent_reducing" if reducing else "recent"
    assert at(book(**{budget: (intake(-1),)})) == AT + STEP
    assert at(book(**{budget: (intake(-1.001),)})) == AT
    assert at(book()) == at(book(recent=(), recent_reducing=())) == AT
    later = AT + timedelta(seconds=9)
    kept = book(**{budget: (intake(-5),)})
    taken = intake_of(OTHER, book=kept, now=later, reducing=reducing)
    assert (taken.at, taken.symbol, taken.reducing) == (later, "MSFT", reducing)
    assert taken.fingerprint == fingerprint(OTHER, reducing=reducing)


@given(ages=st.lists(st.integers(min_value=0, max_value=20), max_size=40))
def test_messages_out_of_order_are_counted_like_any_others(ages: list[int]) -> None:
    messages = tuple(intake(age) for age in ages)
    kept = recent_of(messages[: len(ages) // 2]).followed_by(messages)
    inside = sum(age < 10 for age in ages)
    assert kept.intakes == messages
    assert kept.counts(ALL, terms=terms(), now=AT) == (inside, inside, inside)


def test_a_message_lies_ahead_from_a_step_of_the_clock_on() -> None:
    assert not recent_of(()).is_ahead(AT)
    assert not recent_of((intake(-1),)).is_ahead(AT)
    assert recent_of((intake(-1.001), intake(5))).is_ahead(AT)


PRICES = (
    st.none()
    | st.decimals(
        allow_nan=False, allow_infinity=False, min_value=D("-1e9"), max_value=D("1e9"), places=4
    ).map(lambda value: value.normalize())
    | st.sampled_from(
        [D("0E-7"), D("0.00"), D("100"), D("1E+2"), D("1E+10"), D("1.0E+5"), D("99.50"), D("0.10")]
    )
)


@given(quantity=PRICES.filter(lambda value: value is not None and value > 0), limit=PRICES)
def test_content_is_written_as_its_normalized_numbers(
    quantity: Decimal, limit: Decimal | None
) -> None:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    asked = terms(type=kind, quantity=quantity, limit_price=limit)
    price = "" if limit is None else str(limit.normalize())
    assert fingerprint(asked) == f"buy AAPL {kind} {quantity.normalize()} {price}  "
