"""An account is stopped once a breach, whatever restarts in between, and again for a new one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.risk.commands import RuleFields, RuleStored
from application.risk.watch_limits import CLEAN_READINGS, LimitWatch
from domain.accounts.book import TradingDay
from domain.risk.rule import Action, RuleType
from tests.unit.application.risk.context import (
    ACCOUNT,
    ASKER,
    START,
    TENANT,
    Context,
    D,
    make_book,
    make_context,
)

LOSS = RuleFields(
    name="Daily Loss", rule_type=RuleType.MAX_DAILY_LOSS, threshold=D(1_000), action=Action.HALT
)
DRAWDOWN = RuleFields(
    name="Drawdown", rule_type=RuleType.MAX_DRAWDOWN, threshold=D(1), action=Action.HALT
)


async def _stopped(fields: RuleFields) -> Context:
    """Return a context whose account was stopped for a loss of 1,000, and then released."""
    context = make_context(make_book(cash="90000", positions={"AAPL": 100}))
    await context.risk.create(fields, asker=ASKER)
    await _read(context, "90")
    assert len(context.halts.asked) == 1
    context.halts.asked.clear()
    return context


async def _read(context: Context, price: str, *, times: int = CLEAN_READINGS) -> None:
    await context.mark("AAPL", price)
    for _ in range(times):
        await context.watch.read()


def _restart(context: Context) -> Context:
    """Have another process watch, over the same storage."""
    old = context.watch
    watch = LimitWatch(
        book_store=old._book_store,
        users=old._users,
        gatekeeper=old._gatekeeper,
        halt=old._halt,
        breaches=old._breaches,
        clock=old._clock,
        market_clock=old._market_clock,
        ids=old._ids,
        sleeper=old._sleeper,
    )
    return replace(context, watch=watch)


def _amend(context: Context, **given: object) -> None:
    book = context.database.books[ACCOUNT]
    # The fields are the caller's, and of as many types.
    # The fields of a book differ in type.
    context.put(replace(book, version=book.version + 1, **given))  # type: ignore[arg-type]
    context.watch._book_store._known.clear()


@pytest.mark.parametrize("fields", [LOSS, DRAWDOWN])
async def test_a_restart_does_not_stop_it_again_for_the_same_breach(fields: RuleFields) -> None:
    context = await _stopped(fields)
    context = _restart(context)
    await _read(context, "90", times=3 * CLEAN_READINGS)
    await _read(context, "89.5")
    assert context.halts.asked == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_breach_deeper_by_a_tenth_of_the_limit_stops_it_again(restarted: bool) -> None:
    context = await _stopped(LOSS)
    if restarted:
        context = _restart(context)
    await _read(context, "89")
    assert context.halts.asked == []
    await _read(context, "88.9")
    assert [reason for _, _, reason in context.halts.asked] == [
        "Daily Loss: 1110 of 1000 money allowed"
    ]


async def test_after_a_recovery_that_was_seen_a_restart_stops_it_for_the_next() -> None:
    context = await _stopped(LOSS)
    await _read(context, "99")
    assert context.database.breaches == {}
    context = _restart(context)
    await _read(context, "90")
    assert len(context.halts.asked) == 1


async def test_the_loss_of_another_day_is_another_breach() -> None:
    context = await _stopped(LOSS)
    context = _restart(context)
    next_day = (START + timedelta(days=1)).date()
    _amend(context, day=TradingDay(date=next_day, opening_equity=D(100_000)))
    await _read(context, "90")
    assert len(context.halts.asked) == 1


async def test_the_drawdown_from_another_peak_is_another_breach() -> None:
    context = await _stopped(DRAWDOWN)
    context = _restart(context)
    _amend(context, peak_equity=D(100_001))
    await _read(context, "90")
    assert len(context.halts.asked) == 1


async def test_so_is_the_breach_of_a_changed_rule_and_the_old_one_is_forgotten() -> None:
    context = await _stopped(LOSS)
    (rule,) = await context.risk.list(tenant_id=TENANT)
    changed = await context.risk.update(
        replace(LOSS, threshold=D(900)), rule_id=rule.id, asker=ASKER
    )
    assert isinstance(changed, RuleStored)
    context = _restart(context)
    await _read(context, "90")
    assert len(context.halts.asked) == 1
    assert [key[2] for key in context.database.breaches] == [rule.version + 1]


async def test_one_that_could_not_be_kept_stops_it_once_more() -> None:
    context = await _stopped(LOSS)
    context.database.breaches.clear()
    context = _restart(context)
    await _read(context, "90")
    assert len(context.halts.asked) == 1
