"""An accelerator is asked first; where it is not there, or fails, that is said by name."""

import asyncio
from dataclasses import dataclass, replace

import pytest

from adapters.memory.inference import MemoryEngine
from application.inference.refusals import CannotServe
from domain.inference.model import ModelFacts, ModelKey
from ports.inference import EngineMissing, ModelSession
from tests.unit.application.inference.models import Failing, row, serving, times

TWICE = times(2)


@dataclass(frozen=True, slots=True)
class Missing:
    """An engine that is not there."""

    name: str = "cuda"

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        """Say so."""
        raise EngineMissing("built without CUDA")


def cuda() -> Failing:
    return Failing(MemoryEngine(models={b"m/1": TWICE}, name="cuda"))


async def test_one_that_is_there_runs_what_the_host_could_run() -> None:
    engine = cuda()
    slow = replace(TWICE, engine="reference")
    served = serving({"m/1": TWICE, "slow/1": slow}, accelerators=[engine])
    await served.models.load_all()
    assert (await served.models.run("m", row(1))).engine == "cuda"
    assert (served.cpu.runs, engine.runs) == ([], [1])
    # What the host has no kernels for it has none for either.
    assert (await served.models.run("slow", row(1))).engine == "reference"
    firsts = {one.key.name: (one.first, one.without) for one in served.models.served()}
    assert firsts == {"m": ("cuda", ""), "slow": ("reference", "")}


async def test_one_that_is_not_there_is_named_and_not_asked_with_each_run() -> None:
    served = serving({"m/1": TWICE}, accelerators=[Missing()])
    one = await served.models.load(ModelKey("m", "1"))
    assert (one.engine, one.first, one.without) == ("cpu", "cpu", "cuda: built without CUDA")
    await served.models.run("m", row(1))
    assert served.fell_back == []


async def test_one_that_is_required_and_not_there_is_refused() -> None:
    served = serving({"m/1": TWICE}, accelerators=[Missing()], require="cuda")
    with pytest.raises(CannotServe, match="m/1: cuda: built without CUDA"):
        await served.models.load(ModelKey("m", "1"))


async def test_one_that_is_required_and_fails_is_not_stood_in_for() -> None:
    engine = cuda()
    served = serving({"m/1": TWICE}, accelerators=[engine], require="cuda")
    await served.models.load(ModelKey("m", "1"))
    assert (await served.models.run("m", row(1))).engine == "cuda"
    engine.fails = lambda _: True
    with pytest.raises(Exception, match="cuda: out of memory"):
        await served.models.run("m", row(1))
    assert (served.cpu.runs, served.fell_back) == ([], [])


async def test_one_that_fails_amid_a_batch_answers_each_request_once_by_the_next() -> None:
    engine = cuda()
    engine.fails = lambda given: bool((given["x"] >= 3).any())
    served = serving({"m/1": TWICE}, accelerators=[engine])
    await served.models.load(ModelKey("m", "1"))
    ran = await asyncio.gather(*(served.models.run("m", row(one)) for one in range(6)))
    assert [one.outputs["y"][0, 0] for one in ran] == [0, 2, 4, 6, 8, 10]
    assert served.fell_back == [("m/1", "cuda", "cpu", "out of memory")]
    assert ("recovered", "m/1") not in served.told
    engine.fails = lambda _: False
    assert (await served.models.run("m", row(1))).engine == "cuda"
    assert served.told[-2] == ("recovered", "m/1")
