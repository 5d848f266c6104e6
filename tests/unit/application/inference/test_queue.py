"""Requests are put together, and each is answered once."""

import asyncio
from dataclasses import replace

import numpy as np
import pytest

from adapters.memory.inference import Endless
from adapters.memory.time import ManualClock, ManualSleeper
from application.inference.queue import ModelQueue, QueueRules
from application.inference.refusals import CannotRun, QueueFull, RanTooLong
from domain.inference.tensors import Arrays
from tests import builders
from tests.unit.application.inference.models import Served, row, serving, times


async def loaded(queue: QueueRules | None = None) -> Served:
    served = serving({"twice/1": times(2)}, queue=queue)
    await served.models.load_all()
    return served


async def test_many_callers_share_batches_and_each_gets_its_own_rows() -> None:
    served = await loaded()
    random = np.random.default_rng(3)
    counts = random.integers(1, 5, 500).tolist()

    async def ask(value: int, count: int) -> None:
        ran = await served.models.run("twice", row(value, count))
        assert ran.outputs["y"].tolist() == [[2.0 * value] * 2] * count

    await asyncio.gather(*(ask(value, count) for value, count in enumerate(counts)))
    assert sum(served.cpu.runs) == sum(counts)
    assert max(served.cpu.runs) <= 32
    assert len(served.cpu.runs) < len(counts) / 5
    figures = (await served.models.get("twice")).served
    assert figures is not None
    assert (figures.figures.requests, figures.figures.rows) == (500, sum(counts))
    assert figures.figures.batches == len(served.cpu.runs)


async def test_who_asks_alone_waits_for_nobody() -> None:
    clock = ManualClock(builders.AT)
    runs: list[int] = []

    async def run(given: Arrays) -> Arrays:
        runs.append(len(given["x"]))
        return {"y": given["x"]}

    queue = ModelQueue(
        run, together=True, rules=QueueRules(), clock=clock, sleeper=ManualSleeper(clock)
    )
    # No time passes here, so that whoever were made to wait would never be answered.
    for value in range(3):
        assert (await queue.ask(row(value)))["y"][0, 0] == value
    await asyncio.gather(*(queue.ask(row(value)) for value in range(4)))
    assert runs == [1, 1, 1, 4]
    # Where several asked just now, others may come.
    late = queue.ask(row(7))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not late.done()
    further = queue.ask(row(8))
    clock.advance(QueueRules().wait_s)
    assert [one["y"][0, 0] for one in await asyncio.gather(late, further)] == [7, 8]
    assert runs[-1] == 2


async def test_rows_that_depend_on_each_other_are_run_alone() -> None:
    mixing = replace(
        times(1), run=lambda given: {"y": given["x"] / given["x"].sum(axis=0, keepdims=True)}
    )
    served = serving({"mixing/1": mixing})
    await served.models.load_all()
    found = await asyncio.gather(
        *(served.models.run("mixing", row(value)) for value in range(1, 20))
    )
    assert all(one.outputs["y"].tolist() == [[1, 1]] for one in found)
    assert served.cpu.runs == [1] * 19


async def test_other_shapes_are_not_stacked_and_lose_nothing() -> None:
    served = await loaded()
    asked = [served.models.run("twice", row(one, 40)) for one in range(3)]
    asked += [served.models.run("twice", row(one)) for one in range(3)]
    found = await asyncio.gather(*asked)
    assert [len(one.outputs["y"]) for one in found] == [40] * 3 + [1] * 3


async def test_an_engine_that_fails_in_mid_batch_answers_each_request_once() -> None:
    served = await loaded()
    served.cpu.fails = lambda given: len(given["x"]) > 1
    found = await asyncio.gather(*(served.models.run("twice", row(one)) for one in range(50)))
    assert [one.outputs["y"][0, 0] for one in found] == [2.0 * one for one in range(50)]
    assert {one.engine for one in found} == {"reference"}
    assert served.fell_back
    assert set(served.fell_back) == {("twice/1", "cpu", "reference", "out of memory")}


async def test_one_bad_request_fails_alone() -> None:
    served = await loaded()

    def poisoned(given: Arrays) -> bool:
        return bool((given["x"] == 13).any())

    served.cpu.fails = served.reference.fails = poisoned
    found = await asyncio.gather(
        *(served.models.run("twice", row(one)) for one in range(30)), return_exceptions=True
    )
    failed = [place for place, one in enumerate(found) if isinstance(one, BaseException)]
    assert failed == [13]
    assert isinstance(found[13], CannotRun)
    assert str(found[13]) == "cpu: out of memory; reference: out of memory"


async def test_a_defect_is_told_to_who_asked_and_the_next_are_answered() -> None:
    served = await loaded(QueueRules(rows_max=1))

    def defect(given: Arrays) -> bool:
        if (given["x"] == 3).any():
            raise KeyError("a defect")
        return False

    served.cpu.fails = defect
    found = await asyncio.gather(
        *(served.models.run("twice", row(one)) for one in range(6)), return_exceptions=True
    )
    assert [isinstance(one, KeyError) for one in found] == [one == 3 for one in range(6)]


async def test_a_full_queue_refuses_and_answers_those_that_wait() -> None:
    served = await loaded(QueueRules(waiting_max=10))
    found = await asyncio.gather(
        *(served.models.run("twice", row(one)) for one in range(25)), return_exceptions=True
    )
    assert sum(isinstance(one, QueueFull) for one in found) == 15
    assert all(not isinstance(one, BaseException) for one in found[:10])


async def test_the_more_urgent_go_first() -> None:
    served = await loaded(QueueRules(rows_max=1))
    order: list[int] = []

    async def ask(priority: int) -> None:
        await served.models.run("twice", row(priority), priority=priority)
        order.append(priority)

    await asyncio.gather(*(ask(one) for one in (1, 5, 9, 0, 7)))
    assert order == [9, 7, 5, 1, 0]


async def test_who_waited_for_too_long_is_told_and_not_run() -> None:
    served = await loaded(QueueRules(rows_max=1))
    first = asyncio.ensure_future(served.models.run("twice", row(1)))
    with pytest.raises(RanTooLong, match="its turn"):
        await served.models.run("twice", row(2), timeout_s=-1)
    assert (await first).outputs["y"][0, 0] == 2
    assert served.cpu.runs == [1]


async def test_a_caller_who_went_away_is_not_run() -> None:
    served = await loaded(QueueRules(rows_max=1))
    gone = asyncio.ensure_future(served.models.run("twice", row(1)))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await served.models.run("twice", row(2))).outputs["y"][0, 0] == 4
    assert served.cpu.runs == [1]


async def test_a_run_that_would_never_end_is_ended_and_told() -> None:
    def endless(given: Arrays) -> Arrays:
        if (given["x"] == 13).any():
            raise Endless
        return {"y": given["x"]}

    served = serving({"loop/1": replace(times(1), run=endless)}, run_s_max=0.01)
    await served.models.load_all()
    found = await asyncio.gather(
        *(served.models.run("loop", row(one)) for one in range(12, 15)), return_exceptions=True
    )
    assert [isinstance(one, RanTooLong) for one in found] == [False, True, False]
    # It is no failure of the engine: no other one is asked to loop as well.
    assert served.fell_back == []


async def test_who_waits_while_everything_stops_is_told() -> None:
    served = await loaded()
    asked = [asyncio.ensure_future(served.models.run("twice", row(one))) for one in range(5)]
    await asyncio.sleep(0)
    await served.models.stop()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert all(isinstance(one, CannotRun) for one in found)
