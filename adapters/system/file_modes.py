"""Look that nobody else can read or change the files that an installation lives by.

The one place for it; each part makes its files for us alone from the start.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

# Of the data folder itself; the embedded Postgres looks after its own.
_FILES = (
    "ballast.lock",
    "holder.json",
    "owner.json",
    "secrets.json",
    "server.json",
    "postgres.log",
)
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class FilesOpen(Exception):
    """Somebody else can read or change a file or folder of ours; the message says what to run."""


def check_private(folder: Path, *, closed: Sequence[Path]) -> None:
    """Raise FilesOpen for the first of our files and folders that is not ours alone.

    closed: the folders whose files are for us alone, within the data folder or elsewhere.

    What is not there will be made so. The data folder itself others may look into, as what is
    in it is closed; and a folder that is mounted may be root's, or belong to a group of ours.
    """
    group = _group_of(folder)
    _check_folder(folder, closed=False, group=group)
    for one in closed:
        within = group if one.is_relative_to(folder) else _group_of(one)
        _check_folder(one, closed=True, group=within)
        for path in _files_in(one, group=within):
            _check_file(path, group=within)
    for name in _FILES:
        _check_file(folder / name, group=group)


def _group_of(folder: Path) -> int | None:
    """Return the group of ours that a volume was mounted for: all in it may be that group's.

    Kubernetes gives whatever lies in a volume to the pod's fsGroup, at each mount.
    """
    if not folder.is_mount():
        return None
    found = folder.stat()
    is_for_us = found.st_uid == 0 != os.geteuid() and found.st_gid in _groups() - {0}
    return found.st_gid if is_for_us else None


def _check_folder(path: Path, *, closed: bool, group: int | None) -> None:
    try:
        # A link to a folder is followed, as a mount is: what counts is where it leads.
        found = path.stat()
    except FileNotFoundError:
        return
    if not stat.S_ISDIR(found.st_mode):
        raise FilesOpen(f"{path} is no folder: move it away")
    if not _is_ours(found):
        if found.st_uid == 0 and path.is_mount():
            # Root's, on whose machine we are; in a pod nobody else sees it.
            return
        raise _of_another(path, found)
    mode = stat.S_IMODE(found.st_mode)
    if mode & _forbidden(found, _OTHERS if closed else _OTHERS_WRITE, group=group):
        wanted = "700" if closed else "go-w"
        raise FilesOpen(
            f"the folder {path} is open to others (mode {mode:o}): run `chmod {wanted} {path}`,"
            " and see docs/operating.md if others may have been there"
        )


def _check_file(path: Path, *, group: int | None) -> None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return
    if _is_ours(found):
        forbidden = _forbidden(found, _OTHERS, group=group)
    elif found.st_uid == 0 and found.st_gid in _groups():
        # Of a secret that is mounted: root's, and of the pod's group, which may read.
        forbidden = stat.S_IRWXO | stat.S_IWGRP
    else:
        raise _of_another(path, found)
    mode = stat.S_IMODE(found.st_mode)
    if mode & forbidden:
        raise FilesOpen(
            f"{path} is open to others (mode {mode:o}): run `chmod 600 {path}`, and see"
            " docs/operating.md if others may have read it"
        )


def _forbidden(found: os.stat_result, forbidden: int, *, group: int | None) -> int:
    return forbidden & ~stat.S_IRWXG if found.st_gid == group else forbidden


def _files_in(folder: Path, *, group: int | None) -> Iterator[Path]:
    """Give the files below a folder of ours; folders are looked at on the way."""
    try:
        inside = sorted(folder.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    for path in inside:
        # Where a secret is mounted, its own names begin so, and ours are links to them.
        if path.name.startswith(".."):
            continue
        if path.is_dir():
            _check_folder(path, closed=True, group=group)
            yield from _files_in(path, group=group)
        else:
            yield path


def _is_ours(found: os.stat_result) -> bool:
    return found.st_uid == os.geteuid()


def _groups() -> set[int]:
    return {os.getegid(), *os.getgroups()}


def _of_another(path: Path, found: os.stat_result) -> FilesOpen:
    return FilesOpen(
        f"{path} belongs to user {found.st_uid}, and we are {os.geteuid()}: run"
        f" `chown -R {os.geteuid()} {path}`, or name another folder (BALLAST_DATA_DIR)"
    )


def make_private(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for its owner alone."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    for one in reversed(missing):
        one.mkdir(mode=0o700, exist_ok=True)
