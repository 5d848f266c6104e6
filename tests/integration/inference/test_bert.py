"""A BERT that was trained here says on every engine what numpy says, and tells tones apart."""

from pathlib import Path

import numpy as np
import pytest

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import ReferenceEngine
from domain.inference.batches import split as apart
from domain.inference.batches import stacked
from domain.inference.tensors import Arrays
from ports.inference import Engine
from tests.contracts.inference import same
from tests.integration.inference.bert import LABELS, bert, encoded, forward, split, trained
from tests.integration.inference.models import bytes_of
from tests.integration.sentiment.bert import write_folder
from tests.integration.sentiment.test_model_scorer import scorer_of

pytestmark = pytest.mark.timeout(240)


def wanted(given: Arrays) -> Arrays:
    return {"logits": forward(trained(), given).astype(np.float32)}


@pytest.mark.parametrize("engine", [OnnxCpuEngine(), ReferenceEngine()], ids=["cpu", "reference"])
async def test_every_engine_says_what_numpy_says_of_rows_together_padded_and_shuffled(
    engine: Engine,
) -> None:
    examined = await OnnxExaminer().examine(bytes_of(bert()))
    assert examined.facts.single == ""
    session = await engine.open(examined.content, examined.facts)
    texts = [text for text, _ in split()[1]][:32]
    given = encoded(texts)
    whole = wanted(given)
    same(await session.run(given), whole)
    # Longer rows are filled up, and what fills them up says nothing.
    same(await session.run(encoded(texts, length=20)), whole)
    order = np.random.default_rng(1).permutation(len(texts))
    shuffled = await session.run({name: one[order] for name, one in given.items()})
    same(shuffled, {"logits": whole["logits"][order]})
    alone = [encoded([text]) for text in texts[:8]]
    parts = apart(await session.run(stacked(alone)), [1] * len(alone))
    for one, part in zip(alone, parts, strict=True):
        same(await session.run(one), part)
    await session.close()


def test_it_tells_the_tone_of_sentences_that_it_has_not_seen() -> None:
    unseen = split()[1]
    told = forward(trained(), encoded([text for text, _ in unseen])).argmax(-1)
    assert len(unseen) > 50
    assert np.mean(told == [label for _, label in unseen]) >= 0.95


async def test_as_a_folder_it_scores_texts(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "bert", content=bytes_of(bert()), labels=LABELS)
    texts = ["The profit rose at the factory", "The debt grew in Geneva", "A meeting in Geneva"]
    async with scorer_of(folder) as scorer:
        scores = await scorer.score(texts)
    assert [one.label for one in scores] == list(LABELS)
