"""The measurements that `make gpu` takes are real ones: tried here on the host's engines."""

from dataclasses import dataclass

import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine, OnnxSession
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import ReferenceEngine
from domain.inference.model import ModelFacts
from domain.inference.tensors import Arrays
from tests.contracts.inference import same
from tests.gpu.bench import beside, told
from tests.gpu.bert_shaped import Size, bert_shaped, texts

SMALL = Size(layers=1, width=16, heads=2, words=40, places=12)


async def test_the_model_is_the_same_for_the_standard_and_its_rows_are_independent() -> None:
    found = await OnnxExaminer().examine(bert_shaped(SMALL))
    assert found.facts.single == ""
    cpu = await OnnxCpuEngine().open(found.content, found.facts)
    reference = await ReferenceEngine().open(found.content, found.facts)
    given = texts(SMALL, rows=3, seed=2)
    ran = await cpu.run(given)
    same(ran, await reference.run(given))
    assert ran["logits"].std() > 0.01
    await reference.close()


async def test_one_engine_is_measured_beside_another_and_the_goal_told() -> None:
    row = await beside(OnnxCpuEngine(), ReferenceEngine(), goal=0.0, size=SMALL, turns=2, runs=1)
    assert (row.name, row.reference_name, row.met) == ("bert_32_cpu", "reference", True)
    assert row.ours > 0
    assert told(row).endswith("(goal 0.0): met")


@dataclass(frozen=True, slots=True)
class Turned:
    """An engine, and its session, that says the opposite of the CPU's."""

    session: OnnxSession | None = None
    name: str = "turned"

    async def open(self, content: bytes, facts: ModelFacts) -> "Turned":
        return Turned(await OnnxCpuEngine().open(content, facts))

    async def run(self, inputs: Arrays, *, timeout_s: float = 5.0) -> Arrays:
        assert self.session is not None
        found = await self.session.run(inputs, timeout_s=timeout_s)
        return {name: -one for name, one in found.items()}

    async def close(self) -> None:
        """Nothing is held."""


async def test_engines_that_differ_are_not_measured() -> None:
    with pytest.raises(AssertionError, match="Mismatched elements"):
        await beside(Turned(), OnnxCpuEngine(), goal=0.0, size=SMALL, turns=1, runs=1)
