"""An account is stopped once a breach, whatever restarts in between, and again for a new one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from application.risk.commands import RuleFields, RuleStored
from application.risk.watch_limits import CLEAN_READINGS, LimitWatch
from domain.accounts.book import TradingDay
from domain.risk.rule import Action, RuleType
from tests.unit.application.risk.desk import (
    ACCOUNT,
    ASKER,
    START,
    TENANT,
    D,
    Desk,
    make_book,
    make_desk,
)

LOSS = RuleFields(
    name="Daily Loss", rule_type=RuleType.MAX_DAILY_LOSS, threshold=D(1_000), action=Action.HALT
)
DRAWDOWN = RuleFields(
    name="Drawdown", rule_type=RuleType.MAX_DRAWDOWN, threshold=D(1), action=Action.HALT
)


async def _stopped(fields: RuleFields) -> Desk:
    """Return a desk whose account was stopped for a loss of 1,000, and then released."""
    desk = make_desk(make_book(cash="90000", positions={"AAPL": 100}))
    await desk.risk.create(fields, asker=ASKER)
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1
    desk.halts.asked.clear()
    return desk


async def _read(desk: Desk, price: str, *, times: int = CLEAN_READINGS) -> None:
    await desk.mark("AAPL", price)
    for _ in range(times):
        await desk.watch.read()


def _restart(desk: Desk) -> Desk:
    """Have another process watch, over the same storage."""
    old = desk.watch
    watch = LimitWatch(
        shelf=old._shelf,
        users=old._users,
        gatekeeper=old._gatekeeper,
        halt=old._halt,
        breaches=old._breaches,
        clock=old._clock,
        market_clock=old._market_clock,
        ids=old._ids,
        sleeper=old._sleeper,
    )
    return replace(desk, watch=watch)


def _amend(desk: Desk, **given: object) -> None:
    book = desk.database.books[ACCOUNT]
    # The fields are the caller's, and of as many types.
    # The fields of a book differ in type.
    desk.put(replace(book, version=book.version + 1, **given))  # type: ignore[arg-type]
    desk.watch._shelf._known.clear()


@pytest.mark.parametrize("fields", [LOSS, DRAWDOWN])
async def test_a_restart_does_not_stop_it_again_for_the_same_breach(fields: RuleFields) -> None:
    desk = await _stopped(fields)
    desk = _restart(desk)
    await _read(desk, "90", times=3 * CLEAN_READINGS)
    await _read(desk, "89.5")
    assert desk.halts.asked == []


@pytest.mark.parametrize("restarted", [False, True])
async def test_a_breach_deeper_by_a_tenth_of_the_limit_stops_it_again(restarted: bool) -> None:
    desk = await _stopped(LOSS)
    if restarted:
        desk = _restart(desk)
    await _read(desk, "89")
    assert desk.halts.asked == []
    await _read(desk, "88.9")
    assert [reason for _, _, reason in desk.halts.asked] == [
        "Daily Loss: 1110 of 1000 money allowed"
    ]


async def test_after_a_recovery_that_was_seen_a_restart_stops_it_for_the_next() -> None:
    desk = await _stopped(LOSS)
    await _read(desk, "99")
    assert desk.database.breaches == {}
    desk = _restart(desk)
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1


async def test_the_loss_of_another_day_is_another_breach() -> None:
    desk = await _stopped(LOSS)
    desk = _restart(desk)
    next_day = (START + timedelta(days=1)).date()
    _amend(desk, day=TradingDay(date=next_day, opening_equity=D(100_000)))
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1


async def test_the_drawdown_from_another_peak_is_another_breach() -> None:
    desk = await _stopped(DRAWDOWN)
    desk = _restart(desk)
    _amend(desk, peak_equity=D(100_001))
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1


async def test_so_is_the_breach_of_a_changed_rule_and_the_old_one_is_forgotten() -> None:
    desk = await _stopped(LOSS)
    (rule,) = await desk.risk.list(tenant_id=TENANT)
    changed = await desk.risk.update(replace(LOSS, threshold=D(900)), rule_id=rule.id, asker=ASKER)
    assert isinstance(changed, RuleStored)
    desk = _restart(desk)
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1
    assert [key[2] for key in desk.database.breaches] == [rule.version + 1]


async def test_one_that_could_not_be_kept_stops_it_once_more() -> None:
    desk = await _stopped(LOSS)
    desk.database.breaches.clear()
    desk = _restart(desk)
    await _read(desk, "90")
    assert len(desk.halts.asked) == 1
