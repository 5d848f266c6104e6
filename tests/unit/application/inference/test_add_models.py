"""Models are added together or not at all, and what is there is never changed."""

from pathlib import Path

import pytest

from adapters.memory.inference import MemoryEngine, MemoryModelFiles
from adapters.system.model_files import ModelFolder
from application.inference.add_models import AddModels
from domain.inference.model import ModelKey
from ports.inference import ModelFiles, ModelRefused
from tests.unit.application.inference.models import times

EXAMINER = MemoryEngine(models={b"one": times(1), b"two": times(2)})


@pytest.fixture(params=["memory", "folder"])
def files(request: pytest.FixtureRequest, tmp_path: Path) -> ModelFiles:
    if request.param == "memory":
        return MemoryModelFiles()
    return ModelFolder(folder=tmp_path, bytes_max=1_000)


async def contents(files: ModelFiles) -> dict[str, bytes | None]:
    return {str(one): await files.read(one) for one in await files.list()}


async def test_all_are_added_or_none(files: ModelFiles) -> None:
    adding = AddModels(files=files, examiner=EXAMINER)
    with pytest.raises(ModelRefused, match="b/1: names no function; c/1: names no function"):
        await adding.add({ModelKey("a"): b"one", ModelKey("b"): b"not", ModelKey("c"): b"neither"})
    assert await contents(files) == {}
    added = await adding.add({ModelKey("a", "2"): b"one", ModelKey("b"): b"two"})
    assert [(str(one.key), one.known) for one in added] == [("a/2", False), ("b/1", False)]
    assert await contents(files) == {"a/2": b"one", "b/1": b"two"}
    # The same again is no change, and adds what is new.
    added = await adding.add({ModelKey("a", "2"): b"one", ModelKey("c"): b"two"})
    assert [one.known for one in added] == [True, False]
    with pytest.raises(ModelRefused, match="a/2: that version is there already, with other bytes"):
        await adding.add({ModelKey("a", "2"): b"two", ModelKey("d"): b"two"})
    assert await contents(files) == {"a/2": b"one", "b/1": b"two", "c/1": b"two"}


async def test_a_version_follows_the_newest_number(files: ModelFiles) -> None:
    adding = AddModels(files=files, examiner=EXAMINER)
    assert await adding.following("a") == "1"
    await adding.add({ModelKey("a", "9"): b"one", ModelKey("a", "10"): b"one"})
    assert await adding.following("a") == "11"
    await adding.add({ModelKey("a", "v12"): b"one", ModelKey("b", "beta"): b"one"})
    with pytest.raises(ModelRefused, match="its newest version beta is no number"):
        await adding.following("b")


async def test_what_is_put_before_the_one_that_fails_is_taken_back(files: ModelFiles) -> None:
    await files.add({ModelKey("b"): b"one"})
    with pytest.raises(ModelRefused, match="b/1 is there already"):
        await files.add({ModelKey("a"): b"one", ModelKey("b"): b"two"})
    assert await contents(files) == {"b/1": b"one"}


@pytest.fixture
def half_wrong(tmp_path: Path) -> Path:
    """A folder with what is in the way of models, and a link out of it."""
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "plain.onnx").write_bytes(b"one")
    (folder / "file").write_bytes(b"")
    (tmp_path / "outside").mkdir()
    (folder / "linked").symlink_to(tmp_path / "outside")
    return folder


def everything(folder: Path) -> list[Path]:
    return sorted(folder.parent.rglob("*"))


@pytest.mark.parametrize(
    ("name", "why"),
    [("plain", "is there already"), ("file", "cannot be written"), ("linked", "is a link")],
)
async def test_a_folder_is_left_as_it_was_by_what_cannot_be_put(
    half_wrong: Path, name: str, why: str
) -> None:
    files = ModelFolder(folder=half_wrong, bytes_max=1_000)
    before = everything(half_wrong)
    with pytest.raises(ModelRefused, match=why):
        await files.add({ModelKey("new"): b"one", ModelKey(name): b"two"})
    assert everything(half_wrong) == before
