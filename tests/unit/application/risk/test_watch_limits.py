"""Accounts are warned early and stopped after three clean readings beyond a limit."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from application.risk.commands import RuleFields, RuleStored
from application.risk.watch_limits import CLEAN_READINGS
from domain.risk.rule import Action, RuleScope, RuleType
from domain.shared.notices import Notice
from tests.unit.application.risk.desk import ACCOUNT, ASKER, TENANT, D, Desk, make_book, make_desk

LOSS = RuleFields(
    name="Daily Loss", rule_type=RuleType.MAX_DAILY_LOSS, threshold=D(1_000), action=Action.HALT
)


async def desk_with(fields: RuleFields) -> Desk:
    """A desk that holds 100 AAPL at 100, opened at an equity of 100,000."""
    desk = make_desk(make_book(cash="90000", positions={"AAPL": 100}))
    await desk.risk.create(fields, asker=ASKER)
    return desk


def told(desk: Desk) -> list[Notice]:
    """What the account's risk channel said."""
    return [notice for notice in desk.database.notices if notice.account_id == ACCOUNT]


async def test_nothing_is_said_while_all_is_well() -> None:
    desk = await desk_with(LOSS)
    await desk.watch.read()
    assert told(desk) == []
    assert desk.halts.asked == []


async def test_an_alert_comes_once_from_seventy_percent_on() -> None:
    desk = await desk_with(LOSS)
    await desk.mark("AAPL", "93")
    for _ in range(3):
        await desk.watch.read()
    (notice,) = told(desk)
    assert (notice.type, notice.channel, notice.sequence) == ("risk.limit_near", "risk", 1)
    assert notice.body["used"] == "0.7"
    assert (notice.body["value"], notice.body["limit"]) == ("700", "1000")
    assert notice.body["rule_type"] == "MAX_DAILY_LOSS"
    await desk.mark("AAPL", "99")
    await desk.watch.read()
    await desk.mark("AAPL", "93")
    await desk.watch.read()
    assert [notice.type for notice in told(desk)] == ["risk.limit_near"] * 2
    assert desk.halts.asked == []


async def test_a_breach_stops_the_account_after_three_readings() -> None:
    desk = await desk_with(LOSS)
    await desk.mark("AAPL", "90")
    for reading in range(1, CLEAN_READINGS + 3):
        await desk.watch.read()
        assert bool(desk.halts.asked) == (reading >= CLEAN_READINGS)
    ((tenant_id, account_id, reason),) = desk.halts.asked
    assert (tenant_id, account_id) == (TENANT, ACCOUNT)
    assert reason == "Daily Loss: 1000 of 1000 money allowed"
    assert [notice.type for notice in told(desk)] == ["risk.limit_breached"]


async def test_one_bad_tick_stops_nobody() -> None:
    desk = await desk_with(LOSS)
    for price in ("90", "90", "99", "90", "90"):
        await desk.mark("AAPL", price)
        await desk.watch.read()
    assert desk.halts.asked == []
    assert [notice.type for notice in told(desk)] == ["risk.limit_breached"] * 2


async def test_a_reading_without_its_inputs_neither_counts_nor_clears() -> None:
    desk = await desk_with(LOSS)
    await desk.mark("AAPL", "90")
    await desk.watch.read()
    await desk.watch.read()
    book = desk.database.books[ACCOUNT]
    desk.put(replace(book, version=book.version + 1, day=None))
    desk.watch._shelf._known.clear()
    await desk.watch.read()
    assert desk.halts.asked == []
    desk.put(replace(book, version=book.version + 2))
    desk.watch._shelf._known.clear()
    await desk.watch.read()
    assert len(desk.halts.asked) == 1


@pytest.mark.parametrize("action", [Action.BLOCK, Action.WARN, Action.REDUCE_ONLY])
async def test_other_actions_tell_and_stop_nobody(action: Action) -> None:
    desk = await desk_with(replace(LOSS, action=action))
    await desk.mark("AAPL", "80")
    for _ in range(CLEAN_READINGS + 1):
        await desk.watch.read()
    assert desk.halts.asked == []
    assert [notice.type for notice in told(desk)] == ["risk.limit_breached"]


async def test_after_a_recovery_the_count_starts_anew() -> None:
    desk = await desk_with(LOSS)
    for price in ("90", "90", "90", "100", "90", "90", "90"):
        await desk.mark("AAPL", price)
        await desk.watch.read()
    assert len(desk.halts.asked) == 2


async def test_rules_of_one_symbol_do_not_watch_the_account() -> None:
    desk = await desk_with(replace(LOSS, scope=RuleScope(symbol="AAPL")))
    await desk.mark("AAPL", "80")
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    assert told(desk) == []


async def test_a_changed_rule_is_watched_afresh() -> None:
    desk = await desk_with(replace(LOSS, action=Action.BLOCK))
    await desk.mark("AAPL", "90")
    await desk.watch.read()
    (rule,) = await desk.risk.list(tenant_id=TENANT)
    changed = await desk.risk.update(LOSS, rule_id=rule.id, asker=ASKER)
    assert isinstance(changed, RuleStored)
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    assert len(desk.halts.asked) == 1
    await desk.risk.delete(rule_id=rule.id, asker=ASKER)
    await desk.watch.read()
    assert desk.watch._watched == {}


async def test_it_reads_again_every_second() -> None:
    desk = await desk_with(LOSS)
    await desk.mark("AAPL", "90")
    running = asyncio.create_task(desk.watch.run())
    for _ in range(CLEAN_READINGS):
        for _ in range(50):
            await asyncio.sleep(0)
        desk.clock.advance(1.0)
    for _ in range(50):
        await asyncio.sleep(0)
    running.cancel()
    assert len(desk.halts.asked) == 1


async def _drawn_down(*prices: str) -> Desk:
    """Hold 1,000 AAPL through prices, three readings at each, where 20 % from the peak halts."""
    desk = make_desk(make_book(cash="0", positions={"AAPL": 1_000}))
    rule = RuleFields(
        name="Drawdown", rule_type=RuleType.MAX_DRAWDOWN, threshold=D(20), action=Action.HALT
    )
    await desk.risk.create(rule, asker=ASKER)
    for price in prices:
        await desk.mark("AAPL", price)
        for _ in range(CLEAN_READINGS):
            await desk.watch.read()
    return desk


async def test_a_fall_from_a_peak_within_the_session_halts_like_one_from_an_earlier_peak() -> None:
    desk = await _drawn_down("150", "120")
    assert desk.database.books[ACCOUNT].peak_equity == 150_000
    ((_, _, reason),) = desk.halts.asked
    assert reason == "Drawdown: 30000 of 30000 money allowed"
    assert (await _drawn_down("150", "121")).halts.asked == []


async def test_one_bad_tick_and_a_hair_more_raise_no_peak() -> None:
    desk = await _drawn_down("100", "100.1")
    assert desk.database.books[ACCOUNT].peak_equity == 100_000
    for price in ("500", "100.2", "100.3", "500"):
        await desk.mark("AAPL", price)
        await desk.watch.read()
    assert desk.database.books[ACCOUNT].peak_equity == 100_200
    assert desk.halts.asked == []


async def test_money_that_comes_between_two_readings_counts_once() -> None:
    desk = make_desk(make_book(cash="0", positions={"AAPL": 1_000}))
    await desk.mark("AAPL", "150")
    for _ in range(CLEAN_READINGS - 1):
        await desk.watch.read()
    book = desk.database.books[ACCOUNT]
    paid = replace(book, version=book.version + 1, cash={"USD": D(7)}, peak_equity=D(100_007))
    desk.put(paid)
    await desk.watch.read()
    assert desk.database.books[ACCOUNT].peak_equity == 150_007


OTHER = UUID(int=4)
ALL_LOSS = replace(LOSS, parameters={"per": "tenant"})


async def test_a_loss_over_all_accounts_stops_each_of_them() -> None:
    desk = await desk_with(ALL_LOSS)
    desk.put(make_book(account_id=OTHER, cash="95000", positions={"AAPL": 50}))
    await desk.mark("AAPL", "94")
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    # 600 was lost here and 300 there.
    assert desk.halts.asked == []
    assert [notice.type for notice in told(desk)] == ["risk.limit_near"]
    await desk.mark("AAPL", "93")
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    reason = "Daily Loss: 1050 of 1000 money allowed"
    assert sorted(desk.halts.asked) == [(TENANT, ACCOUNT, reason), (TENANT, OTHER, reason)]


async def test_leverage_over_all_accounts_is_read_over_them() -> None:
    desk = await desk_with(
        replace(ALL_LOSS, name="Leverage", rule_type=RuleType.MAX_LEVERAGE, threshold=D("0.5"))
    )
    desk.put(make_book(account_id=OTHER, cash="-70000", positions={"AAPL": 1_000}))
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    # 110,000 of exposure on 130,000 of equity, where one account has a tenth and one over three.
    reason = "Leverage: 110000 of 65000 money allowed"
    assert sorted(desk.halts.asked) == [(TENANT, ACCOUNT, reason), (TENANT, OTHER, reason)]


@pytest.mark.parametrize("gap", ["currency", "day"])
async def test_what_another_account_misses_proves_no_breach(gap: str) -> None:
    desk = await desk_with(ALL_LOSS)
    other = make_book(account_id=OTHER, currency="EUR" if gap == "currency" else "USD")
    desk.put(replace(other, day=None) if gap == "day" else other)
    await desk.mark("AAPL", "50")
    for _ in range(CLEAN_READINGS):
        await desk.watch.read()
    assert desk.halts.asked == []
    assert told(desk) == []
