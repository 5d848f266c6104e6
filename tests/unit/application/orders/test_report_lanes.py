"""So many reports are in work and so many wait, however many there are."""

import asyncio
from collections.abc import Sequence

import pytest

from application.orders.report_lanes import ReportLanes
from application.orders.watermark import Watermark
from ports.broker import Report, UnreadableReport


class Context:
    """Applies reports when it is told to."""

    def __init__(self) -> None:
        self.mark = Watermark()
        self.begun: list[int] = []
        self.done: list[int] = []
        self._gates: dict[int, asyncio.Event] = {}

    async def apply(self, report: Report | UnreadableReport) -> bool:
        """Work on the report until it is let go."""
        gate = self._gates[report.sequence] = asyncio.Event()
        self.begun.append(report.sequence)
        await gate.wait()
        self.done.append(report.sequence)
        self.mark.heard(report.sequence)
        return True

    async def let_go(self, *sequences: int) -> None:
        """End the work on some."""
        for sequence in sequences:
            self._gates[sequence].set()
            await settled()


async def settled() -> None:
    """Let everybody come as far as they can."""
    for _ in range(50):
        await asyncio.sleep(0)


def told(sequence: int, *, account_id: str) -> UnreadableReport:
    """Make a report; what it says does not matter here."""
    return UnreadableReport(sequence=sequence, account_id=account_id, problem="")


async def enter_all(lanes: ReportLanes, *, accounts: Sequence[str]) -> None:
    """Let one report of each come in, in turn."""
    for number, account_id in enumerate(accounts, start=1):
        await lanes.enter(told(number, account_id=account_id))


async def test_an_account_has_one_in_work_and_all_together_so_many() -> None:
    context = Context()
    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(group=group, apply=context.apply, mark=context.mark, at_once=2)
        await enter_all(lanes, accounts=["a", "a", "b", "c", "c"])
        await settled()
        assert context.begun == [1, 3]
        # Whoever has more waits its turn behind the others.
        await context.let_go(1)
        assert context.begun == [1, 3, 4]
        await context.let_go(3)
        assert context.begun == [1, 3, 4, 2]
        await context.let_go(4, 2, 5)
    assert context.mark.value == 5


async def test_reading_pauses_while_too_many_wait() -> None:
    context = Context()
    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(
            group=group, apply=context.apply, mark=context.mark, at_once=9, waiting_max=2
        )
        reading = group.create_task(enter_all(lanes, accounts="abcd"))
        await settled()
        assert context.begun == [1, 2]
        await context.let_go(2)
        assert context.begun == [1, 2, 3]
        assert not reading.done()
        await context.let_go(1, 3, 4)
        assert reading.done()


async def test_reading_pauses_while_one_in_work_holds_the_mark_too_far_back() -> None:
    context = Context()
    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(
            group=group, apply=context.apply, mark=context.mark, at_once=9, above_max=2
        )
        await enter_all(lanes, accounts="abb")
        await settled()
        await context.let_go(2, 3)
        reading = group.create_task(lanes.enter(told(4, account_id="b")))
        await settled()
        assert context.begun == [1, 2, 3]
        await context.let_go(1, 4)
        assert reading.done()
    assert context.mark.value == 4


async def test_a_gap_that_nobody_works_on_stops_nothing() -> None:
    context = Context()
    context.mark.heard(2)
    context.mark.heard(3)
    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(
            group=group, apply=context.apply, mark=context.mark, at_once=9, above_max=2
        )
        await lanes.enter(told(4, account_id="a"))
        await settled()
        await context.let_go(4)
    assert context.done == [4]


@pytest.mark.parametrize("applied", [True, False])
async def test_what_is_told_again_waits_no_second_time(applied: bool) -> None:
    context = Context()
    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(group=group, apply=context.apply, mark=context.mark, at_once=9)
        await enter_all(lanes, accounts="aa")
        await settled()
        if applied:
            await context.let_go(1)
        await enter_all(lanes, accounts="aa")
        await settled()
        await context.let_go(*([2] if applied else [1, 2]))
    assert context.begun == context.done == [1, 2]


async def test_what_overtook_another_waits_until_that_one_is_applied() -> None:
    tries: list[int] = []

    async def apply(report: Report | UnreadableReport) -> bool:
        tries.append(report.sequence)
        await asyncio.sleep(0)
        return report.sequence == 1 or 1 in tries

    async with asyncio.TaskGroup() as group:
        lanes = ReportLanes(group=group, apply=apply, mark=Watermark(), at_once=9)
        await lanes.enter(told(2, account_id="a"))
        await settled()
        await lanes.enter(told(1, account_id="a"))
    assert set(tries[:-2]) == {2}
    assert tries[-2:] == [1, 2]
