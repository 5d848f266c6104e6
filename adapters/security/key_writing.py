"""Write files of keys: for their owner alone, whole or not at all."""

import contextlib
import os
from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


def write_once(path: Path, content: bytes) -> None:
    """Write a file, unless there is one: who writes at the same time takes what is found there.

    It is written beside and linked, so that the name never shows half a key or replaces another.
    """
    path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
    beside = _written_beside(path, content)
    try:
        # Another process that was faster has made the key: take that one.
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        beside.unlink()


def replace_file(path: Path, content: bytes) -> None:
    """Put a file that only its owner can read in the place of another, whole or not at all."""
    beside = _written_beside(path, content)
    try:
        os.replace(beside, path)
    except BaseException:
        beside.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _written_beside(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    return beside
