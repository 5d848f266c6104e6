"""A model of tone is fetched from a hub into a folder that is served, or nothing is left there."""

import asyncio
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from domain.sentiment.lexicon import ToneScore
from tests.fakes.hub import COMMIT, REPOSITORY, FakeHub
from tests.integration.bootstrap.processes import Done, ballast
from tests.integration.sentiment.bert import graph, write_folder
from tests.integration.sentiment.test_model_scorer import scorer_of

pytestmark = pytest.mark.timeout(240)
MODEL = f"{REPOSITORY}@{COMMIT}"
OTHERS = {"pytorch_model.bin": b"\x80", "own.py": b"raise SystemExit\n", "README.md": b"# tone\n"}


def laid_out(folder: Path, **others: bytes) -> dict[str, bytes]:
    """Return what a repository holds: the graph in a folder, the words alone, and more."""
    write_folder(folder)
    files = {one.name: one.read_bytes() for one in folder.iterdir()}
    files["onnx/model.onnx"] = files.pop("model.onnx")
    return {**files, **OTHERS, **others}


def add(place: Path, hub: FakeHub, *arguments: str, **more: str) -> Done:
    return ballast(
        place / "var", "sentiment", "add", *arguments, BALLAST_INFERENCE_HUB_URL=hub.url, **more
    )


async def tones(folder: Path) -> Sequence[ToneScore]:
    async with scorer_of(folder) as scorer:
        return await scorer.score(["Profit rose.", "Costs fell at the factory."])


def there(place: Path) -> list[str]:
    return sorted(one.name for one in place.iterdir() if one.name not in ("var", "said", "state"))


def test_a_repository_at_a_commit_scores_texts(tmp_path: Path) -> None:
    files = laid_out(tmp_path / "said")
    with FakeHub(files, frozenset({"onnx/model.onnx"})) as hub:
        added = add(tmp_path, hub, MODEL, str(tmp_path / "tone"))
    assert added.returncode == 0, added.stderr
    assert hashlib.sha256(graph()).hexdigest() in added.stdout
    assert f"BALLAST_SENTIMENT_MODEL={tmp_path / 'tone'}" in added.stdout
    assert "not in the audit trail" in added.stderr
    kept = [one for one in (tmp_path / "tone").rglob("*") if one.is_file()]
    names = sorted(str(one.relative_to(tmp_path / "tone")) for one in kept)
    assert names == ["config.json", "onnx/model.onnx", "vocab.txt"]
    assert there(tmp_path) == ["tone"]
    assert asyncio.run(tones(tmp_path / "tone")) == asyncio.run(tones(tmp_path / "said"))


@pytest.mark.parametrize(
    ("model", "spoilt", "said"),
    [
        (REPOSITORY, {}, "names no commit"),
        (f"{REPOSITORY}@main", {}, "branches, tags and short commits"),
        (f"{REPOSITORY}@{'a' * 40}", {}, "has no such commit"),
        (MODEL, {"onnx/model.onnx": b"no graph"}, "is no ONNX file"),
        (MODEL, {"config.json": b'{"auto_map": {"A": "own.A"}}'}, "asks for code of its own"),
        (MODEL, {"config.json": json.dumps({"id2label": {"0": "LABEL_0"}}).encode()}, "id2label"),
    ],
)
def test_what_cannot_be_served_is_not_laid_down(
    tmp_path: Path, model: str, spoilt: dict[str, bytes], said: str
) -> None:
    with FakeHub(laid_out(tmp_path / "said", **spoilt)) as hub:
        added = add(tmp_path, hub, model, str(tmp_path / "tone"))
    assert added.returncode == 2
    assert said in added.stderr
    assert there(tmp_path) == []


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        ("config.json", "has no config.json"),
        ("vocab.txt", "has no tokenizer.json and no vocab.txt"),
        ("onnx/model.onnx", "take a repository that carries an ONNX file"),
    ],
)
def test_a_repository_that_lacks_a_part_is_named_with_it(
    tmp_path: Path, gone: str, said: str
) -> None:
    files = laid_out(tmp_path / "said")
    del files[gone]
    with FakeHub(files) as hub:
        added = add(tmp_path, hub, MODEL, str(tmp_path / "tone"))
        assert not [one for one in hub.asked if "/resolve/" in one]
    assert (added.returncode, said in added.stderr) == (2, True)
    assert there(tmp_path) == []


def test_a_folder_that_is_there_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "tone").mkdir()
    with FakeHub(laid_out(tmp_path / "said")) as hub:
        added = add(tmp_path, hub, MODEL, str(tmp_path / "tone"))
        assert hub.asked == []
    assert added.returncode == 2
    assert "must not be there yet" in added.stderr
    assert list((tmp_path / "tone").iterdir()) == []


def test_no_hub_beyond_this_machine_is_asked_offline(tmp_path: Path) -> None:
    arguments = ("sentiment", "add", MODEL, str(tmp_path / "tone"))
    added = ballast(tmp_path / "var", *arguments, BALLAST_OFFLINE="true")
    assert added.returncode == 2
    assert "https://huggingface.co is not on this machine" in added.stderr
    with FakeHub(laid_out(tmp_path / "said")) as hub:
        here = add(tmp_path, hub, MODEL, str(tmp_path / "tone"), BALLAST_OFFLINE="true")
    assert here.returncode == 0, here.stderr


def test_a_hub_that_does_not_answer_is_told_apart(tmp_path: Path) -> None:
    with FakeHub({}) as hub:
        pass
    added = add(tmp_path, hub, MODEL, str(tmp_path / "tone"))
    assert added.returncode == 4
    assert "the hub did not answer" in added.stderr
    plain = {"BALLAST_INFERENCE_HUB_URL": "http://hub.example.com"}
    refused = ballast(tmp_path / "var", "sentiment", "add", MODEL, str(tmp_path / "tone"), **plain)
    assert refused.returncode == 2
    assert "inference.hub_url: must be https://HOST" in refused.stderr
