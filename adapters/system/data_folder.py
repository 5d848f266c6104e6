"""Keep the few files of the data folder that are not the database's."""

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from domain.shared.json_names import load_unambiguous

OWNER_FILE = "owner.json"
SERVER_FILE = "server.json"
HOLDER_FILE = "holder.json"
SECRETS_FILE = "secrets.json"
_BYTES_MAX = 65_536


class DataFolderCorrupt(Exception):
    """A file of the data folder cannot be read; the message says which and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerNote:
    """Who owns the first tenant, for `ballast token`: ids and address, nothing secret."""

    user_id: UUID
    tenant_id: UUID
    email: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerNote:
    """Where the running server of this folder answers, for the client commands."""

    url: str
    pid: int


def holder_of(folder: Path) -> str:
    """Return who this data folder's server is to other processes; made at its first start."""
    path = folder / HOLDER_FILE
    said = _read(path, ("holder",))
    if said is None:
        said = {"holder": secrets.token_hex(16)}
        _write(path, said)
    return said["holder"]


def write_owner(folder: Path, note: OwnerNote) -> None:
    """Keep who the owner is."""
    said = {"user_id": str(note.user_id), "tenant_id": str(note.tenant_id), "email": note.email}
    _write(folder / OWNER_FILE, said)


def read_owner(folder: Path) -> OwnerNote | None:
    """Return who the owner is, None before the first start; raises DataFolderCorrupt."""
    said = _read(folder / OWNER_FILE, ("user_id", "tenant_id", "email"))
    if said is None:
        return None
    try:
        return OwnerNote(
            user_id=UUID(said["user_id"]), tenant_id=UUID(said["tenant_id"]), email=said["email"]
        )
    except ValueError as problem:
        raise _corrupt(folder / OWNER_FILE) from problem


def write_server(folder: Path, note: ServerNote) -> None:
    """Keep where the server answers."""
    _write(folder / SERVER_FILE, {"url": note.url, "pid": str(note.pid)})


def read_server(folder: Path) -> ServerNote | None:
    """Return where the server answers, None when none runs; raises DataFolderCorrupt."""
    said = _read(folder / SERVER_FILE, ("url", "pid"))
    if said is None:
        return None
    try:
        return ServerNote(url=said["url"], pid=int(said["pid"]))
    except ValueError as problem:
        raise _corrupt(folder / SERVER_FILE) from problem


def write_secrets(folder: Path, *, source: str) -> None:
    """Keep that secrets were unsealed here, by keys of which source; nothing secret."""
    if read_secrets(folder) != source:
        _write(folder / SECRETS_FILE, {"source": source})


def read_secrets(folder: Path) -> str | None:
    """Return the source of the keys at the last unsealing, None before the first."""
    said = _read(folder / SECRETS_FILE, ("source",))
    return None if said is None else said["source"]


def forget_server(folder: Path) -> None:
    """Remove the note: the server has ended."""
    (folder / SERVER_FILE).unlink(missing_ok=True)


def _write(path: Path, said: Mapping[str, str]) -> None:
    """Write beside and rename: a reader sees the old note or the new one, readable by us."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, beside = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(said, file)
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _read(path: Path, names: tuple[str, ...]) -> dict[str, str] | None:
    try:
        with path.open(encoding="utf-8") as file:
            said = load_unambiguous(file.read(_BYTES_MAX))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, RecursionError) as problem:
        raise _corrupt(path) from problem
    if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in names):
        raise _corrupt(path)
    return {name: said[name] for name in names}


def _corrupt(path: Path) -> DataFolderCorrupt:
    return DataFolderCorrupt(
        f"{path} cannot be read: delete it and start the server again, which writes it anew"
    )
