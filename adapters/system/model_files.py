"""Read the operator's models from a folder: NAME.onnx, or NAME/VERSION/model.onnx."""

import asyncio
import contextlib
import os
import stat
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from domain.inference.model import UNVERSIONED, ModelKey
from domain.shared.values import InvalidValue
from ports.inference import ModelRefused

SUFFIX = ".onnx"
FILE = "model.onnx"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFolder:
    """Models in a folder (port ModelFiles); nothing in it leads out of it.

    Links are refused, whatever they lead to, and files of more than bytes_max are.
    """

    folder: Path
    bytes_max: int

    async def list(self) -> Sequence[ModelKey]:
        """Return the versions that lie there, in order."""
        return await asyncio.to_thread(lambda: sorted(set(self._found())))

    async def read(self, key: ModelKey) -> bytes | None:
        """Return a model's file, None when there is none; raises ModelRefused."""
        return await asyncio.to_thread(self._read, key)

    async def add(self, contents: Mapping[ModelKey, bytes]) -> None:
        """Keep versions that are not there yet: all, or none; raises ModelRefused."""
        await asyncio.to_thread(self._add, contents)

    def path_of(self, key: ModelKey) -> Path:
        """Return where a version lies, or would."""
        plain = self.folder / f"{key.name}{SUFFIX}"
        versioned = self.folder / key.name / key.version / FILE
        return plain if key.version == UNVERSIONED and not versioned.exists() else versioned

    def _found(self) -> Iterator[ModelKey]:
        for one in _entries(self.folder):
            with contextlib.suppress(InvalidValue):
                if one.name.endswith(SUFFIX):
                    yield ModelKey(one.name.removesuffix(SUFFIX))
                    continue
                for version in _entries(one):
                    if os.path.lexists(version / FILE):
                        with contextlib.suppress(InvalidValue):
                            yield ModelKey(one.name, version.name)

    def _read(self, key: ModelKey) -> bytes | None:
        return self.read_path(self.path_of(key))

    def read_path(self, path: Path) -> bytes | None:
        """Return a file within the folder, None when there is none; raises ModelRefused."""
        for one in (path, *path.parents):
            if one == self.folder:
                break
            if one.is_symlink():
                raise ModelRefused(f"{one.relative_to(self.folder)} is a link")
        try:
            # What it becomes between the look and the opening is refused as well.
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise ModelRefused(f"cannot be read: {problem.strerror}") from None
        told = os.fstat(descriptor)
        if not stat.S_ISREG(told.st_mode):
            os.close(descriptor)
            raise ModelRefused("is no file")
        with os.fdopen(descriptor, "rb") as file:
            if told.st_size > self.bytes_max:
                raise ModelRefused(f"has more than {self.bytes_max >> 20} MiB")
            return file.read(self.bytes_max)

    def _add(self, contents: Mapping[ModelKey, bytes]) -> None:
        with contextlib.ExitStack() as undo:
            for key, content in contents.items():
                try:
                    self._put(key, content, undo)
                except FileExistsError:
                    raise ModelRefused(f"{key} is there already") from None
                except OSError as problem:
                    raise ModelRefused(f"{key} cannot be written: {problem.strerror}") from None
            undo.pop_all()

    def _put(self, key: ModelKey, content: bytes, undo: contextlib.ExitStack) -> None:
        """Write one beside its place, then give it its name; undo takes it away again."""
        if os.path.lexists(self.path_of(key)):
            raise FileExistsError
        path = self.folder / key.name / key.version / FILE
        for one in (path.parent.parent, path.parent):
            if one.is_symlink():
                raise ModelRefused(f"{one.relative_to(self.folder)} is a link")
            if not one.exists():
                one.mkdir()
                undo.callback(_remove, one)
        draft = path.with_name(f".{FILE}.{os.getpid()}")
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            # Unlike a renaming, a link never takes the place of what is there.
            path.hardlink_to(draft)
            undo.callback(path.unlink)
        finally:
            draft.unlink(missing_ok=True)


def read_file(path: Path, *, bytes_max: int) -> bytes:
    """Return a model's file that an operator names, wherever it lies; raises ModelRefused."""
    found = path.resolve()
    content = ModelFolder(folder=found.parent, bytes_max=bytes_max).read_path(found)
    if content is None:
        raise ModelRefused(f"{path} is not there")
    return content


def _remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []
