"""What every engine promises, on models whose weights are drawn from seeds."""

import contextlib
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from domain.inference.tensors import Array, Arrays, TensorSequence
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused, ModelSession, RunFailed, RunOverdue
from tests.contracts.contract import Contract

IN, HIDDEN, OUT, WORDS = 32, 64, 3, 50
Open = Callable[[str], Awaitable[ModelSession]]


def drawn(seed: int, *shape: int) -> Array:
    """Draw weights or rows: the same for the same seed."""
    return np.random.default_rng(seed).normal(0, 0.5, shape).astype(np.float32)


@dataclass(frozen=True)
class Weights:
    """The weights of the models below."""

    w1 = drawn(1, IN, HIDDEN)
    b1 = drawn(2, HIDDEN)
    w2 = drawn(3, HIDDEN, OUT)
    b2 = drawn(4, OUT)
    table = drawn(5, WORDS, 8)
    double = drawn(6, 4, 4).astype(np.float64)


def mlp(given: Arrays) -> Arrays:
    """Two layers with a ReLU between them."""
    hidden = np.maximum(given["x"] @ Weights.w1 + Weights.b1, 0)
    return {"y": hidden @ Weights.w2 + Weights.b2}


def embedding(given: Arrays) -> Arrays:
    """The mean of the rows of a table; raises IndexError beyond it."""
    return {"y": Weights.table[given["ids"]].mean(axis=1, dtype=np.float32)}


def strings(given: Arrays) -> Arrays:
    """Which texts say profit."""
    return {"y": given["texts"] == "profit"}


def mixing(given: Arrays) -> Arrays:
    """A softmax over the rows: each depends on all."""
    e = np.exp(given["x"] - given["x"].max(axis=0, keepdims=True))
    return {"y": e / e.sum(axis=0, keepdims=True)}


def doubles(given: Arrays) -> Arrays:
    """A product in double precision."""
    return {"y": given["x"] @ Weights.double}


def sequences(given: Arrays) -> Arrays:
    """A list that is longer by one, its rows on top of each other, and a list of two."""
    longer: list[Array] = [*given["s"], given["x"]]
    whole = np.concatenate(longer)
    return {
        "longer": TensorSequence.of(longer),
        "y": whole,
        "pair": TensorSequence.of([given["x"], whole]),
    }


FUNCTIONS: Mapping[str, Callable[[Arrays], Arrays]] = {
    "mlp": mlp,
    "embedding": embedding,
    "strings": strings,
    "mixing": mixing,
    "doubles": doubles,
    "sequences": sequences,
}
# Never ends while the input is true.
ENDLESS = "endless"


def rows(name: str, seed: int, count: int) -> Arrays:
    """Draw rows for a model."""
    random = np.random.default_rng(seed)
    match name:
        case "mlp":
            return {"x": random.normal(0, 1, (count, IN)).astype(np.float32)}
        case "embedding":
            return {"ids": random.integers(0, WORDS, (count, 6))}
        case "strings":
            texts = np.array(["profit", "loss", "Verlust €", ""], dtype=object)
            return {"texts": texts[random.integers(0, 4, (count, 2))]}
        case "mixing":
            return {"x": random.normal(0, 1, (count, 4)).astype(np.float32)}
        case "sequences":
            tensors: list[Array] = [
                random.normal(0, 1, (random.integers(1, 5), 4)).astype(np.float32)
                for _ in range(count - 1)
            ]
            return {
                "s": TensorSequence.of(tensors),
                "x": random.normal(0, 1, (count, 4)).astype(np.float32),
            }
        case _:
            return {"x": random.normal(0, 1, (count, 4))}


def same(found: Arrays, wanted: Arrays, *, tolerance: float = 1e-5) -> None:
    """Assert that two outputs are the same."""
    assert found.keys() == wanted.keys()
    for name, one in wanted.items():
        if isinstance(one, TensorSequence):
            told = found[name]
            assert isinstance(told, TensorSequence)
            assert len(told) == len(one)
            for pair in zip(told, one, strict=True):
                same({name: pair[0]}, {name: pair[1]}, tolerance=tolerance)
            continue
        if one.dtype.kind == "f":
            np.testing.assert_allclose(found[name], one, rtol=tolerance, atol=tolerance)
        else:
            np.testing.assert_array_equal(found[name], one)
        assert found[name].dtype == one.dtype


class EngineContract(Contract):
    """Subclasses give `opened`, which opens one of the models above by its name."""

    # A GPU sums in another order, and in TF32 where it has it.
    tolerance = 1e-5
    # What it has no kind of figure for: opened, these are refused, and go on to the next engine.
    refuses: frozenset[str] = frozenset()
    # Whether what lies beyond a table fails a run, or is anything at all.
    checks_range = True

    @pytest.fixture
    @abstractmethod
    def opened(self) -> Open: ...

    @pytest.mark.parametrize("name", FUNCTIONS)
    async def test_it_gives_what_numpy_gives(self, opened: Open, name: str) -> None:
        if name in self.refuses:
            with pytest.raises(ModelRefused):
                await opened(name)
            return
        session = await opened(name)
        for seed, count in enumerate((1, 2, 7, 32)):
            given = rows(name, seed, count)
            same(await session.run(given), FUNCTIONS[name](given), tolerance=self.tolerance)

    async def test_an_empty_sequence_is_one_and_of_several_datatypes_there_is_none(
        self, opened: Open
    ) -> None:
        session = await opened("sequences")
        given = rows("sequences", 9, 1)
        assert len(given["s"]) == 0
        same(await session.run(given), sequences(given), tolerance=self.tolerance)
        mixed: list[Array] = [np.zeros((1, 4), np.float32), np.zeros((1, 4))]
        with pytest.raises(InvalidValue, match="must be of one datatype: FP32 stands before FP64"):
            TensorSequence.of(mixed)
        # What the model does not take is refused by the engine, where nobody looked before.
        with pytest.raises(RunFailed):
            await session.run({"s": TensorSequence.of(mixed[1:]), "x": given["x"]})

    async def test_inputs_that_it_cannot_run_fail_and_the_next_run_does_not(
        self, opened: Open
    ) -> None:
        session = await opened("embedding")
        beyond = {"ids": np.array([[WORDS + 1] * 6])}
        if self.checks_range:
            with pytest.raises(RunFailed):
                await session.run(beyond)
        else:
            with contextlib.suppress(RunFailed):
                await session.run(beyond)
        given = rows("embedding", 1, 3)
        same(await session.run(given), embedding(given), tolerance=self.tolerance)

    async def test_an_endless_run_is_ended_and_the_next_run_is_not(self, opened: Open) -> None:
        session = await opened(ENDLESS)
        with pytest.raises(RunOverdue):
            await session.run({"goes_on": np.array(True)}, timeout_s=0.3)
        found = await session.run({"goes_on": np.array(False)})
        assert found["count"].tolist() == 1

    async def test_a_closed_session_runs_nothing_stale(self, opened: Open) -> None:
        session = await opened("mlp")
        given = rows("mlp", 1, 1)
        same(await session.run(given), mlp(given), tolerance=self.tolerance)
        await session.close()
        await session.close()
