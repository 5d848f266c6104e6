"""Keep the server's own log, and read in it why the server did not start."""

import os
from pathlib import Path
from typing import IO

from adapters.postgres.embedded.errors import (
    ClusterCorrupt,
    EmbeddedPostgresFault,
    ServerDidNotStart,
)

LOG_NAME = "postgres.log"
_LOG_BYTES_MAX = 8 * 1024 * 1024
_LOG_TAIL_BYTES = 16 * 1024
# What a server prints when its own files, not its surroundings, are wrong.
_CORRUPT_MARKS = (
    "control file",
    "pg_control",
    "database files are incompatible",
    "checkpoint record",
    "invalid page in block",
    "could not locate a valid checkpoint",
    "configuration file",
    "pg_filenode.map",
)


def open_log(path: Path) -> IO[bytes]:
    """Open the server's log, putting an overgrown one aside: two files are kept."""
    if path.exists() and path.stat().st_size > _LOG_BYTES_MAX:
        path.replace(path.with_suffix(".log.1"))
    output = os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab")
    output.seek(0, os.SEEK_END)
    return output


def complaints(path: Path, *, begin: int) -> str:
    """Return what the server printed since `begin`: its fatal lines, else the end of it all."""
    with path.open("rb") as file:
        file.seek(max(begin, path.stat().st_size - _LOG_TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    marks = ("FATAL:", "PANIC:", "DETAIL:", "HINT:", "could not", "postgres:")
    chosen = [line for line in lines if any(mark in line for mark in marks)]
    return " | ".join((chosen or lines)[-6:])


def why_not(*, said: str, folder: Path, log_path: Path) -> EmbeddedPostgresFault:
    if any(mark in said for mark in _CORRUPT_MARKS):
        return ClusterCorrupt(
            f"Postgres cannot read its files in {folder}; restore them from a backup, nothing "
            f"was changed. It says: {said}"
        )
    return ServerDidNotStart(
        f"Postgres in {folder} ended before it was ready; see {log_path}. It says: {said}"
    )
