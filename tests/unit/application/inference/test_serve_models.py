"""Models come and go, and nobody's request is lost over it."""

import asyncio
from dataclasses import replace

import pytest

from application.inference.refusals import CannotServe, NoModel
from domain.inference.model import ModelKey
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused
from tests.unit.application.inference.models import row, serving, times


async def test_one_that_fails_leaves_the_others_up_and_says_why() -> None:
    served = serving({"a/1": times(1), "b/1": times(2)})
    served.files.files[ModelKey("broken")] = b"no function"
    served.files.files[ModelKey("linked")] = ModelRefused("linked.onnx is a link")
    problems = await served.models.load_all()
    assert problems == {
        "broken": "broken/1: names no function",
        "linked": "linked/1: linked.onnx is a link",
    }
    listed = {one.name: (one.served is not None, one.problem) for one in await served.models.list()}
    assert listed == {
        "a": (True, ""),
        "b": (True, ""),
        "broken": (False, problems["broken"]),
        "linked": (False, problems["linked"]),
    }
    with pytest.raises(CannotServe, match="names no function"):
        await served.models.run("broken", row(1))
    assert (await served.models.run("b", row(3))).outputs["y"][0, 0] == 6


async def test_the_newest_version_is_loaded_and_an_older_one_on_request() -> None:
    served = serving({"m/9": times(9), "m/10": times(10)})
    await served.models.load_all()
    assert (await served.models.run("m", row(1))).key.version == "10"
    await served.models.load(ModelKey("m", "9"))
    assert (await served.models.run("m", row(1))).outputs["y"][0, 0] == 9
    with pytest.raises(CannotServe, match="is served in version 9, not 10"):
        await served.models.run("m", row(1), version="10")


async def test_versions_swap_under_load_and_no_request_is_lost() -> None:
    served = serving({"m/1": times(1), "m/2": times(2)})
    await served.models.load_all()
    answers: list[tuple[str, float]] = []
    done = False

    async def ask() -> None:
        while not done:
            ran = await served.models.run("m", row(3))
            answers.append((ran.key.version, float(ran.outputs["y"][0, 0])))

    callers = [asyncio.create_task(ask()) for _ in range(16)]
    for turn in range(60):
        await served.models.load(ModelKey("m", str(1 + turn % 2)))
        for _ in range(5):
            await asyncio.sleep(0)
    done = True
    await asyncio.gather(*callers)
    assert set(answers) == {("1", 3.0), ("2", 6.0)}
    # Every version but the one that is served gave back what it held.
    assert served.cpu.closed == 60


async def test_a_version_that_cannot_be_served_leaves_the_one_before() -> None:
    served = serving({"m/1": times(1)})
    await served.models.load_all()
    served.files.files[ModelKey("m", "2")] = b"broken"
    with pytest.raises(CannotServe, match="m/2: names no function"):
        await served.models.load(ModelKey("m", "2"))
    assert (await served.models.run("m", row(1))).key.version == "1"
    assert (await served.models.get("m")).problem == "m/2: names no function"


async def test_the_longest_unused_goes_the_pinned_stays_and_what_cannot_fit_is_refused() -> None:
    big = replace(times(1), memory_bytes=400)
    served = serving({"a/1": big, "b/1": big, "c/1": big, "huge/1": replace(big, memory_bytes=900)})
    await served.models.load(ModelKey("a"), pinned=True)
    await served.models.load(ModelKey("b"))
    await served.models.load(ModelKey("c"))
    assert [one.name for one in await served.models.list() if one.served] == ["a", "c"]
    with pytest.raises(CannotServe, match="takes 900 bytes of memory: the budget is 1000"):
        await served.models.load(ModelKey("huge"))
    # What had to go comes back with the next request for it.
    assert (await served.models.run("b", row(1))).key.name == "b"
    assert [one.name for one in await served.models.list() if one.served] == ["a", "b"]


async def test_what_was_unloaded_stays_so_until_somebody_loads_it() -> None:
    served = serving({"m/1": times(1)})
    await served.models.load_all()
    await served.models.unload("m")
    with pytest.raises(CannotServe, match="was unloaded"):
        await served.models.run("m", row(1))
    with pytest.raises(CannotServe, match="is not loaded"):
        await served.models.unload("m")
    await served.models.load(ModelKey("m"))
    assert (await served.models.run("m", row(1))).outputs["y"][0, 0] == 1


async def test_what_is_not_there_is_absent() -> None:
    served = serving({})
    for asked in (
        served.models.run("none", row(1)),
        served.models.get("none"),
        served.models.unload("none"),
        served.models.load(ModelKey("none")),
    ):
        with pytest.raises(NoModel):
            await asked


async def test_inputs_that_do_not_fit_are_refused_before_they_wait() -> None:
    served = serving({"m/1": times(1)})
    await served.models.load_all()
    with pytest.raises(InvalidValue, match="must give the input 'x'"):
        await served.models.run("m", {})


async def test_another_engine_than_the_required_one_is_refused() -> None:
    served = serving(
        {"m/1": times(1), "slow/1": replace(times(1), engine="reference")}, require="cpu"
    )
    assert await served.models.load_all() == {
        "slow": "slow/1: inference.require is cpu: it runs on reference"
    }
    served.cpu.fails = lambda _: True
    with pytest.raises(Exception, match="cpu: out of memory"):
        await served.models.run("m", row(1))
    assert (served.reference.runs, served.fell_back) == ([], [])


async def test_what_only_the_reference_can_run_begins_there() -> None:
    served = serving({"slow/1": replace(times(3), engine="reference")})
    await served.models.load_all()
    ran = await served.models.run("slow", row(2))
    assert (ran.engine, ran.outputs["y"][0, 0]) == ("reference", 6)
    assert (served.cpu.runs, served.fell_back) == ([], [])


async def test_who_watches_is_told_what_becomes_of_models() -> None:
    served = serving({"a/1": times(1), "a/2": times(2)})
    await served.models.load(ModelKey("a", "1"))
    served.files.files[ModelKey("a", "3")] = b"broken"
    with pytest.raises(CannotServe):
        await served.models.load(ModelKey("a", "3"))
    await asyncio.gather(*(served.models.run("a", row(one, count=2)) for one in range(3)))
    await served.models.run("a", row(1))
    served.cpu.fails = lambda _: True
    await served.models.run("a", row(1))
    await served.models.run("a", row(1))
    served.cpu.fails = lambda _: False
    await served.models.run("a", row(1))
    await served.models.run("a", row(1))
    await served.models.unload("a")
    assert served.told == [
        ("loaded", "a/1"),
        ("refused", "a/3", "a/3: names no function"),
        ("batched", "a/1", 6),
        *[("batched", "a/1", 1)] * 3,
        ("recovered", "a/1"),
        *[("batched", "a/1", 1)] * 2,
        ("gone", "a/1"),
    ]
    assert len(served.fell_back) == 2
