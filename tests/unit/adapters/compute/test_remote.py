"""A model elsewhere: what fits is believed, all else goes to the next engine, once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest

from adapters.compute.remote.engine import RemoteEngine, what_lacks
from adapters.compute.remote.server import RemoteServer
from adapters.memory.time import ManualClock
from application.inference.chain import EngineChain
from application.inference.observer import ModelObserver
from domain.inference.model import ModelFacts, ModelKey
from domain.inference.tensors import Arrays, TensorSpec
from domain.shared.breaker import FAILURES_MAX, OPEN_S, Breaker
from ports.inference import EngineMissing, Examined, ModelSession, RunFailed, RunOverdue
from tests import builders
from tests.fakes.oip import OF_METADATA, Fault, OipServer

KEY = ModelKey("double")
FACTS = ModelFacts(
    sha256="0" * 64,
    inputs=(TensorSpec("x", "FP32", (None, 2)),),
    outputs=(TensorSpec("y", "FP32", (None, 2)),),
    opset=21,
    size_bytes=1,
    memory_bytes=1,
    engine="cpu",
    single="",
)
GIVEN: Arrays = {"x": np.array([[0.1, -2.5], [3e-8, 7.0]], dtype=np.float32)}
WANTED = GIVEN["x"] * 2


@dataclass(slots=True)
class Asking:
    """A process that asks the server."""

    fake: OipServer
    clock: ManualClock = field(default_factory=lambda: ManualClock(builders.AT))
    server: RemoteServer = field(init=False)

    def __post_init__(self) -> None:
        self.server = RemoteServer(
            url=f"{self.fake.url}/", token=lambda: "shown", clock=self.clock, breaker=Breaker()
        )

    async def session(self) -> ModelSession:
        """Open the model there."""
        return await RemoteEngine(self.server, KEY).open(b"", FACTS)


@asynccontextmanager
async def asking(fault: Fault | None = None) -> AsyncIterator[Asking]:
    """Run the server, and give who asks it."""
    async with OipServer(fault) as fake:
        one = Asking(fake)
        yield one
        await one.server.stop()


@dataclass(slots=True)
class OwnEngine:
    """An engine here, which counts what it is asked (port Engine)."""

    runs: int = 0
    name: str = "cpu"

    async def open(self, content: bytes, facts: ModelFacts) -> "OwnEngine":
        return self

    async def run(self, inputs: Arrays, *, timeout_s: float = 5.0) -> Arrays:
        self.runs += 1
        return {"y": inputs["x"] * 2}

    async def close(self) -> None:
        return


async def test_it_is_run_there_bit_by_bit_and_looked_at_once() -> None:
    async with asking() as one:
        session = await one.session()
        for _ in range(3):
            np.testing.assert_array_equal((await session.run(GIVEN))["y"], WANTED)
        assert one.fake.asked == {"1": 1, "v2": 1, "infer": 3}
        assert set(one.fake.tokens) == {"bearer shown"}


@pytest.mark.parametrize("fault", list(Fault))
async def test_whatever_it_does_a_request_is_answered_once_by_the_next_engine(
    fault: Fault,
) -> None:
    told: list[str] = []
    own = OwnEngine()
    async with asking(fault) as one:
        chain = EngineChain(
            KEY,
            Examined(facts=FACTS, content=b""),
            engines=(RemoteEngine(one.server, KEY), own),
            run_s_max=0.5 if fault is Fault.HANGS else 5.0,
            told=ModelObserver(fell_back=lambda *said: told.append(said[3])),
        )
        await chain.start()
        if fault is Fault.HANGS:
            # It may have begun there: it is told as overdue, and not begun a second time.
            with pytest.raises(RunOverdue):
                await chain.run(GIVEN)
            assert (own.runs, one.fake.asked["infer"]) == (0, 1)
            return
        np.testing.assert_array_equal((await chain.run(GIVEN))["y"], WANTED)
        assert (chain.engine, own.runs, len(told)) == ("cpu", 1, 1)
        assert one.fake.asked["infer"] == (0 if fault in OF_METADATA else 1)
        # Well again, it is the first once more.
        one.fake.fault = None
        await chain.run(GIVEN)
        assert (chain.engine, own.runs) == ("remote", 1)


async def test_after_five_failures_it_is_left_alone_for_half_a_minute() -> None:
    async with asking(Fault.BROKEN) as one:
        session = await one.session()
        for _ in range(FAILURES_MAX + 3):
            with pytest.raises(RunFailed):
                await session.run(GIVEN)
        assert one.fake.asked["infer"] == FAILURES_MAX
        one.fake.fault = None
        with pytest.raises(RunFailed, match="left alone"):
            await session.run(GIVEN)
        one.clock.advance(OPEN_S)
        await session.run(GIVEN)
        assert one.fake.asked["infer"] == FAILURES_MAX + 1


async def test_a_figure_that_json_cannot_say_is_not_sent() -> None:
    async with asking() as one:
        session = await one.session()
        with pytest.raises(RunFailed, match="JSON"):
            await session.run({"x": np.array([[np.nan, 1]], dtype=np.float32)})
        assert not one.fake.asked


async def test_what_it_does_not_serve_any_more_is_told() -> None:
    async with asking() as one:
        assert await what_lacks(one.server, [KEY]) == ""
        one.fake.fault = Fault.UNSERVED
        assert "double/1" in await what_lacks(one.server, [KEY])
    assert "no answer" in await what_lacks(one.server, [KEY])
    await one.server.stop()


async def test_callers_at_once_get_an_answer_each() -> None:
    async with asking() as one:
        session = await one.session()
        found = await asyncio.gather(*(session.run(GIVEN) for _ in range(20)))
        assert len(found) == one.fake.asked["infer"] == 20
        for each in found:
            np.testing.assert_array_equal(each["y"], WANTED)


@dataclass(slots=True)
class MissingEngine(OwnEngine):
    """An engine that this machine does not have."""

    async def open(self, content: bytes, facts: ModelFacts) -> OwnEngine:
        raise EngineMissing("there is no GPU")


async def test_an_engine_that_is_not_here_at_all_is_no_fall_back() -> None:
    told: list[tuple[str, str]] = []
    own = OwnEngine()
    async with asking(Fault.BROKEN) as one:
        chain = EngineChain(
            KEY,
            Examined(facts=FACTS, content=b""),
            engines=(RemoteEngine(one.server, KEY), MissingEngine(name="cuda"), own),
            run_s_max=5.0,
            told=ModelObserver(fell_back=lambda _, failed, to, __: told.append((failed, to))),
        )
        await chain.start()
        await chain.run(GIVEN)
        assert (chain.engine, chain.fell_back) == ("cpu", 1)
        assert [failed for failed, _ in told] == ["remote"]
