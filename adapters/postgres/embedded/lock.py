"""Let one process at a time hold a data folder."""

import fcntl
import os
import time
from pathlib import Path

from adapters.postgres.embedded.errors import DataFolderBusy, DataFolderUnusable
from adapters.postgres.embedded.pid_file import is_alive

LOCK_NAME = "ballast.lock"
_PID_BYTES_MAX = 32
# How long a killed holder's children may take to let go, and how often that is looked at.
_DYING_S = 2.0
_LOOK_S = 0.02


class DataFolderLock:
    """An advisory lock on `<folder>/ballast.lock` that the kernel drops with its holder.

    The file stays behind on purpose: removing it would let two processes lock two files of one
    name. Its content, the holder's pid, only serves the message; the lock itself is the truth.
    """

    def __init__(self, *, folder: Path) -> None:
        self._path = folder / LOCK_NAME
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        """Tell whether this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock or raise DataFolderBusy, naming the holder.

        There is no waiting for a living holder. One that was killed while it started a child
        leaves the lock to that child until it has become another program: a moment.
        """
        if self._descriptor is not None:
            raise DataFolderBusy(f"{self._path} is already locked by this very object")
        try:
            descriptor = os.open(
                self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600
            )
        except OSError as error:
            raise DataFolderUnusable(
                f"cannot open the lock file {self._path}: {error.strerror}; it must be a plain "
                f"file that uid {os.geteuid()} may write"
            ) from error
        try:
            _lock(descriptor)
        except BlockingIOError as error:
            holder = _holder(descriptor)
            os.close(descriptor)
            raise DataFolderBusy(
                f"the data folder {self._path.parent} is in use by process {holder or '(unknown)'};"
                " stop that one, or give this one another folder (BALLAST_DATA_DIR)"
            ) from error
        except OSError as error:
            os.close(descriptor)
            raise DataFolderUnusable(
                f"cannot lock {self._path}: {error.strerror}; the file system must support flock"
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode("ascii"), 0)
        self._descriptor = descriptor

    def release(self) -> None:
        """Give the lock back; nothing happens when it is not held."""
        if self._descriptor is not None:
            # Not by closing alone: a child that another thread is starting has the lock, too,
            # until it has become another program.
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
            os.close(self._descriptor)
            self._descriptor = None


def _lock(descriptor: int) -> None:
    until = time.monotonic() + _DYING_S
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if _may_live(_holder(descriptor)) or time.monotonic() > until:
                raise
        time.sleep(_LOOK_S)


def _holder(descriptor: int) -> str:
    return os.pread(descriptor, _PID_BYTES_MAX, 0).decode("ascii", "replace").strip()


def _may_live(holder: str) -> bool:
    """Tell whether the holder may still live; what is no process id proves nothing."""
    try:
        return not holder.isdigit() or is_alive(int(holder))
    except OverflowError:
        return False
