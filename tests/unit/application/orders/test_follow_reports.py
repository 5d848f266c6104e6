"""The stream goes on for everybody, whatever one account's report holds."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from application.orders.follow_reports import FollowReports
from application.orders.run_reconcile import RunReconcile
from application.orders.watermark import Watermark
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue
from ports.broker import Report, ReportKind, UnreadableReport, VenueOrder, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

_S = OrderState


def _follow(rig: Rig) -> FollowReports:
    return FollowReports(
        broker=rig.broker,
        books=rig.books,
        directory=rig.directory,
        apply_report=rig.apply,
        adopt_external=rig.adopt,
        halt=rig.activate.halt_account,
        sleeper=rig.sleeper,
    )


def _another(rig: Rig) -> Rig:
    return Rig(
        database=rig.database,
        clock=rig.clock,
        broker=rig.broker,
        book=builders.book(),
        seed=2,
    )


async def _why_halted(rig: Rig) -> list[str]:
    return [latch.reason for latch in await rig.latches.engaged(tenant_id=rig.tenant_id)]


def _stranger(rig: Rig, **given: Any) -> tuple[VenueOrder, Report]:
    """Return an order that others placed, and the report that tells of it."""
    fields: dict[str, Any] = {
        "account_id": str(rig.account_id),
        "client_order_id": "theirs",
        "venue_order_id": "v-theirs",
        "terms": builders.terms(),
        "state": VenueState.WORKING,
    }
    held = VenueOrder(**(fields | given))
    order = builders.order(rig.book.account)
    report = replace(report_of(order, ReportKind.WORKING), client_order_id=held.client_order_id)
    return held, report


UNREADABLE: dict[str, dict[str, object]] = {
    "must be 1 to 64 ASCII characters": {"client_order_id": "x" * 65},
    "NVDA260116C00150000 is not a known instrument": {
        "terms": builders.terms(symbol="NVDA260116C00150000")
    },
    "must be smaller than 1e20": {
        "state": VenueState.PARTIALLY_FILLED,
        "fills": (venue_fill("5E+19", price=900),),
    },
}


@pytest.mark.parametrize("why", UNREADABLE)
async def test_an_order_of_others_that_we_cannot_hold_halts_its_account_alone(why: str) -> None:
    rig = Rig()
    other = _another(rig)
    ours = await other.sent()
    held, report = _stranger(rig, **UNREADABLE[why])
    rig.broker.held[held.client_order_id] = held
    rig.broker.tell(report)
    rig.broker.tell(report_of(ours, ReportKind.FILL, sequence=2, fill=venue_fill(10)))
    await _heard(rig, until=lambda: rig.database.orders[ours.id].state is _S.FILLED)
    (said,) = await _why_halted(rig)
    assert said.startswith("broker report 1: ")
    assert why in said
    assert await _why_halted(other) == []
    notices = [one for one in rig.database.notices if one.type == "kill_switch.engaged"]
    assert [one.body["reason"] for one in notices] == [said]


async def _heard(rig: Rig, *, until: Callable[[], bool]) -> None:
    following = asyncio.create_task(_follow(rig)())
    for _ in range(10_000):
        if until() or following.done():
            break
        await asyncio.sleep(0)
    following.cancel()
    with pytest.raises(asyncio.CancelledError):
        await following
    assert until()


async def test_a_find_that_cannot_be_read_halts_its_account_alone() -> None:
    rig = Rig()
    _, report = _stranger(rig)
    rig.broker.reads_fail = InvalidValue(field="symbol", problem="must be upper-case")
    await _follow(rig).take(report, mark=Watermark())
    (said,) = await _why_halted(rig)
    assert "theirs: it cannot be read: symbol: must be upper-case" in said


async def test_a_report_that_cannot_be_read_halts_its_account_and_counts_as_heard() -> None:
    rig = Rig()
    mark = Watermark()
    problem = "Invalid enum value 'exercise' - at `$.kind`"
    report = UnreadableReport(sequence=1, account_id=str(rig.account_id), problem=problem)
    await _follow(rig).take(report, mark=mark)
    assert mark.value == 1
    assert await _why_halted(rig) == [f"broker report 1: unreadable {problem}"]
    stranger = replace(report, sequence=2, account_id="somebody")
    await _follow(rig).take(stranger, mark=mark)
    assert mark.value == 2
    assert len(await _why_halted(rig)) == 1


async def test_a_fill_of_ours_that_we_cannot_hold_halts_the_account() -> None:
    rig = Rig()
    order = await rig.sent()
    fill = venue_fill(1, price="9E+19", commission="9E+19")
    report = report_of(order, ReportKind.FILL, fill=replace(fill, quantity=Decimal("9E+9")))
    await _follow(rig).take(report, mark=Watermark())
    (said,) = await _why_halted(rig)
    assert "unreadable" in said
    assert (await rig.now(order)).state is _S.WORKING


async def test_a_report_told_again_does_not_undo_what_came_after_it() -> None:
    rig = Rig()
    order = await rig.sent()
    follow, mark = _follow(rig), Watermark()
    larger, smaller = (builders.terms(quantity=Decimal(size)) for size in (20, 12))
    first = report_of(order, ReportKind.REPLACED, sequence=1, terms=larger)
    await follow.take(first, mark=mark)
    second = report_of(order, ReportKind.REPLACED, sequence=3, terms=smaller)
    for report in (second, first, second):
        await follow.take(report, mark=mark)
    assert (await rig.now(order)).terms == smaller


async def test_at_the_start_an_account_that_cannot_be_read_does_not_close_the_others() -> None:
    rig = Rig()
    other = _another(rig)
    held, _ = _stranger(other)
    rig.broker.held["theirs"] = held
    open_orders = rig.broker.open_orders

    async def some_fail(*, account_id: str) -> Any:
        if account_id == str(rig.account_id):
            raise InvalidValue(field="quantity", problem="must be above 0, not 0")
        return await open_orders(account_id=account_id)

    object.__setattr__(rig.broker, "open_orders", some_fail)
    running = RunReconcile(
        broker=rig.broker,
        directory=rig.directory,
        reconcile=rig.reconcile,
        halt=rig.activate.halt_account,
        sleeper=rig.sleeper,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )
    assert await running.round()
    (said,) = await _why_halted(rig)
    assert "the broker's answer cannot be read: quantity: must be above 0" in said
    assert await _why_halted(other) == []
    adopted: list[Order] = list((await other.stored()).orders.values())
    assert [order.origin for order in adopted] == [Origin.EXTERNAL]
    check = await running.check(account=rig.book.account)
    assert check is not None
