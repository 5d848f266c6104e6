"""The engine in memory keeps the promises of engines."""

import numpy as np
import pytest

from adapters.memory.inference import Endless, FunctionModel, MemoryEngine
from domain.inference.tensors import SEQUENCE, Arrays, ElementSpec, TensorSequence, TensorSpec
from ports.inference import ModelSession
from tests.contracts.inference import ENDLESS, FUNCTIONS, EngineContract, Open, rows


def endless(given: Arrays) -> Arrays:
    """Count once, or for ever."""
    if given["goes_on"]:
        raise Endless
    return {"count": np.array(1)}


def function_model(name: str) -> FunctionModel:
    """Return a function of the contract as a model."""
    run = FUNCTIONS.get(name, endless)
    if name == ENDLESS:
        inputs: Arrays = {"goes_on": np.array(False)}
    else:
        inputs = rows(name, 0, 1)
    datatypes = {"f4": "FP32", "f8": "FP64", "i8": "INT64", "O": "BYTES", "b1": "BOOL"}

    def specs(arrays: Arrays) -> tuple[TensorSpec, ...]:
        return tuple(
            TensorSpec(one, SEQUENCE, (None,), ElementSpec("FP32", (None, 4)))
            if isinstance(array, TensorSequence)
            else TensorSpec(one, datatypes[array.dtype.str[1:]], (None, *array.shape[1:]))
            if array.ndim
            else TensorSpec(one, datatypes[array.dtype.str[1:]], ())
            for one, array in arrays.items()
        )

    return FunctionModel(run=run, inputs=specs(inputs), outputs=specs(run(inputs)))


class TestMemoryEngine(EngineContract):
    @pytest.fixture
    def opened(self) -> Open:
        async def open_one(name: str) -> ModelSession:
            engine = MemoryEngine(models={name.encode(): function_model(name)})
            found = await engine.examine(name.encode())
            assert found.facts.single == (
                {
                    "mixing": "rows of 'y' change with the rows beside them",
                    "sequences": "'s' is a sequence: it has no rows",
                    ENDLESS: "the first axis of 'goes_on' is not of any length",
                }.get(name, "")
            )
            return await engine.open(found.content, found.facts)

        return open_one
