"""Look at the machine, and say what is missing for a server and how to mend it."""

import os
import re
import resource
import shutil
import socket
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

from adapters.system.data_folder import ServerNote
from adapters.system.findings import Finding, doubtful, fine, missing

PYTHON_MIN, PYTHON_END = (3, 11), (3, 14)
DISK_WANTED_MB = 1_024
DISK_NEEDED_MB = 200
FILES_WANTED = 1_024
ELSEWHERE = "make it writable, or name another with BALLAST_DATA_DIR"

_NAME = re.compile(r"^[A-Za-z0-9._-]+")


def python() -> Finding:
    """Tell whether this Python runs us."""
    found = f"{sys.version.split()[0]} ({sys.executable})"
    if PYTHON_MIN <= sys.version_info[:2] < PYTHON_END:
        return fine("python", found)
    return missing("python", found, "use Python 3.11, 3.12 or 3.13")


def packages() -> Finding:
    """Tell whether all that ballast requires is installed."""
    absent = []
    for line in requires("ballast") or ():
        requirement, _semicolon, marker = line.partition(";")
        name = _NAME.match(requirement)
        # What an extra brings is not needed to run.
        if name is None or "extra" in marker:
            continue
        try:
            version(name.group())
        except PackageNotFoundError:
            absent.append(name.group())
    if absent:
        return missing(
            "packages", f"not installed: {', '.join(absent)}", "make run, or pip install them"
        )
    return fine("packages", f"ballast {version('ballast')} with all it requires")


def folder_unfit(folder: Path) -> Finding | None:
    """Tell of a data folder that is yet to be made, or that nothing can be kept in."""
    if not folder.exists():
        parent = next(above for above in folder.parents if above.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            return fine("data folder", f"{folder} will be made")
        return missing(
            "data folder", f"{folder} cannot be made: {parent} is not writable", ELSEWHERE
        )
    if not folder.is_dir() or not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return missing("data folder", f"{folder} is no folder that can be written", ELSEWHERE)
    return None


def disk(folder: Path) -> Finding:
    """Tell whether there is room for a database in a folder, which need not be there yet."""
    existing = next(each for each in (folder, *folder.parents) if each.exists())
    free_mb = shutil.disk_usage(existing).free // 1_048_576
    found = f"{free_mb} MB free on {existing}"
    if free_mb < DISK_NEEDED_MB:
        return missing("disk", found, f"free at least {DISK_NEEDED_MB} MB")
    if free_mb < DISK_WANTED_MB:
        return doubtful("disk", found, f"free {DISK_WANTED_MB} MB for a database that grows")
    return fine("disk", found)


def port(host: str, port: int, *, running: Callable[[], ServerNote | None]) -> Finding:
    """Tell whether a server can listen there, beside the one that runs on the same folder."""
    if port == 0:
        return fine("port", "any free one")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as problem:
            own = running()
            if own is not None and own.url.endswith(f":{port}"):
                return doubtful(
                    "port", f"{port} is our own server's (process {own.pid})", "nothing"
                )
            return missing(
                "port",
                f"cannot listen on {host} port {port}: {problem.strerror}",
                "end what listens there, or choose another with BALLAST_HTTP_PORT",
            )
    return fine("port", f"{host}:{port} is free")


def open_files() -> Finding:
    """Tell whether as many files can be open as a server opens."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # A server takes what it may have.
    if hard >= FILES_WANTED or hard == resource.RLIM_INFINITY:
        return fine("open files", f"at most {hard if hard != resource.RLIM_INFINITY else soft}")
    return doubtful(
        "open files", f"at most {soft} (hard limit {hard})", f"ulimit -Hn {FILES_WANTED}"
    )


def clock() -> Finding:
    """Tell whether the clock can be right."""
    now = datetime.now(UTC)
    # The files of this program cannot be from the future.
    newest = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < newest:
        return missing(
            "clock",
            f"{now:%Y-%m-%d %H:%M:%S} UTC, before this program was installed",
            "set the clock, and keep it with NTP: tokens and records carry its time",
        )
    return fine("clock", f"{now:%Y-%m-%d %H:%M:%S} UTC")
