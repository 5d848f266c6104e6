"""Accounts are warned early and stopped after three clean readings beyond a limit."""

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from application.risk.commands import RuleFields, RuleStored
from application.risk.watch_limits import CLEAN_READINGS
from domain.risk.rule import Action, RuleScope, RuleType
from domain.shared.notices import Notice
from tests.unit.application.risk.context import (
    ACCOUNT,
    ASKER,
    TENANT,
    Context,
    D,
    make_book,
    make_context,
)

LOSS = RuleFields(
    name="Daily Loss", rule_type=RuleType.MAX_DAILY_LOSS, threshold=D(1_000), action=Action.HALT
)


async def context_with(fields: RuleFields) -> Context:
    """A desk that holds 100 AAPL at 100, opened at an equity of 100,000."""
    context = make_context(make_book(cash="90000", positions={"AAPL": 100}))
    await context.risk.create(fields, asker=ASKER)
    return context


def told(context: Context) -> list[Notice]:
    """What the account's risk channel said."""
    return [notice for notice in context.database.notices if notice.account_id == ACCOUNT]


async def test_nothing_is_said_while_all_is_well() -> None:
    context = await context_with(LOSS)
    await context.watch.read()
    assert told(context) == []
    assert context.halts.asked == []


async def test_an_alert_comes_once_from_seventy_percent_on() -> None:
    context = await context_with(LOSS)
    await context.mark("AAPL", "93")
    for _ in range(3):
        await context.watch.read()
    (notice,) = told(context)
    assert (notice.type, notice.channel, notice.sequence) == ("risk.limit_near", "risk", 1)
    assert notice.body["used"] == "0.7"
    assert (notice.body["value"], notice.body["limit"]) == ("700", "1000")
    assert notice.body["rule_type"] == "MAX_DAILY_LOSS"
    (rule,) = await context.risk.list(tenant_id=TENANT)
    assert notice.body["rule_id"] == str(rule.id)
    await context.mark("AAPL", "99")
    await context.watch.read()
    await context.mark("AAPL", "93")
    await context.watch.read()
    assert [notice.type for notice in told(context)] == ["risk.limit_near"] * 2
    assert context.halts.asked == []


async def test_a_breach_stops_the_account_after_three_readings() -> None:
    context = await context_with(LOSS)
    await context.mark("AAPL", "90")
    for reading in range(1, CLEAN_READINGS + 3):
        await context.watch.read()
        assert bool(context.halts.asked) == (reading >= CLEAN_READINGS)
    ((tenant_id, account_id, reason),) = context.halts.asked
    assert (tenant_id, account_id) == (TENANT, ACCOUNT)
    assert reason == "Daily Loss: 1000 of 1000 money allowed"
    assert [notice.type for notice in told(context)] == ["risk.limit_breached"]


async def test_one_bad_tick_stops_nobody() -> None:
    context = await context_with(LOSS)
    for price in ("90", "90", "99", "90", "90"):
        await context.mark("AAPL", price)
        await context.watch.read()
    assert context.halts.asked == []
    assert [notice.type for notice in told(context)] == ["risk.limit_breached"] * 2


async def test_a_reading_without_its_inputs_neither_counts_nor_clears() -> None:
    context = await context_with(LOSS)
    await context.mark("AAPL", "90")
    await context.watch.read()
    await context.watch.read()
    book = context.database.books[ACCOUNT]
    context.put(replace(book, version=book.version + 1, day=None))
    context.watch._book_store._known.clear()
    await context.watch.read()
    assert context.halts.asked == []
    context.put(replace(book, version=book.version + 2))
    context.watch._book_store._known.clear()
    await context.watch.read()
    assert len(context.halts.asked) == 1


@pytest.mark.parametrize("action", [Action.BLOCK, Action.WARN, Action.REDUCE_ONLY])
async def test_other_actions_tell_and_stop_nobody(action: Action) -> None:
    context = await context_with(replace(LOSS, action=action))
    await context.mark("AAPL", "80")
    for _ in range(CLEAN_READINGS + 1):
        await context.watch.read()
    assert context.halts.asked == []
    assert [notice.type for notice in told(context)] == ["risk.limit_breached"]


async def test_after_a_recovery_the_count_starts_anew() -> None:
    context = await context_with(LOSS)
    for price in ("90", "90", "90", "100", "90", "90", "90"):
        await context.mark("AAPL", price)
        await context.watch.read()
    assert len(context.halts.asked) == 2


async def test_rules_of_one_symbol_do_not_watch_the_account() -> None:
    context = await context_with(replace(LOSS, scope=RuleScope(symbol="AAPL")))
    await context.mark("AAPL", "80")
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    assert told(context) == []


async def test_a_changed_rule_is_watched_afresh() -> None:
    context = await context_with(replace(LOSS, action=Action.BLOCK))
    await context.mark("AAPL", "90")
    await context.watch.read()
    (rule,) = await context.risk.list(tenant_id=TENANT)
    changed = await context.risk.update(LOSS, rule_id=rule.id, asker=ASKER, reason="quiet week")
    assert isinstance(changed, RuleStored)
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    assert len(context.halts.asked) == 1
    await context.risk.delete(rule_id=rule.id, asker=ASKER, reason="unused")
    await context.watch.read()
    assert context.watch._watched == {}


async def test_it_reads_again_every_second() -> None:
    context = await context_with(LOSS)
    await context.mark("AAPL", "90")
    running = asyncio.create_task(context.watch.run())
    for _ in range(CLEAN_READINGS):
        for _ in range(50):
            await asyncio.sleep(0)
        context.clock.advance(1.0)
    for _ in range(50):
        await asyncio.sleep(0)
    running.cancel()
    assert len(context.halts.asked) == 1


async def _drawn_down(*prices: str) -> Context:
    """Hold 1,000 AAPL through prices, three readings at each, where 20 % from the peak halts."""
    context = make_context(make_book(cash="0", positions={"AAPL": 1_000}))
    rule = RuleFields(
        name="Drawdown", rule_type=RuleType.MAX_DRAWDOWN, threshold=D(20), action=Action.HALT
    )
    await context.risk.create(rule, asker=ASKER)
    for price in prices:
        await context.mark("AAPL", price)
        for _ in range(CLEAN_READINGS):
            await context.watch.read()
    return context


async def test_a_fall_from_a_peak_within_the_session_halts_like_one_from_an_earlier_peak() -> None:
    context = await _drawn_down("150", "120")
    assert context.database.books[ACCOUNT].peak_equity == 150_000
    ((_, _, reason),) = context.halts.asked
    assert reason == "Drawdown: 30000 of 30000 money allowed"
    assert (await _drawn_down("150", "121")).halts.asked == []


async def test_one_bad_tick_and_a_hair_more_raise_no_peak() -> None:
    context = await _drawn_down("100", "100.1")
    assert context.database.books[ACCOUNT].peak_equity == 100_000
    for price in ("500", "100.2", "100.3", "500"):
        await context.mark("AAPL", price)
        await context.watch.read()
    assert context.database.books[ACCOUNT].peak_equity == 100_200
    assert context.halts.asked == []


async def test_money_that_comes_between_two_readings_counts_once() -> None:
    context = make_context(make_book(cash="0", positions={"AAPL": 1_000}))
    await context.mark("AAPL", "150")
    for _ in range(CLEAN_READINGS - 1):
        await context.watch.read()
    book = context.database.books[ACCOUNT]
    paid = replace(book, version=book.version + 1, cash={"USD": D(7)}, peak_equity=D(100_007))
    context.put(paid)
    await context.watch.read()
    assert context.database.books[ACCOUNT].peak_equity == 150_007


OTHER = UUID(int=4)
ALL_LOSS = replace(LOSS, parameters={"per": "tenant"})


async def test_a_loss_over_all_accounts_stops_each_of_them() -> None:
    context = await context_with(ALL_LOSS)
    context.put(make_book(account_id=OTHER, cash="95000", positions={"AAPL": 50}))
    await context.mark("AAPL", "94")
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    # 600 was lost here and 300 there.
    assert context.halts.asked == []
    assert [notice.type for notice in told(context)] == ["risk.limit_near"]
    await context.mark("AAPL", "93")
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    reason = "Daily Loss: 1050 of 1000 money allowed"
    assert sorted(context.halts.asked) == [(TENANT, ACCOUNT, reason), (TENANT, OTHER, reason)]


async def test_leverage_over_all_accounts_is_read_over_them() -> None:
    context = await context_with(
        replace(ALL_LOSS, name="Leverage", rule_type=RuleType.MAX_LEVERAGE, threshold=D("0.5"))
    )
    context.put(make_book(account_id=OTHER, cash="-70000", positions={"AAPL": 1_000}))
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    # 110,000 of exposure on 130,000 of equity, where one account has a tenth and one over three.
    reason = "Leverage: 110000 of 65000 money allowed"
    assert sorted(context.halts.asked) == [(TENANT, ACCOUNT, reason), (TENANT, OTHER, reason)]


@pytest.mark.parametrize("gap", ["currency", "day"])
async def test_what_another_account_misses_proves_no_breach(gap: str) -> None:
    context = await context_with(ALL_LOSS)
    other = make_book(account_id=OTHER, currency="EUR" if gap == "currency" else "USD")
    context.put(replace(other, day=None) if gap == "day" else other)
    await context.mark("AAPL", "50")
    for _ in range(CLEAN_READINGS):
        await context.watch.read()
    assert context.halts.asked == []
    assert told(context) == []
