"""256 texts of mixed length through a FinBERT-like model: together, and one by one.

Together they are sorted by length and run in batches of like length, as a question of 256 texts
is; one by one each is a question of its own. Both go through the scorer and the same session of
ONNX Runtime, tokens and all. The model is the small one that the tests build from seeds, so what
is measured is what each run costs besides its arithmetic: a model of hundreds of units is bound by
that, and on one thread gains nothing by batches.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import uvloop

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.text_model.folder import TextModelFolder
from adapters.system.time import SystemClock
from application.inference.observer import ModelObserver
from application.sentiment.model_scorer import ModelScorer
from bench.rows import Better, Row, compare
from bench.stats import interleave
from domain.sentiment.lexicon import ToneScore
from tests.integration.sentiment.bert import PLACES, SPOKEN, write_folder

TURNS = 5
PASSES = 3
TEXTS = 256
OVER_SINGLES = 2.0
_MEBIBYTE = 2**20
_SAME = 1e-5


def measure() -> list[Row]:
    """Measure texts per second both ways."""
    with TemporaryDirectory() as place:
        folder = write_folder(Path(place) / "model")
        together, singles = interleave(
            lambda: uvloop.run(_scored(folder, together=True)),
            lambda: uvloop.run(_scored(folder, together=False)),
            repeats=TURNS,
        )
    return [
        compare(
            name="texts",
            unit="1/s",
            better=Better.HIGHER,
            ours=together,
            reference=singles,
            reference_name="one by one",
            goal=OVER_SINGLES,
        )
    ]


def _texts() -> Sequence[str]:
    """Return texts of one word up to as many as the model reads at once."""
    drawn = random.Random(9)  # noqa: S311 - no secret comes of it
    return [" ".join(drawn.choices(SPOKEN, k=drawn.randint(1, PLACES - 2))) for _ in range(TEXTS)]


async def _scored(folder: Path, *, together: bool) -> float:
    scorer = ModelScorer(
        name=folder.name,
        models=TextModelFolder(folder=folder, bytes_max=64 * _MEBIBYTE),
        examiner=OnnxExaminer(),
        engines=[OnnxCpuEngine(threads=1)],
        run_s_max=60.0,
        clock=SystemClock(),
        observer=ModelObserver(),
    )
    texts = _texts()
    try:
        await scorer.load()
        # Once before, the other way round: what is compared is the same to the last figure.
        expected = await _ask(scorer, texts, together=not together)
        found = await _ask(scorer, texts, together=together)
        begun = perf_counter()
        for _ in range(PASSES):
            found = await _ask(scorer, texts, together=together)
        seconds = (perf_counter() - begun) / PASSES
    finally:
        await scorer.stop()
    if any(
        abs(one.score - other.score) > _SAME for one, other in zip(found, expected, strict=True)
    ):
        raise AssertionError("texts score otherwise together than alone")
    return len(texts) / seconds


async def _ask(scorer: ModelScorer, texts: Sequence[str], *, together: bool) -> Sequence[ToneScore]:
    if together:
        return await scorer.score(texts)
    return [one for text in texts for one in await scorer.score([text])]
