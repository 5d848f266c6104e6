"""Keep a back-up in one file that proves by itself whose it is and that it is whole."""

import hashlib
import io
import json
import os
import re
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

from adapters.postgres.backup.contents import BackupUnusable
from adapters.postgres.backup.seal import (
    HEAD_BYTES,
    Head,
    KeyKind,
    ProofKey,
    ProvenAgain,
    Sealer,
    head_of,
    is_proven,
    seal,
)
from domain.shared.json_names import load_unambiguous

FORMAT = 1
MANIFEST = "manifest.json"
DUMP = "database.dump"
_MANIFEST_BYTES_MAX = 1_048_576
_PARTS_MAX = 32
_PIECE = 1_048_576
_VENUE_NAME = re.compile(r"paper-venue(-[a-z][a-z0-9]{0,23})?/venue-[0-9]{1,20}\.jsonl")
# What a file begins with that pg_dump itself wrote.
_PLAIN_DUMP = b"PGDMP"
_TAR_MAGIC_AT = 257

KeyOf = Callable[[Head], ProofKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBackup:
    """The parts of a back-up as files; proven where they are known to be ours.

    venue: the journals of paper venues, each in a folder of the venue's name.
    made_at is None for a file of pg_dump's own, which does not say.
    """

    dump: Path
    proven: bool
    venue: tuple[Path, ...] = ()
    made_at: datetime | None = None


def write_archive(
    path: Path, *, parts: Mapping[str, Path], about: Mapping[str, str], sealer: Sealer
) -> int:
    """Write the parts under their names, proven, whole or not at all, readable by us only.

    Returns the file's size.
    """
    manifest = {
        "format": FORMAT,
        **about,
        "sha256": {name: _digest(part) for name, part in parts.items()},
    }
    aside = path.with_name(f"{path.name}.part")
    # Left by a run that was ended; never written through, as somebody else may hold it open.
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            file.write(sealer.head.line())
            with tarfile.open(fileobj=file, mode="w") as tar:
                written = json.dumps(manifest, indent=2).encode()
                first = tarfile.TarInfo(MANIFEST)
                first.size = len(written)
                tar.addfile(first, io.BytesIO(written))
                for name, part in parts.items():
                    tar.add(part, arcname=name)
            seal(file, sealer=sealer)
            file.flush()
            os.fsync(file.fileno())
        # Fails where somebody made a file of that name meanwhile.
        os.link(aside, path)
        return path.stat().st_size
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def opened(path: Path, *, key_of: KeyOf, accept_unproven: bool = False) -> Iterator[OpenBackup]:
    """Unpack a back-up for the block, once it is proven to be ours; raises BackupUnusable.

    accept_unproven: also take one that bears no proof, or one under a key that is not here.
    One that says that it is ours and is not is never taken.
    """
    with path.open("rb") as file, TemporaryDirectory(prefix="ballast-restore-") as folder:
        head = head_of(file)
        key = key_of(head) if head is not None else None
        if head is not None and key is not None:
            if not is_proven(file, head=head, key=key):
                raise BackupUnusable(
                    f"{path} is not what was written: somebody changed it, or it is a torn one"
                )
            proven = ProvenAgain(file, head=head, key=key)
            found = _parts(path, source=proven, folder=Path(folder), proven=True)
            if not proven.is_proven():
                raise BackupUnusable(f"{path} was changed while it was read")
            yield found
            return
        if not _begins_well(file, head=head):
            raise _foreign(path, "it begins otherwise")
        if not accept_unproven:
            raise BackupUnusable(_unproven(path, head=head))
        file.seek(0)
        if file.read(len(_PLAIN_DUMP)) == _PLAIN_DUMP:
            yield OpenBackup(dump=path, proven=False)
            return
        file.seek(HEAD_BYTES if head is not None else 0)
        yield _parts(path, source=file, folder=Path(folder), proven=False)


def _begins_well(file: BinaryIO, *, head: Head | None) -> bool:
    """Tell whether it can be a back-up, ours or pg_dump's: an older one begins as a tar does."""
    file.seek(0)
    began = file.read(tarfile.BLOCKSIZE)
    is_tar = began[_TAR_MAGIC_AT:].startswith(b"ustar")
    return head is not None or is_tar or began.startswith(_PLAIN_DUMP)


def _unproven(path: Path, *, head: Head | None) -> str:
    if head is None:
        why = f"{path} bears no proof that it is ours: an older back-up, or one of pg_dump's own"
    elif head.kind is KeyKind.PASSPHRASE:
        why = f"{path} is proven by a passphrase: set BALLAST_BACKUP_PASSPHRASE to the right one"
    else:
        why = (
            f"{path} is proven by key {head.key_id}, which is not here: name its copy with"
            " --key-file, or put it back as keys/backup.key of the data folder"
        )
    return (
        f"{why}. Where you know otherwise that nobody changed it, --accept-unproven takes its"
        " rows as they are"
    )


def _parts(path: Path, *, source: Any, folder: Path, proven: bool) -> OpenBackup:
    try:
        return _unpacked(source, folder=folder, proven=proven, bytes_max=path.stat().st_size)
    except (
        tarfile.TarError,
        EOFError,
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        RecursionError,
    ) as problem:
        raise _foreign(path, problem) from problem


def _foreign(path: Path, problem: object) -> BackupUnusable:
    return BackupUnusable(f"{path} is no back-up of Ballast's, or a torn one: {problem}")


def _unpacked(source: Any, *, folder: Path, proven: bool, bytes_max: int) -> OpenBackup:
    """Unpack members one after the other: what the archive says of paths counts not."""
    with tarfile.open(fileobj=source, mode="r|") as tar:
        manifest = _manifest(tar)
        made_at = datetime.fromisoformat(manifest["made_at"])
        digests: dict[str, str] = manifest["sha256"]
        if DUMP not in digests:
            raise ValueError(f"it has no {DUMP}")
        if len(digests) > _PARTS_MAX:
            raise ValueError("it has more parts than a back-up has")
        venue = []
        for name, digest in digests.items():
            if name != DUMP and not _VENUE_NAME.fullmatch(name):
                raise ValueError("it has a part that no back-up has")
            member = _next(tar, name=name, bytes_max=bytes_max)
            target = folder / name
            target.parent.mkdir(mode=0o700, exist_ok=True)
            _unpack(tar, member, to=target)
            if _digest(target) != digest:
                raise ValueError(f"{name} is not what was written")
            if name != DUMP:
                venue.append(target)
        if tar.next() is not None:
            raise ValueError("it holds more than it says")
    return OpenBackup(dump=folder / DUMP, proven=proven, venue=tuple(venue), made_at=made_at)


def _manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    member = _next(tar, name=MANIFEST, bytes_max=_MANIFEST_BYTES_MAX)
    file = tar.extractfile(member)
    manifest = load_unambiguous(file.read(_MANIFEST_BYTES_MAX) if file is not None else b"")
    if manifest["format"] != FORMAT:
        raise ValueError(f"it is of format {manifest['format']}, this Ballast reads {FORMAT}")
    return dict(manifest)


def _next(tar: tarfile.TarFile, *, name: str, bytes_max: int) -> tarfile.TarInfo:
    """Return the next member, which must be a file as we write it: no link, no hole, no more."""
    member = tar.next()
    if member is None or member.name != name:
        raise ValueError(f"{name} is not where it belongs")
    if member.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or member.sparse is not None:
        raise ValueError(f"{name} is no plain file")
    if not 0 <= member.size <= bytes_max:
        raise ValueError(f"{name} says that it is larger than it can be")
    return member


def _unpack(tar: tarfile.TarFile, member: tarfile.TarInfo, *, to: Path) -> None:
    file = tar.extractfile(member)
    if file is None:
        raise ValueError(f"{member.name} is no file")
    descriptor = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as target:
        while piece := file.read(_PIECE):
            target.write(piece)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
