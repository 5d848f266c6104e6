"""Warnings come once each on the way down, calls have a day and an end, nothing is guessed."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from domain.identity.access import Role
from domain.margin.alert import AlertKind, AlertState
from domain.margin.deleverage_plan import PlanOrigin, PlanState
from ports.margin import MARGIN_ALERTS
from tests import builders
from tests.rig import Rig
from tests.unit.application.margin.context import MarginRig, book_of, hours

D = Decimal
# 1,000 shares at 100, 60,000 borrowed: the maintenance margin is a quarter of what they are worth.
BOOK = {"AAPL": (1_000, 100)}


def _rig(**given: Any) -> MarginRig:
    return MarginRig(rig=Rig(book=book_of(-60_000, BOOK), **given))


async def _read(rig: MarginRig, *prices: str) -> list[str]:
    for price in prices:
        rig.price("AAPL", price)
        await rig.watch.read()
    assert rig.failures == []
    return [f"{one.kind} {one.level} {one.state}" for one in await rig.alerts()]


async def test_each_level_is_told_once_and_again_only_after_it_was_over() -> None:
    rig = _rig()
    await rig.owner()
    # (100 x 1000 - 60,000 - 25,000) / 40,000 = 37.5 % is left above the maintenance margin.
    assert await _read(rig, "100") == []
    assert await _read(rig, "90", "91", "90") == ["warning 0.25 open"]
    assert [kind for kind, _ in rig.told()] == ["margin_warning"]
    # 26.6 % is above its level, 28.1 % is so by more than two points: it may come again.
    assert (await _read(rig, "92", "90"))[-2:] == ["warning 0.25 met", "warning 0.25 open"]
    assert (await _read(rig, "84"))[-1] == "warning 0.15 open"
    assert [kind for kind, _ in rig.told()] == ["margin_warning"] * 3


async def test_a_call_has_a_day_is_told_and_is_met() -> None:
    rig = _rig(hours=hours(30))
    await rig.owner()
    await _read(rig, "79.99")
    (call,) = [one for one in await rig.alerts() if one.kind is AlertKind.CALL]
    assert (call.amount, call.state, call.told) == (D("7.50"), AlertState.OPEN, AlertState.OPEN)
    # Fifteen trading days from the first of March 2013, a Friday.
    assert call.due_on == date(2013, 3, 22)
    assert ("margin_call", "open") in rig.told()
    await _read(rig, "79")
    (call,) = [one for one in await rig.alerts() if one.kind is AlertKind.CALL]
    assert call.amount == D(750)
    assert rig.told().count(("margin_call", "open")) == 1
    await _read(rig, "80.01")
    (call,) = [one for one in await rig.alerts() if one.kind is AlertKind.CALL]
    assert (call.state, call.told) == (AlertState.MET, AlertState.MET)
    assert rig.told()[-1] == ("margin_call", "met")


async def test_a_call_that_is_not_met_in_time_is_overdue() -> None:
    rig = _rig(hours=hours(30))
    await rig.owner()
    await _read(rig, "79")
    rig.rig.market.set_time(builders.MARKET_AT + timedelta(days=21))
    assert "call 0 open" in await _read(rig, "79")
    rig.rig.market.set_time(builders.MARKET_AT + timedelta(days=22))
    assert "call 0 overdue" in await _read(rig, "79", "79")
    assert rig.told().count(("margin_call", "overdue")) == 1


async def test_without_a_price_nothing_begins_and_nothing_ends() -> None:
    book = book_of(-60_000, {**BOOK, "XXXX": (10, 1)})
    rig = MarginRig(rig=Rig(book=book))
    await rig.owner()
    assert await _read(rig, "70", "200") == []


async def test_a_restart_tells_nobody_twice() -> None:
    rig = _rig()
    await rig.owner()
    await _read(rig, "90")
    again = MarginRig(rig=rig.rig.twin(seed=2))
    again.price("AAPL", "90")
    await again.watch.read()
    assert len(await rig.alerts()) == 1
    assert len(rig.rig.database.user_notices) == 1


async def test_what_was_stored_and_not_told_is_told_after_a_restart() -> None:
    rig = _rig()
    await rig.owner(role=Role.VIEWER)
    await _read(rig, "90")
    (warning,) = await rig.alerts()
    # Who may not trade the account is told nothing of it.
    assert (warning.told, rig.told()) == (AlertState.OPEN, [])
    await rig.owner()
    async with rig.context.changes.works.begin(rig.rig.tenant_id) as work:
        untold = replace(warning, told=None, version=warning.version + 1)
        assert await work.records(MARGIN_ALERTS).update(untold)
    await _read(MarginRig(rig=rig.rig.twin(seed=2)), "90")
    assert rig.told() == [("margin_warning", "open")]


async def test_nothing_is_closed_unasked_unless_the_owner_set_it() -> None:
    rig = _rig()
    asker = await rig.owner()
    await _read(rig, "77")
    assert await rig.plans() == []
    await rig.setting.automatic(rig.rig.account_id, target=D("0.25"), by=asker)
    # 19,250 of maintenance on 17,000 of equity: above 1.10.
    await _read(rig, "78")
    assert await rig.plans() == []
    await _read(rig, "77", "77")
    (plan,) = await rig.plans()
    assert (plan.state, plan.origin) == (PlanState.APPROVED, PlanOrigin.AUTOMATIC)
    assert plan.approved_by == "system:margin"
    assert "deleverage_began" in [kind for kind, _ in rig.told()]
