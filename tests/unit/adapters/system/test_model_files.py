"""The folder of models lets nothing lead out of it."""

import os
from pathlib import Path

import pytest

from adapters.system.model_files import ModelFolder
from domain.inference.model import ModelKey
from ports.inference import ModelRefused


@pytest.fixture
def folder(tmp_path: Path) -> ModelFolder:
    (tmp_path / "models").mkdir()
    return ModelFolder(folder=tmp_path / "models", bytes_max=1_000_000)


async def test_both_layouts_are_found(folder: ModelFolder) -> None:
    (folder.folder / "plain.onnx").write_bytes(b"one")
    for version in ("1", "2"):
        (folder.folder / "deep" / version).mkdir(parents=True)
        (folder.folder / "deep" / version / "model.onnx").write_bytes(version.encode())
    (folder.folder / "notes.txt").write_text("none")
    (folder.folder / "a b.onnx").write_text("no name")
    (folder.folder / "empty" / "1").mkdir(parents=True)
    found = await folder.list()
    assert [str(one) for one in found] == ["deep/1", "deep/2", "plain/1"]
    assert [await folder.read(one) for one in found] == [b"1", b"2", b"one"]
    assert await folder.read(ModelKey("deep", "3")) is None


async def test_a_folder_that_is_not_there_is_empty(tmp_path: Path) -> None:
    assert await ModelFolder(folder=tmp_path / "none", bytes_max=1).list() == []


async def test_links_are_refused_wherever_they_stand(folder: ModelFolder, tmp_path: Path) -> None:
    (tmp_path / "outside" / "1").mkdir(parents=True)
    (tmp_path / "outside" / "1" / "model.onnx").write_bytes(b"secret")
    secret = tmp_path / "outside" / "1" / "model.onnx"
    (folder.folder / "file.onnx").symlink_to(secret)
    (folder.folder / "parent").symlink_to(tmp_path / "outside")
    (folder.folder / "version").mkdir()
    (folder.folder / "version" / "1").symlink_to(tmp_path / "outside" / "1")
    (folder.folder / "leaf" / "1").mkdir(parents=True)
    (folder.folder / "leaf" / "1" / "model.onnx").symlink_to(secret)
    found = await folder.list()
    assert {one.name for one in found} == {"file", "parent", "version", "leaf"}
    for one in found:
        with pytest.raises(ModelRefused, match="is a link"):
            await folder.read(one)


async def test_what_is_too_large_or_no_file_is_refused(folder: ModelFolder) -> None:
    (folder.folder / "large.onnx").write_bytes(b"\0" * 1_000_001)
    (folder.folder / "folder.onnx").mkdir()
    os.mkfifo(folder.folder / "pipe.onnx")
    for name, why in (("large", "more than"), ("folder", "no file"), ("pipe", "no file")):
        with pytest.raises(ModelRefused, match=why):
            await folder.read(ModelKey(name))
