"""Keep key-encryption keys in a file that only its owner can read."""

import base64
import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from adapters.security.file_modes import is_open, mode_of
from domain.secrets.keys import KeyMark
from domain.shared.json_names import load_unambiguous
from ports.secrets import KeysMissing, KeysUnusable

KEY_BYTES = 32
_FORMAT = 1
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700
_BYTES_MAX = 1024 * 1024


class FileKeys:
    """Keys in a JSON file of mode 0600 (port KeySource).

    A first start makes the file; only then, as a lost one must come back from its copy. It is
    replaced whole, so that a crash leaves the file of before or the one of after.
    """

    is_slow = True

    def __init__(self, *, path: Path, random: Callable[[int], bytes] = os.urandom) -> None:
        self._path = path
        self._random = random

    def __repr__(self) -> str:
        return f"FileKeys(path={self._path})"

    def read(self, known: Sequence[KeyMark]) -> Mapping[int, bytes]:
        """Return the keys of the file, none where there is none and none was ever used."""
        try:
            return read_key_file(self._path)
        except FileNotFoundError:
            if known:
                raise KeysMissing(
                    f"the key file {self._path} is missing: bring it back from its copy"
                ) from None
            return {}

    def add(self, version: int) -> tuple[bytes, bytes]:
        """Return a version's key, made and written first where it is not there."""
        with self._locked():
            keys = dict(self._found())
            if version not in keys:
                keys[version] = self._random(KEY_BYTES)
                self._write(keys)
            return keys[version], b""

    def remove(self, version: int) -> None:
        """Write the file without the version."""
        with self._locked():
            keys = dict(self._found())
            if keys.pop(version, None) is not None:
                self._write(keys)

    def _found(self) -> Mapping[int, bytes]:
        try:
            return read_key_file(self._path)
        except FileNotFoundError:
            return {}

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Let one process at a time change the file: two would lose one another's keys."""
        try:
            self._path.parent.mkdir(mode=_FOLDER_MODE, parents=True, exist_ok=True)
            lock = os.open(f"{self._path}.lock", os.O_CREAT | os.O_RDWR, _FILE_MODE)
        except OSError as problem:
            raise _unwritable(self._path, problem) from problem
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, keys: Mapping[int, bytes]) -> None:
        listed = {str(version): base64.b64encode(key).decode() for version, key in keys.items()}
        text = json.dumps({"format": _FORMAT, "keys": listed}, indent=1)
        beside = self._path.with_name(f".{self._path.name}.new")
        try:
            with contextlib.suppress(FileNotFoundError):
                # Left by a process that was killed; we hold the lock.
                beside.unlink()
            descriptor = os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _FILE_MODE)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, self._path)
            _sync_folder(self._path.parent)
        except OSError as problem:
            raise _unwritable(self._path, problem) from problem


def read_key_file(path: Path) -> Mapping[int, bytes]:
    """Return the keys of a file; raises FileNotFoundError, KeysUnusable."""
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            content = file.read(_BYTES_MAX)
    except FileNotFoundError:
        raise
    except OSError as problem:
        raise KeysUnusable(f"the key file {path} cannot be read: {problem.strerror}") from problem
    if is_open(found):
        raise KeysUnusable(
            f"the key file {path} can be read by others (mode {mode_of(found):o}): run"
            f" `chmod 600 {path}`, and `ballast keys rotate` if others may have read it"
        )
    try:
        said: Any = load_unambiguous(content)
        if said["format"] != _FORMAT:
            raise ValueError
        return {checked_version(version): decoded_key(key) for version, key in said["keys"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # The problem of the parser would repeat what it read.
        raise KeysUnusable(f"the key file {path} is no key file of ours") from None


def checked_version(text: str) -> int:
    """Return a version that is written out; raises ValueError."""
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:10]) < 2**31:
        raise ValueError("no version")
    return int(text)


def decoded_key(text: str) -> bytes:
    """Return a key of 256 bits from base64; raises ValueError."""
    key = base64.b64decode(text, validate=True)
    if len(key) != KEY_BYTES:
        raise ValueError("no key of 256 bits")
    return key


def _unwritable(path: Path, problem: OSError) -> KeysUnusable:
    return KeysUnusable(f"the key file {path} cannot be written: {problem.strerror}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
