"""Keep a back-up in one file that says by itself whether it is whole."""

import hashlib
import json
import os
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from adapters.postgres.backup.restoring import BackupUnusable
from domain.shared.json_names import load_unambiguous

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
VENUE = "paper-venue/"
_MANIFEST_BYTES_MAX = 1_048_576
_PIECE = 1_048_576
# What a file begins with that pg_dump itself wrote.
_PLAIN_DUMP = b"PGDMP"


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The parts of a back-up as files, each proven to be what was written.

    made_at is None for a file of pg_dump's own, which does not say.
    """

    dump: Path
    venue: tuple[Path, ...] = ()
    made_at: datetime | None = None


def write_archive(path: Path, *, parts: Mapping[str, Path], about: Mapping[str, str]) -> int:
    """Write the parts under their names, whole or not at all, readable by us only.

    Returns the file's size.
    """
    manifest = {
        "format": FORMAT,
        **about,
        "sha256": {name: _digest(part) for name, part in parts.items()},
    }
    aside = path.with_name(f"{path.name}.part")
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            with tarfile.open(fileobj=file, mode="w") as tar:
                written = aside.with_name(f"{aside.name}.manifest")
                try:
                    written.write_text(json.dumps(manifest, indent=2), encoding="utf-8")
                    tar.add(written, arcname=MANIFEST)
                finally:
                    written.unlink(missing_ok=True)
                for name, part in parts.items():
                    tar.add(part, arcname=name)
            file.flush()
            os.fsync(file.fileno())
        # Fails where somebody made a file of that name meanwhile.
        os.link(aside, path)
        return path.stat().st_size
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Unpack a back-up for the block; raises BackupUnusable for what is torn or none."""
    with path.open("rb") as file:
        head = file.read(len(_PLAIN_DUMP))
    if head == _PLAIN_DUMP:
        yield Opened(dump=path)
        return
    with TemporaryDirectory(prefix="ballast-restore-") as folder:
        try:
            found = _unpacked(path, folder=Path(folder))
        except (tarfile.TarError, EOFError, KeyError, TypeError, ValueError) as problem:
            raise BackupUnusable(
                f"{path} is no back-up of Ballast's, or a torn one: {problem}"
            ) from problem
        yield found


def _unpacked(path: Path, *, folder: Path) -> Opened:
    with tarfile.open(path, mode="r:") as tar:
        manifest = _manifest(tar)
        digests: dict[str, str] = manifest["sha256"]
        made_at = datetime.fromisoformat(manifest["made_at"])
        venue = []
        for name, digest in digests.items():
            target = folder / Path(name).name
            _unpack(tar, name, to=target)
            if _digest(target) != digest:
                raise ValueError(f"{name} is not what was written")
            if name.startswith(VENUE):
                venue.append(target)
    return Opened(dump=folder / DUMP, venue=tuple(venue), made_at=made_at)


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    first = tar.next()
    file = tar.extractfile(first) if first is not None and first.name == MANIFEST else None
    if file is None:
        raise ValueError(f"it does not begin with {MANIFEST}")
    manifest = load_unambiguous(file.read(_MANIFEST_BYTES_MAX))
    if manifest["format"] != FORMAT:
        raise ValueError(f"it is of format {manifest['format']}, this Ballast reads {FORMAT}")
    if DUMP not in manifest["sha256"]:
        raise ValueError(f"it has no {DUMP}")
    return dict(manifest)


def _unpack(tar: tarfile.TarFile, name: str, *, to: Path) -> None:
    """Write one member's bytes to a name of ours: what the archive says of paths counts not."""
    file = tar.extractfile(name)
    if file is None:
        raise ValueError(f"{name} is no file")
    with to.open("wb") as target:
        while piece := file.read(_PIECE):
            target.write(piece)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
