"""A FinBERT-like folder scores texts as numpy does, whatever its labels, or is refused by name."""

import hashlib
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tokenizers.implementations.bert_wordpiece import BertWordPieceTokenizer

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.text_model.folder import TextModelFolder
from adapters.memory.time import ManualClock
from application.inference.observer import ModelObserver
from application.sentiment import model_scorer
from application.sentiment.model_scorer import RETRY_S, ModelScorer
from domain.sentiment.lexicon import Tone, ToneScore
from ports.inference import Engine, ModelSession
from ports.sentiment import ScorerUnavailable
from tests import builders
from tests.integration.inference.models import bytes_of, mlp
from tests.integration.sentiment.bert import (
    ORDERS,
    PLACES,
    SPOKEN,
    WORDS,
    graph,
    shares_by_numpy,
    write_folder,
)

TEXTS = (
    "Profit rose.",
    "The costs fell, and sales grew at the factory!",
    "",
    "Unheard words",
    "A meeting in Geneva",
)
MIB = 2**20


class Watched:
    """The CPU's engine, and the shapes of what it was asked."""

    name = "cpu"

    def __init__(self) -> None:
        self.engine = OnnxCpuEngine()
        self.shapes: list[tuple[int, ...]] = []

    async def open(self, content: bytes, facts: Any) -> ModelSession:
        session, shapes = await self.engine.open(content, facts), self.shapes

        class Session:
            async def run(self, inputs: Any, *, timeout_s: float = 5.0) -> Any:
                shapes.append(inputs["input_ids"].shape)
                return await session.run(inputs, timeout_s=timeout_s)

            async def close(self) -> None:
                await session.close()

        return Session()


@asynccontextmanager
async def scorer_of(
    folder: Path, *, engine: Engine | None = None, clock: ManualClock | None = None
) -> AsyncIterator[ModelScorer]:
    """Open a scorer of a folder."""
    scorer = ModelScorer(
        name=folder.name,
        models=TextModelFolder(folder=folder, bytes_max=64 * MIB),
        examiner=OnnxExaminer(),
        engines=[engine or OnnxCpuEngine()],
        run_s_max=60.0,
        clock=clock or ManualClock(builders.AT),
        observer=ModelObserver(),
    )
    try:
        yield scorer
    finally:
        await scorer.stop()


def ids_of(folder: Path, text: str) -> list[int]:
    """Return a text's numbers by the library's own reader of vocab.txt."""
    ids: list[int] = BertWordPieceTokenizer(str(folder / "vocab.txt")).encode(text).ids
    return ids


def shares(one: ToneScore) -> tuple[float, float, float]:
    """Return a score's shares."""
    return (one.positive, one.negative, one.neutral)


@pytest.mark.parametrize("labels", ORDERS)
async def test_labels_of_any_order_are_read_as_numpy_does(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    folder = write_folder(tmp_path / "model", labels=labels)
    async with scorer_of(folder) as scorer:
        found = await scorer.score(TEXTS)
    places = [[one.lower() for one in labels].index(tone) for tone in Tone]
    for text, one in zip(TEXTS, found, strict=True):
        told = shares_by_numpy(ids_of(folder, text))
        assert shares(one) == pytest.approx(tuple(told[places]), abs=1e-5)
        assert one.tone == labels[int(np.argmax(told))].lower()
        assert not one.truncated


async def test_which_model_it_is_is_known_once_it_was_loaded(tmp_path: Path) -> None:
    async with scorer_of(write_folder(tmp_path / "model")) as scorer:
        assert (scorer.name, scorer.version) == ("model", "")
        await scorer.score(TEXTS)
        assert scorer.version == f"sha256:{hashlib.sha256(graph()).hexdigest()}"


async def test_a_tokenizer_file_reads_as_the_words_alone_do(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    async with scorer_of(folder) as scorer:
        alone = await scorer.score(TEXTS)
    whole = BertWordPieceTokenizer(str(folder / "vocab.txt"))
    # What a file says of lengths is not what the model takes.
    whole.enable_truncation(3)
    whole.enable_padding(length=64)
    whole.save(str(folder / "tokenizer.json"))
    (folder / "vocab.txt").unlink()
    async with scorer_of(folder) as scorer:
        assert await scorer.score(TEXTS) == alone


async def test_capitals_count_where_the_folder_says_so(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    async with scorer_of(folder) as scorer:
        large, small, unknown = await scorer.score(["Profit", "profit", "Xyz"])
    assert large == unknown != small


async def test_two_thousand_words_are_scored_by_sentence(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    random = np.random.default_rng(5)
    sentences = [" ".join(random.choice(SPOKEN, 10)) + "." for _ in range(200)]
    async with scorer_of(folder) as scorer:
        whole, *alone = await scorer.score([" ".join(sentences), *sentences])
    assert not whole.truncated
    lengths = [len(ids_of(folder, one)) for one in sentences]
    mean = np.average([shares(one) for one in alone], axis=0, weights=lengths)
    assert shares(whole) == pytest.approx(tuple(mean), abs=1e-9)


async def test_what_is_not_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "model")
    endless = "profit " * 2_000
    monkeypatch.setattr(model_scorer, "SENTENCES_MAX", 3)
    async with scorer_of(folder) as scorer:
        cut, kept, many = await scorer.score(
            [endless, "profit " * (PLACES - 2), "Profit rose at the factory. " * 10]
        )
    assert (cut.truncated, kept.truncated, many.truncated) == (True, False, True)
    # The beginning and the end mark: what fits.
    assert shares(cut) == pytest.approx(shares(kept), abs=1e-6)


@pytest.mark.parametrize(
    "inputs",
    [
        ("input_ids",),
        ("input_ids", "attention_mask"),
        ("attention_mask", "token_type_ids", "input_ids"),
    ],
)
async def test_only_what_a_graph_names_is_given_to_it(
    tmp_path: Path, inputs: tuple[str, ...]
) -> None:
    folder = write_folder(tmp_path / "model", content=graph(inputs=inputs))
    engine = Watched()
    async with scorer_of(folder, engine=engine) as scorer:
        await scorer.load()
        engine.shapes.clear()
        found = await scorer.score(TEXTS)
        alone = [(await scorer.score([one]))[0] for one in TEXTS]
    for one, other in zip(found, alone, strict=True):
        assert shares(one) == pytest.approx(shares(other), abs=1e-5)
    # Without a mask, what fills a row up would be read.
    together = engine.shapes[0][0]
    assert together == (len(TEXTS) if "attention_mask" in inputs else 1)


async def test_rows_of_a_graph_that_mixes_them_are_asked_one_by_one(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model", content=graph(mixed=True))
    engine = Watched()
    async with scorer_of(folder, engine=engine) as scorer:
        await scorer.load()
        engine.shapes.clear()
        await scorer.score(TEXTS)
    assert {rows for rows, _ in engine.shapes} == {1}


async def test_batches_go_by_length_and_change_no_score(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "model")
    random = np.random.default_rng(7)
    texts = [" ".join(random.choice(SPOKEN, many)) for many in random.integers(1, 20, 200)]
    engine = Watched()
    async with scorer_of(folder, engine=engine) as scorer:
        await scorer.load()
        engine.shapes.clear()
        found = await scorer.score(texts)
    for text, one in zip(texts, found, strict=True):
        told = shares_by_numpy(ids_of(folder, text))
        assert shares(one) == pytest.approx(tuple(told), abs=1e-5)
    assert [rows for rows, _ in engine.shapes] == [32] * 6 + [8]
    assert engine.shapes == sorted(engine.shapes, key=lambda one: one[1])


def _write(name: str, content: bytes | str) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        raw = content.encode() if isinstance(content, str) else content
        (folder / name).write_bytes(raw)

    return write


def _config(**more: Any) -> Callable[[Path], object]:
    def write(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), **more}))

    return write


def _without(name: str, *, beside: str = "") -> Callable[[Path], object]:
    def take(folder: Path) -> None:
        (folder / name).unlink()
        if beside:
            (folder / beside).write_bytes(b"\x80")

    return take


def _linked(folder: Path) -> None:
    (folder / "model.onnx").rename(folder.parent / "elsewhere.onnx")
    (folder / "model.onnx").symlink_to(folder.parent / "elsewhere.onnx")


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (_without("config.json"), "has no config.json"),
        (_write("config.json", "{"), "config.json is no JSON object"),
        (_write("config.json", "[" * 100_000), "config.json is no JSON object"),
        (_config(id2label={"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}), "id2label"),
        (_config(id2label={"0": "positive", "1": "negative"}), "id2label"),
        (_config(id2label={"0": "positive", "1": "positive", "2": "neutral"}), "id2label"),
        (_config(id2label=None), "id2label"),
        (_config(auto_map={"AutoModel": "own.Model"}), "asks for code of its own"),
        (_write("tokenizer_config.json", '{"auto_map": {"a": "b"}}'), "asks for code of its own"),
        (_write("own.py", "raise SystemExit"), r"holds code of its own \(own.py\)"),
        (_config(max_position_embeddings=None), "max_position_embeddings"),
        (_config(max_position_embeddings=2), "must be 3 at least"),
        (_config(vocab_size=5), "vocab_size"),
        (_without("model.onnx"), "has no model.onnx: export"),
        (_without("model.onnx", beside="pytorch_model.bin"), "pytorch_model.bin, which is not"),
        (_linked, "model.onnx cannot be read"),
        (_write("model.onnx", b"no graph"), "is no ONNX file"),
        (_write("model.onnx", bytes_of(mlp())), "must take input_ids"),
        (_without("vocab.txt"), "neither tokenizer.json nor vocab.txt"),
        (_write("vocab.txt", "\n".join(WORDS[3:])), "has no .UNK"),
        (_write("vocab.txt", b"\xff\xfe"), "not UTF-8"),
        (_write("tokenizer.json", "{}"), "tokenizer.json is none"),
    ],
)
async def test_a_folder_that_cannot_be_used_is_refused_by_name(
    tmp_path: Path, spoil: Callable[[Path], object], why: str
) -> None:
    folder = write_folder(tmp_path / "model")
    spoil(folder)
    async with scorer_of(folder) as scorer:
        with pytest.raises(ScorerUnavailable, match=why):
            await scorer.score(["Profit rose."])


async def test_a_folder_that_was_mended_is_looked_at_again_later(tmp_path: Path) -> None:
    clock = ManualClock(builders.AT)
    folder = write_folder(tmp_path / "model", content=b"no graph")
    async with scorer_of(folder, clock=clock) as scorer:
        with pytest.raises(ScorerUnavailable):
            await scorer.score(["Profit rose."])
        write_folder(folder)
        # Not with each question: a look takes a process of its own.
        with pytest.raises(ScorerUnavailable, match="no ONNX file"):
            await scorer.score(["Profit rose."])
        clock.advance(RETRY_S)
        assert len(await scorer.score(["Profit rose."])) == 1
