"""Look passwords up in the list that the product brings, and in a large sorted file."""

import asyncio
import hashlib
import os
import re
from pathlib import Path

from adapters.security.common_passwords import is_common
from ports.storage import StorageUnavailable

# A line of a file of hashes: SHA-1 in hexadecimal, maybe cut, maybe with a count behind it.
_HASH = re.compile(rb"([0-9A-Fa-f]{10,40})(:[0-9]+)?")
_LINE_MAX = 2_048
_PROBES = 64


class UnusableList(Exception):
    """The file of passwords cannot be read or is not sorted; the message says so."""


class BreachedPasswordFile:
    """Breached passwords: our own short list, and a file if one is given.

    The file holds one a line, ascending by its bytes: SHA-1 hashes in hexadecimal (whole, or
    all cut to one length of 10 digits or more, with or without `:count`), or the passwords
    themselves. It is searched where it lies, by about thirty short reads.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._hash_length: int | None = None
        self._upper = False

    def start(self) -> None:
        """Look at the file; raises UnusableList."""
        if self._path is None:
            return
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                lines = [
                    _line_at(file.fileno(), size * probe // _PROBES, size)
                    for probe in range(_PROBES)
                ]
        except OSError as problem:
            raise UnusableList(f"{self._path} cannot be read: {problem.strerror}") from problem
        found = [line for line in lines if line]
        if not found:
            raise UnusableList(f"{self._path} holds no passwords")
        hashes = [_HASH.fullmatch(line) for line in found]
        if all(hashes):
            digits = [one.group(1) for one in hashes if one is not None]
            if len({len(one) for one in digits}) > 1:
                raise UnusableList(f"{self._path}: the hashes must all have one length")
            self._hash_length = len(digits[0])
            self._upper = not any(one != one.upper() for one in digits)
        if found != sorted(found):
            raise UnusableList(f"{self._path} is not sorted by its bytes: use LC_ALL=C sort")

    async def holds(self, password: str) -> bool:
        """Tell whether the password is known; raises StorageUnavailable."""
        if is_common(password):
            return True
        if self._path is None:
            return False
        return await asyncio.to_thread(self._is_in, self._path, password)

    def _is_in(self, path: Path, password: str) -> bool:
        wanted = password.encode(errors="surrogatepass")
        if self._hash_length is not None:
            # The format is fixed by those who publish such lists; nothing is protected by it.
            digest = hashlib.sha1(wanted, usedforsecurity=False).hexdigest()[: self._hash_length]
            wanted = (digest.upper() if self._upper else digest).encode()
        if len(wanted) >= _LINE_MAX or b"\n" in wanted:
            return False
        try:
            with path.open("rb") as file:
                return _search(file.fileno(), wanted, hashed=self._hash_length is not None)
        except OSError as problem:
            raise StorageUnavailable(f"the list of breached passwords: {problem}") from problem


def _search(descriptor: int, wanted: bytes, *, hashed: bool) -> bool:
    """Find a line by halving the file; lines are ascending by their bytes."""
    size = os.fstat(descriptor).st_size
    low, high = 0, size
    # The line that begins at or behind `low` is looked at; the interval halves each time.
    while low < high:
        middle = (low + high) // 2
        line = _line_at(descriptor, middle, size)
        key = line.partition(b":")[0] if hashed else line
        if line and key == wanted:
            return True
        if line and key < wanted:
            low = middle + 1
        else:
            high = middle
    # A line that is there begins behind `low` and at or before `high`, until it is looked at.
    return False


def _line_at(descriptor: int, offset: int, size: int) -> bytes:
    """Return the first whole line that begins at or behind an offset, empty behind the last."""
    if offset >= size:
        return b""
    if offset == 0:
        return os.pread(descriptor, _LINE_MAX, 0).partition(b"\n")[0].rstrip(b"\r")
    # One byte earlier: a line may begin exactly at the offset.
    read = os.pread(descriptor, 2 * _LINE_MAX, offset - 1)
    _, newline, rest = read.partition(b"\n")
    return rest.partition(b"\n")[0].rstrip(b"\r") if newline else b""
