"""Where nodes of a model really run is told, and a session that is wholly elsewhere is refused."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.cuda import OnnxCudaEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.placement import nodes_of, why_elsewhere
from adapters.compute.onnx.session import session_of
from adapters.memory.inference import MemoryEngine
from application.inference.refusals import CannotServe
from domain.inference.model import ModelFacts, ModelKey
from ports.inference import ModelRefused, ModelSession
from tests.integration.inference.models import MODELS, bytes_of
from tests.unit.application.inference.models import Failing, row, serving, times

MIXED = {"cuda": 10, "cpu": 2}


def told(**by_provider: int) -> Any:
    """Return a session that tells of so many nodes, in the words of ONNX Runtime."""
    parts = [
        SimpleNamespace(
            ep_name=f"{name.upper()}ExecutionProvider", get_nodes=lambda count=count: [0] * count
        )
        for name, count in by_provider.items()
    ]
    return SimpleNamespace(get_provider_graph_assignment_info=lambda: parts)


def test_nodes_of_a_session_are_counted_by_onnx_runtime_itself() -> None:
    assert nodes_of(session_of(bytes_of(MODELS["mlp"]()))) == {"cpu": 3}
    assert nodes_of(told(**MIXED)) == MIXED
    # One of before it could tell.
    assert nodes_of(object()) == {}


@pytest.mark.parametrize(
    ("nodes", "asked", "why"),
    [
        ({"cpu": 3}, "cpu", ""),
        ({}, "cuda", ""),
        (MIXED, "cuda", ""),
        ({"cpu": 12}, "cuda", "none of its 12 nodes would run on cuda: 12 on cpu"),
        (
            {"cuda": 0, "cpu": 2},
            "cuda",
            "none of its 2 nodes would run on cuda: 2 on cpu, 0 on cuda",
        ),
    ],
)
def test_a_session_that_is_wholly_elsewhere_is_named(
    nodes: dict[str, int], asked: str, why: str
) -> None:
    assert why_elsewhere(nodes, asked=asked) == why


async def test_the_cpu_engine_tells_where_its_nodes_run() -> None:
    found = await OnnxExaminer().examine(bytes_of(MODELS["mlp"]()))
    session = await OnnxCpuEngine().open(found.content, found.facts)
    assert session.nodes == {"cpu": 3}


async def test_a_gpus_session_that_fell_to_the_cpu_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """ONNX Runtime says that CUDA is there, and gives it nothing to do."""
    import onnxruntime

    cuda = "CUDAExecutionProvider"
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [cuda])
    monkeypatch.setattr(onnxruntime, "preload_dlls", lambda: None)
    found = await OnnxExaminer().examine(bytes_of(MODELS["mlp"]()))
    sessions = [told(cpu=3), told(cuda=3)]
    for one in sessions:
        one.get_providers = lambda: [cuda, "CPUExecutionProvider"]
    monkeypatch.setattr("adapters.compute.onnx.cuda.session_of", lambda *_, **__: sessions.pop(0))
    with pytest.raises(ModelRefused, match="none of its 3 nodes would run on cuda: 3 on cpu"):
        await OnnxCudaEngine().open(found.content, found.facts)
    assert (await OnnxCudaEngine().open(found.content, found.facts)).nodes == {"cuda": 3}


@dataclass(slots=True)
class Placed(Failing):
    """An engine whose sessions tell where their nodes run."""

    nodes: Any = None

    async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
        session: Any = await Failing.open(self, content, facts)
        return PlacedSessionOf(session, self.nodes)


@dataclass(slots=True)
class PlacedSessionOf:
    """Another's session, and where its nodes run."""

    session: Any
    nodes: Any

    async def run(self, inputs: Any, *, timeout_s: float = 5.0) -> Any:
        return await self.session.run(inputs, timeout_s=timeout_s)

    async def close(self) -> None:
        await self.session.close()


async def test_nodes_that_run_elsewhere_than_asked_are_told() -> None:
    twice = times(2)
    cuda = Placed(MemoryEngine(models={b"m/1": twice}, name="cuda"), nodes=MIXED)
    served = serving({"m/1": twice}, accelerators=[cuda])
    one = await served.models.load(ModelKey("m", "1"))
    assert (one.engine, one.nodes) == ("cuda", MIXED)
    assert one.without == "cuda: 2 of 12 nodes run on cpu"
    # What ran last tells of itself: those of the other say nothing.
    cuda.fails = lambda _: True
    await served.models.run("m", row(1))
    [now] = served.models.served()
    assert (now.engine, now.nodes) == ("cpu", {})


async def test_a_required_engine_that_is_elsewhere_is_not_stood_in_for() -> None:
    @dataclass(frozen=True, slots=True)
    class Elsewhere:
        name: str = "cuda"

        async def open(self, content: bytes, facts: ModelFacts) -> ModelSession:
            raise ModelRefused(why_elsewhere({"cpu": 2}, asked="cuda"))

    served = serving({"m/1": times(2)}, accelerators=[Elsewhere()], require="cuda")
    with pytest.raises(CannotServe, match="none of its 2 nodes would run on cuda"):
        await served.models.load(ModelKey("m", "1"))
