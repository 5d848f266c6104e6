"""Keep engines that were built, each with a proof that this installation built it.

An engine's file is code that the GPU and its driver run, and TensorRT's own check lets changed
files pass. So one is read only where its code holds: an HMAC-SHA-256, by a key of this
installation, over what the engine is for and its bytes. A file that was changed, cut off, or
put in another's place is told and never deserialised.
"""

import contextlib
import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

KEY_FILE = "engines.key"
PLAN, TIMING = ".plan", ".timing"
FILES_MAX = 64
BYTES_MAX = 2**31
_KEY_BYTES = _MAC_BYTES = 32
_MAGIC = b"ballast engine 1\n"


class KeyCorrupt(Exception):
    """The key of this installation cannot be used; the message says which file and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltFor:
    """What an engine or the timings of kernels are for; of a timing model and profile are ""."""

    model_sha256: str
    tensorrt: str
    compute_capability: str
    device: str
    driver: str
    profile: str
    precision: str

    @property
    def label(self) -> bytes:
        """The same bytes for the same, others where any part differs."""
        return json.dumps(asdict(self), sort_keys=True).encode()

    @property
    def name(self) -> str:
        """What its file is called."""
        return hashlib.sha256(self.label).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanStore:
    """Engines and timings on disk; told hears of each file that is not trusted.

    folder holds them, key_file the key: whoever can write one need not be able to read the other.
    """

    folder: Path
    key_file: Path
    told: Callable[[str], None] = lambda _: None

    def read(self, of: BuiltFor, *, kind: str = PLAN) -> bytes | None:
        """Return what was kept, None where there is none to be trusted; raises KeyCorrupt."""
        path = self._path(of, kind)
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as problem:
            self._tell(path, f"cannot be opened: {problem.strerror}")
            return None
        with os.fdopen(descriptor, "rb") as file:
            found = file.read(BYTES_MAX + 1)
        if len(found) > BYTES_MAX:
            self._tell(path, "is too large")
            return None
        head = len(_MAGIC) + _MAC_BYTES
        if len(found) < head or not found.startswith(_MAGIC):
            self._tell(path, "is cut off, or none of ours")
            return None
        body = found[head:]
        if not hmac.compare_digest(found[len(_MAGIC) : head], self._mac(of, kind, body)):
            self._tell(path, "was changed, or was not built here for this")
            return None
        return body

    def write(self, of: BuiltFor, body: bytes, *, kind: str = PLAN) -> None:
        """Keep it: a reader sees the whole file or the one before; raises KeyCorrupt, OSError."""
        path = self._path(of, kind)
        proof = self._mac(of, kind, body)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, beside = tempfile.mkstemp(prefix=".", dir=self.folder)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(_MAGIC + proof + body)
                file.flush()
                os.fsync(file.fileno())
            os.replace(beside, path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(beside)
            raise
        self._let_go()

    def forget(self, of: BuiltFor, *, kind: str = PLAN) -> None:
        """Let go of one that nothing takes any more."""
        self._path(of, kind).unlink(missing_ok=True)

    def _path(self, of: BuiltFor, kind: str) -> Path:
        return self.folder / f"{of.name}{kind}"

    def _mac(self, of: BuiltFor, kind: str, body: bytes) -> bytes:
        label = of.label
        proof = hmac.new(_key_of(self.key_file), digestmod="sha256")
        for part in (_MAGIC, kind.encode(), len(label).to_bytes(8, "big"), label, body):
            proof.update(part)
        return proof.digest()

    def _tell(self, path: Path, why: str) -> None:
        self.told(f"{path.name} {why}: it is built anew")

    def _let_go(self) -> None:
        """Remove the oldest files beyond the greatest number."""
        files = [one for one in self.folder.iterdir() if one.suffix in (PLAN, TIMING)]
        files.sort(key=lambda one: one.stat().st_mtime_ns, reverse=True)
        for one in files[FILES_MAX:]:
            one.unlink(missing_ok=True)


def _key_of(path: Path) -> bytes:
    """Return the key of this installation, made the first time; raises KeyCorrupt."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        found = _made(path)
    if len(found) != _KEY_BYTES:
        raise KeyCorrupt(
            f"{path.name} must have {_KEY_BYTES} bytes, not {len(found)}: remove it, and every"
            " engine is built anew"
        )
    return found


def _made(path: Path) -> bytes:
    """Make the key; of two processes that do, both return the one that came first."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=".", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
    finally:
        os.unlink(beside)
    return path.read_bytes()
