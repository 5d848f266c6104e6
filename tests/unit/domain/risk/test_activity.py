"""What happened of late: what counts as today's, what is in a window, and what is cut off."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from domain.orders.terms import Side
from domain.risk.activity import (
    Activity,
    Execution,
    day_began,
    losses_in_a_row,
    worth_of,
)
from domain.risk.book_view import view_of
from domain.risk.compiled_rules import compile_rules
from domain.risk.gather_inputs import gather_inputs
from domain.risk.reading_input import DecisionContext
from domain.risk.rule import Rule, RuleType
from tests.unit.domain.risk.context import (
    AT,
    CLOSED,
    SESSION,
    D,
    book,
    codes,
    instrument,
    judge,
    order,
    quote,
    resting,
    rule,
    symbol_figures,
    terms,
)

SECOND = timedelta(seconds=1)
MIDNIGHT = AT.replace(hour=0)


def done(
    *, at: datetime = AT, number: int = 1, realised: str | None = "0", **fields: Any
) -> Execution:
    """10 AAPL bought for 1,000."""
    given: dict[str, Any] = {
        "at": at,
        "market_at": at,
        "order_id": UUID(int=number),
        "symbol": "AAPL",
        "side": Side.BUY,
        "currency": "USD",
        "value": D(1_000),
        "strategy_id": None,
        "realised": None if realised is None else D(realised),
        **fields,
    }
    return Execution(**given)


def read(limit: Rule, activity: Activity | None, **fields: Any) -> Decimal | None:
    """Gather what a rule reads of the account's activity."""
    given: dict[str, Any] = {"session": SESSION, "book": book(), **fields}
    view = view_of(given.pop("book"), instrument=instrument, quote=quote)
    (found,) = gather_inputs(
        order(),
        view=view.marked("AAPL", instrument=instrument(), quote=quote()),
        rules=compile_rules([limit], version=1),
        now=AT,
        market_now=AT,
        average_daily_volume=None,
        beside=DecisionContext(activity=activity),
        **given,
    ).readings
    return found


CREDIT = rule(RuleType.GROSS_CREDIT, "5000")
STREAK = rule(RuleType.LOSS_STREAK, "3")
CANCELS = rule(RuleType.CANCEL_RATE, "3", parameters={"window_s": "10"})
PER_FILL = rule(RuleType.CANCEL_RATE, "2", parameters={"window_s": "10", "per": "fill"})


def test_today_begins_at_midnight_or_at_an_opening_before_it() -> None:
    assert day_began(SESSION) == MIDNIGHT
    assert day_began(CLOSED) == MIDNIGHT + timedelta(days=1)
    evening = MIDNIGHT - timedelta(hours=1)
    early = type(SESSION)(
        calendar="X",
        at=AT,
        is_open=True,
        date=SESSION.date,
        opens_at=evening,
        closes_at=SESSION.closes_at,
    )
    assert day_began(early) == evening


def test_todays_executions_and_all_that_rests_use_credit() -> None:
    activity = Activity(
        executions=(
            done(at=MIDNIGHT - SECOND),
            done(at=MIDNIGHT),
            done(at=AT, side=Side.SELL),
        )
    )
    assert read(CREDIT, activity) == 2_000
    waiting = [resting(number=1), resting(terms(side=Side.SELL, symbol="MSFT"), number=2)]
    assert read(CREDIT, activity, book=book(orders=waiting)) == 4_000
    assert read(CREDIT, activity, session=CLOSED) == 0


@pytest.mark.parametrize(
    ("activity", "session"),
    [
        (None, SESSION),
        (Activity(), None),
        (Activity(executions=(done(),), executions_cut=True), SESSION),
        (Activity(executions=(done(currency="EUR"),)), SESSION),
        (Activity(executions=(done(value=None),)), SESSION),
    ],
    ids=["not read", "no calendar", "cut off", "other money", "not kept"],
)
def test_credit_that_cannot_be_summed_is_unknown(activity: Activity | None, session: Any) -> None:
    assert read(CREDIT, activity, session=session) is None


def test_what_is_cut_before_today_is_enough() -> None:
    activity = Activity(executions=(done(at=MIDNIGHT - SECOND), done()), executions_cut=True)
    assert read(CREDIT, activity) == 1_000


def test_an_earlier_lap_of_a_replay_is_not_today() -> None:
    """Its executions are told before, and of days that are still to come."""
    later = done(at=AT + timedelta(days=30))
    activity = Activity(executions=(done(), later, done(number=2)))
    assert activity.today(since=MIDNIGHT, now=AT) == (done(number=2),)


def test_a_resting_order_without_a_price_leaves_the_credit_unknown() -> None:
    market = resting(terms(symbol="MSFT"), number=3)
    view = view_of(book(orders=[market]), instrument=lambda _: None, quote=lambda _: None)
    rules = compile_rules([CREDIT], version=1)
    gathered = gather_inputs(
        order(),
        view=view,
        rules=rules,
        now=AT,
        market_now=AT,
        session=SESSION,
        average_daily_volume=None,
        beside=DecisionContext(activity=Activity()),
    )
    assert gathered.readings == (None,)


@pytest.mark.parametrize(
    ("used", "denied"), [("3999.99", False), ("4000", False), ("4000.01", True)]
)
def test_the_limit_of_the_credit_counts_this_order(used: str, denied: bool) -> None:
    verdict = judge(terms(), CREDIT, readings=(D(used),))
    assert codes(verdict) == (["GROSS_CREDIT"] if denied else [])


@pytest.mark.parametrize(
    ("results", "losses"),
    [
        ([], 0),
        ([(1, "-5")], 1),
        ([(1, "-5"), (2, "-5"), (3, "-1")], 3),
        ([(1, "-5"), (2, "0.01"), (3, "-1")], 1),
        ([(1, "-5"), (2, "0"), (3, "-1")], 2),
        ([(1, "-5"), (1, "-5"), (1, "-5")], 1),
        ([(1, "-5"), (1, "9")], 0),
        ([(1, "9"), (2, "-1"), (1, "-10")], 2),
    ],
)
def test_losses_in_a_row_are_counted_by_order(results: list[tuple[int, str]], losses: int) -> None:
    executions = tuple(done(number=number, realised=made) for number, made in results)
    assert losses_in_a_row(executions) == losses


def test_yesterdays_losses_are_over_and_unkept_ones_unknown() -> None:
    before, now = done(at=MIDNIGHT - SECOND, realised="-1"), done(number=2, realised="-1")
    assert read(STREAK, Activity(executions=(before, now))) == 1
    assert read(STREAK, Activity(executions=(done(realised=None),))) is None
    assert read(STREAK, None) is None
    assert worth_of((), currency="USD") == 0


@pytest.mark.parametrize(("losses", "denied"), [(2, False), (3, True)])
def test_a_streak_stops_what_opens_and_nothing_else(losses: int, denied: bool) -> None:
    assert codes(judge(terms(), STREAK, readings=(D(losses),))) == (
        ["LOSS_STREAK"] if denied else []
    )
    held = symbol_figures(position=100)
    assert codes(judge(terms(side=Side.SELL), STREAK, readings=(D(9),), symbol=held)) == []


def test_cancels_count_within_the_window_and_by_its_fills() -> None:
    activity = Activity(
        cancels=(AT - 10 * SECOND, AT - 9 * SECOND, AT - 8 * SECOND, AT),
        executions=(done(at=AT - 10 * SECOND), done(at=AT - 9 * SECOND), done()),
    )
    assert read(CANCELS, activity) == 3
    assert read(PER_FILL, activity) == D("1.5")
    assert read(PER_FILL, Activity(cancels=(AT,))) == 1


@pytest.mark.parametrize(
    ("activity", "known"),
    [
        (Activity(cancels_cut=True), False),
        (Activity(cancels_cut=True, cancels_from=AT - 9 * SECOND), False),
        (Activity(cancels_cut=True, cancels_from=AT - 10 * SECOND), True),
    ],
)
def test_cancels_that_are_cut_off_are_unknown(activity: Activity, known: bool) -> None:
    assert (read(CANCELS, activity) is not None) is known
    assert read(CANCELS, None) is None


def test_fills_that_are_cut_off_leave_the_share_unknown() -> None:
    assert read(PER_FILL, Activity(executions=(done(),), executions_cut=True)) is None
    older = done(at=AT - 10 * SECOND)
    assert read(PER_FILL, Activity(executions=(older, done()), executions_cut=True)) == 0


@pytest.mark.parametrize(("cancels", "denied"), [("2", False), ("2.99", False), ("3", True)])
def test_many_cancels_deny_what_opens(cancels: str, denied: bool) -> None:
    assert codes(judge(terms(), CANCELS, readings=(D(cancels),))) == (
        ["CANCEL_RATE"] if denied else []
    )
    held = symbol_figures(position=100)
    assert codes(judge(terms(side=Side.SELL), CANCELS, readings=(D(9),), symbol=held)) == []


@pytest.mark.parametrize("window", [1, 8, 9, 10, 11, 100])
def test_a_clock_that_was_set_back_hides_no_cancel(window: int) -> None:
    rising = (AT - 10 * SECOND, AT - 9 * SECOND, AT - 8 * SECOND, AT)
    set_back = (rising[1], rising[0], rising[3], rising[2])
    counts = {
        Activity(cancels=cancels).canceled_within(window * SECOND, now=AT)
        for cancels in (rising, set_back)
    }
    assert counts == {sum(one > AT - window * SECOND for one in rising)}
