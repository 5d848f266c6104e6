"""TensorRT is asked for what it can do, and says by name what it cannot.

The processes are scripted: none runs a model. Where a session is needed at all it is that of a
function in memory, to see what reaches it and what does not.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adapters.gpu.tensorrt.engine import TensorRtEngine
from adapters.gpu.tensorrt.plans import KEY_FILE, PlanStore
from adapters.memory.inference import MemoryEngine
from application.inference.refusals import CannotServe
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import TensorSpec
from ports.inference import (
    Engine,
    EngineMissing,
    ModelRefused,
    ModelSession,
    RunFailed,
    RunOverdue,
)
from tests.unit.application.inference.models import Failing, row, serving, times

TWICE = times(2)
HERE = {
    "tensorrt": "10.14.1",
    "compute_capability": "9.0",
    "device": "H100",
    "driver": "13000 NVRM 580.65",
}


@dataclass(slots=True)
class Scripted:
    """Processes that answer what they are told to, and write down what they were asked."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)
    opened: list[bytes] = field(default_factory=list)
    inner: Failing | None = None

    async def ask(self, task: str, asked: Mapping[str, Any], *, within_s: float) -> dict[str, Any]:
        self.asked.append((task, asked))
        await asyncio.sleep(0)
        usual = {"probe": HERE, "build": {"plan": b"plan", "timing": b"timings"}}
        answer = self.answers.get(task, usual[task])
        if isinstance(answer, Exception):
            raise answer
        return dict(answer)

    async def session(self, opening: Mapping[str, Any]) -> ModelSession:
        self.opened.append(opening["plan"])
        if isinstance(problem := self.answers.get("run"), Exception):
            raise problem
        inner = self.inner or Failing(MemoryEngine(models={b"m/1": TWICE}, name="tensorrt"))
        found = await inner.engine.examine(b"m/1")
        return await inner.open(b"m/1", found.facts)

    def tasks(self) -> list[str]:
        return [task for task, _ in self.asked]


def engine(
    workers: Scripted, folder: Path, *, lacks: str = "", told: list[str] | None = None
) -> TensorRtEngine:
    told = [] if told is None else told
    plans = PlanStore(folder=folder / "engines", key_file=folder / KEY_FILE, told=told.append)
    return TensorRtEngine(workers=workers, plans=plans, lacks=lambda: lacks)


async def facts_of_twice() -> ModelFacts:
    return (await MemoryEngine(models={b"m/1": TWICE}).examine(b"m/1")).facts


async def test_an_engine_is_built_once_and_kept(tmp_path: Path) -> None:
    workers, facts = Scripted(), await facts_of_twice()
    await engine(workers, tmp_path).open(b"m/1", facts)
    assert workers.tasks() == ["probe", "build"]
    asked = workers.asked[1][1]
    assert (asked["content"], asked["timing"]) == (b"m/1", b"")
    assert asked["dynamic"] == {"x": {"least": [1, 2], "usual": [32, 2], "most": [32, 2]}}
    # Another process over the same folder builds nothing, and another model knows the timings.
    later = Scripted()
    again = engine(later, tmp_path)
    await again.open(b"m/1", facts)
    assert (later.tasks(), later.opened) == (["probe"], [b"plan"])
    await again.open(b"other", facts)
    assert (later.tasks(), later.asked[1][1]["timing"]) == (["probe", "build"], b"timings")


@pytest.mark.parametrize("part", HERE)
async def test_another_driver_gpu_or_tensorrt_builds_anew(tmp_path: Path, part: str) -> None:
    facts = await facts_of_twice()
    await engine(Scripted(), tmp_path).open(b"m/1", facts)
    changed = Scripted(answers={"probe": {**HERE, part: "another"}})
    await engine(changed, tmp_path).open(b"m/1", facts)
    assert changed.tasks() == ["probe", "build"]


async def test_a_changed_file_is_never_given_to_a_process(tmp_path: Path) -> None:
    facts, told = await facts_of_twice(), list[str]()
    await engine(Scripted(), tmp_path).open(b"m/1", facts)
    for file in (tmp_path / "engines").iterdir():
        file.write_bytes(file.read_bytes() + b"more")
    workers = Scripted(answers={"build": {"plan": b"built anew", "timing": b""}})
    await engine(workers, tmp_path, told=told).open(b"m/1", facts)
    assert workers.opened == [b"built anew"]
    # The engine's and that of the timings.
    assert len(told) == 2


async def test_an_engine_that_does_not_open_is_built_anew_the_next_time(tmp_path: Path) -> None:
    facts = await facts_of_twice()
    workers = Scripted(answers={"run": RunFailed("TensorRT does not take the engine")})
    failing = engine(workers, tmp_path)
    for _ in range(2):
        with pytest.raises(ModelRefused, match="does not take the engine"):
            await failing.open(b"m/1", facts)
    assert workers.tasks() == ["probe", "build", "build"]


@pytest.mark.parametrize(
    ("answers", "error", "told"),
    [
        ({"probe": {"refused": "no usable GPU: cuInit"}}, EngineMissing, "cuInit"),
        ({"probe": RunFailed("ended the process")}, EngineMissing, "no usable GPU: ended"),
        ({"build": {"refused": "no kernel for Frobnicate"}}, ModelRefused, "Frobnicate"),
        ({"build": RunFailed("took more than 600 s to build")}, ModelRefused, "600 s"),
    ],
)
async def test_what_a_process_says_is_told(
    tmp_path: Path, answers: dict[str, Any], error: type[Exception], told: str
) -> None:
    workers = Scripted(answers=answers)
    with pytest.raises(error, match=told):
        await engine(workers, tmp_path).open(b"m/1", await facts_of_twice())
    assert workers.opened == []


async def test_what_is_not_installed_is_named_and_nothing_is_started(tmp_path: Path) -> None:
    workers = Scripted()
    with pytest.raises(EngineMissing, match="no driver"):
        await engine(workers, tmp_path, lacks="no driver").open(b"m/1", await facts_of_twice())
    assert workers.asked == []


@pytest.mark.parametrize("datatype", ["BYTES", "FP64"])
async def test_texts_and_doubles_are_refused_before_anything_is_built(
    tmp_path: Path, datatype: str
) -> None:
    facts = replace(await facts_of_twice(), inputs=(TensorSpec("x", datatype, (None, 2)),))
    workers = Scripted()
    with pytest.raises(ModelRefused, match=f"'x' is of {datatype}"):
        await engine(workers, tmp_path).open(b"m/1", facts)
    assert "build" not in workers.tasks()


async def test_shapes_outside_the_profile_do_not_reach_the_process(tmp_path: Path) -> None:
    inner = Failing(MemoryEngine(models={b"m/1": TWICE}, name="tensorrt"))
    session = await engine(Scripted(inner=inner), tmp_path).open(b"m/1", await facts_of_twice())
    assert (await session.run(row(1, 32)))["y"].shape == (32, 2)
    with pytest.raises(RunFailed, match=r"\[33, 2\] of 'x' is outside its profile"):
        await session.run(row(1, 33))
    assert inner.runs == [32]
    await session.close()
    assert inner.closed == 1


@dataclass(frozen=True, slots=True)
class Missing:
    """ONNX Runtime where it has no CUDA."""

    name: str = "cuda"

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        raise EngineMissing("built without CUDA")


def cuda() -> Failing:
    return Failing(MemoryEngine(models={b"m/1": TWICE}, name="cuda"))


async def test_without_tensorrt_the_chain_goes_on_and_says_why(tmp_path: Path) -> None:
    first = engine(Scripted(), tmp_path, lacks="no TensorRT")
    for following, ran in ((cuda(), "cuda"), (Missing(), "cpu")):
        served = serving({"m/1": TWICE}, accelerators=[first, following])
        one = await served.models.load(ModelKey("m", "1"))
        assert (one.engine, one.without.split("; ")[0]) == (ran, "tensorrt: no TensorRT")
        assert served.fell_back == []


async def test_each_that_fails_hands_on_to_the_next_and_tells(tmp_path: Path) -> None:
    inner = Failing(MemoryEngine(models={b"m/1": TWICE}, name="tensorrt"))
    second = cuda()
    accelerators: Sequence[Engine] = [engine(Scripted(inner=inner), tmp_path), second]
    served = serving({"m/1": TWICE}, accelerators=accelerators)
    assert (await served.models.load(ModelKey("m", "1"))).engine == "tensorrt"
    chain = {"tensorrt": inner, "cuda": second, "cpu": served.cpu, "reference": served.reference}
    names = list(chain)
    for place, (name, fails) in enumerate(chain.items()):
        served.fell_back.clear()
        ran = await served.models.run("m", row(3))
        assert (ran.engine, ran.outputs["y"].tolist()) == (name, [[6, 6]])
        assert served.fell_back == [
            ("m/1", before, after, "out of memory")
            for before, after in pairwise(names[: place + 1])
        ]
        fails.fails = lambda _: True


async def test_a_request_outside_the_profile_is_answered_by_the_next(tmp_path: Path) -> None:
    second = cuda()
    served = serving({"m/1": TWICE}, accelerators=[engine(Scripted(), tmp_path), second])
    await served.models.load(ModelKey("m", "1"))
    ran = await served.models.run("m", row(1, 40))
    assert (ran.engine, second.runs) == ("cuda", [40])
    [(_, failed, following, why)] = served.fell_back
    assert (failed, following) == ("tensorrt", "cuda")
    assert "outside its profile" in why


async def test_where_it_is_required_nothing_stands_in_for_it(tmp_path: Path) -> None:
    lacking = engine(Scripted(), tmp_path, lacks="no driver")
    served = serving({"m/1": TWICE}, accelerators=[lacking, cuda()], require="tensorrt")
    with pytest.raises(CannotServe, match="tensorrt: no driver"):
        await served.models.load(ModelKey("m", "1"))
    second = cuda()
    there = engine(Scripted(), tmp_path)
    served = serving({"m/1": TWICE}, accelerators=[there, second], require="tensorrt")
    await served.models.load(ModelKey("m", "1"))
    with pytest.raises(Exception, match="outside its profile"):
        await served.models.run("m", row(1, 33))
    assert (second.runs, served.cpu.runs, served.fell_back) == ([], [], [])


async def test_a_run_that_is_overdue_is_told_so(tmp_path: Path) -> None:
    @dataclass(slots=True)
    class Overdue:
        async def run(self, inputs: Any, *, timeout_s: float) -> Any:
            raise RunOverdue(f"the run took more than {timeout_s:g} s")

        async def close(self) -> None:
            """Nothing is held."""

    @dataclass(slots=True)
    class Slow(Scripted):
        async def session(self, opening: Mapping[str, Any]) -> Any:
            return Overdue()

    session = await engine(Slow(), tmp_path).open(b"m/1", await facts_of_twice())
    with pytest.raises(RunOverdue, match="more than 5 s"):
        await session.run({"x": np.zeros((1, 2), np.float32)})
