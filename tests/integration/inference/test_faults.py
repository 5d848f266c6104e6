"""Whatever an engine does in the middle of a batch, each request is answered once."""

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from adapters.compute.onnx.cpu import OnnxSession
from adapters.memory.inference import Endless, FunctionModel
from application.inference.queue import QueueRules
from application.inference.refusals import CannotRun, RanTooLong
from domain.inference.model import ModelFacts, ModelKey
from tests.unit.application.inference.models import Served, X, Y, row, serving, times

CALLERS = 100
# As ONNX Runtime says it of a GPU (onnxruntime/core/framework/bfc_arena.cc).
NO_MEMORY = (
    "[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Non-zero status code returned while running"
    " MatMul node. Status Message: bfc_arena.cc:376 onnxruntime::BFCArena::AllocateRawInternal"
    " Failed to allocate memory for requested buffer of size 4294967296"
)


@dataclass(slots=True)
class Card:
    """What ONNX Runtime gives as a session on a GPU, over a function; it may run out of memory."""

    fails: Callable[[int], bool]
    rows: list[int] = field(default_factory=list)

    name = "cuda"

    def run(self, names: list[str], given: dict[str, Any], options: Any) -> list[Any]:
        self.rows.append(len(given["x"]))
        if self.fails(len(self.rows)):
            raise RuntimeException(NO_MEMORY)
        return [given["x"] * np.float32(2)]

    async def open(self, content: bytes, facts: ModelFacts) -> OnnxSession:
        """Be an engine (port Engine) whose session is our own, over this."""
        return OnnxSession(self, ThreadPoolExecutor(2), outputs=["y"])


async def asked(served: Served) -> Counter[str]:
    """Ask for rows of their own from many callers at once; return what answered how often."""
    engines: Counter[str] = Counter()

    async def one(place: int) -> None:
        try:
            ran = await served.models.run("twice", row(float(place), 1 + place % 3))
        except (CannotRun, RanTooLong) as problem:
            engines[type(problem).__name__] += 1
            return
        np.testing.assert_array_equal(ran.outputs["y"], row(2.0 * place, 1 + place % 3)["x"])
        engines[ran.engine] += 1

    await asyncio.gather(*(one(place) for place in range(CALLERS)))
    assert engines.total() == CALLERS
    return engines


@pytest.mark.parametrize(
    "fails",
    [lambda _: True, lambda run: run == 1, lambda run: run % 2 == 0],
    ids=["always", "in the first batch", "every other time"],
)
async def test_a_card_without_memory_loses_no_request(fails: Callable[[int], bool]) -> None:
    card = Card(fails)
    served = serving({"twice/1": times(2)}, accelerators=[card])
    await served.models.load(ModelKey("twice", "1"))
    await asked(served)
    assert max(card.rows) > 3
    [shown] = served.models.served()
    assert shown.figures.requests == CALLERS
    assert (shown.figures.failed, shown.figures.waiting) == (0, 0)
    failed = sum(fails(one + 1) for one in range(len(card.rows)))
    assert (shown.figures.fell_back, len(served.fell_back)) == (failed, failed)
    assert "Failed to allocate memory" in served.fell_back[0][3]
    await served.models.stop()


async def test_where_the_card_alone_may_run_it_each_is_told_what_it_said() -> None:
    served = serving({"twice/1": times(2)}, accelerators=[Card(lambda _: True)], require="cuda")
    await served.models.load(ModelKey("twice", "1"))
    with pytest.raises(CannotRun, match=r"cuda: .*Failed to allocate memory"):
        await served.models.run("twice", row(1.0))
    assert await asked(served) == {"CannotRun": CALLERS}
    await served.models.stop()


async def test_an_engine_that_fails_in_mid_batch_is_followed_by_the_next() -> None:
    served = serving({"twice/1": times(2)})
    # It takes a batch and fails those with the row of one caller, as bad data would have it.
    served.cpu.fails = lambda given: bool((given["x"] == 7).any())
    await served.models.load(ModelKey("twice", "1"))
    served.cpu.runs.clear()
    await asked(served)
    [shown] = served.models.served()
    assert (shown.figures.requests, shown.figures.failed) == (CALLERS, 0)
    assert max(served.cpu.runs) > 3
    assert served.fell_back
    served.reference.fails = served.cpu.fails
    assert (await asked(served))["CannotRun"] == 1
    await served.models.stop()


async def test_an_engine_that_hangs_costs_its_time_and_answers_each_that_it_was_too_long() -> None:
    def run(given: Any) -> Any:
        if (given["x"] == 7).any():
            raise Endless
        return {"y": given["x"] * np.float32(2)}

    model = FunctionModel(run=run, inputs=X, outputs=Y)
    rules = QueueRules(rows_max=8)
    served = serving({"twice/1": model}, run_s_max=0.05, queue=rules)
    await served.models.load(ModelKey("twice", "1"))
    engines = await asked(served)
    assert engines["RanTooLong"] == 1
    assert engines["cpu"] == CALLERS - 1
    await served.models.stop()
