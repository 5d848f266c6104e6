"""Rows that were proven independent say together, padded and shuffled, what each says alone."""

import numpy as np
import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from domain.inference.batches import key_of, split, stacked
from domain.inference.tensors import Arrays
from tests.contracts.inference import rows, same
from tests.integration.inference.models import MODELS, bytes_of

POOL = 64
CASES = 2_500
INDEPENDENT = ("mlp", "embedding", "strings", "doubles")
assert CASES * len(INDEPENDENT) == 10_000

pytestmark = pytest.mark.timeout(240)


def taken(arrays: Arrays, places: list[int]) -> Arrays:
    return {name: one[places] for name, one in arrays.items()}


@pytest.mark.parametrize("name", INDEPENDENT)
async def test_rows_say_together_what_each_says_alone(name: str) -> None:
    examined = await OnnxExaminer().examine(bytes_of(MODELS[name]()))
    assert examined.facts.single == ""
    session = await OnnxCpuEngine().open(examined.content, examined.facts)
    random = np.random.default_rng(INDEPENDENT.index(name))
    pool, padding = rows(name, 1, POOL), rows(name, 2, POOL)
    alone = stacked([await session.run(taken(pool, [one])) for one in range(POOL)])
    for _ in range(CASES):
        # Requests of some rows each, in any order, with rows of others behind and between.
        requests = [
            random.integers(0, POOL, random.integers(1, 8)).tolist()
            for _ in range(random.integers(1, 5))
        ]
        parts, counts = [], []
        for request in requests:
            other = random.integers(0, POOL, random.integers(0, 4)).tolist()
            parts += [taken(pool, request), taken(padding, other)]
            counts += [len(request), len(other)]
        assert len({key_of(one) for one in parts}) == 1
        found = await session.run(stacked(parts))
        for request, part in zip(requests, split(found, counts)[::2], strict=True):
            same(part, taken(alone, request))
    await session.close()
