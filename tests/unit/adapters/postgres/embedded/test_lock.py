"""One holder per data folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from adapters.postgres.embedded.errors import DataFolderBusy, DataFolderUnusable
from adapters.postgres.embedded.lock import DataFolderLock


def test_a_second_holder_is_refused_and_told_who_the_first_is(tmp_path: Path) -> None:
    first, second = DataFolderLock(folder=tmp_path), DataFolderLock(folder=tmp_path)
    first.acquire()
    with pytest.raises(DataFolderBusy, match=f"in use by process {os.getpid()};"):
        second.acquire()
    assert (first.held, second.held) == (True, False)
    first.release()


def test_a_released_lock_can_be_taken_by_another(tmp_path: Path) -> None:
    first, second = DataFolderLock(folder=tmp_path), DataFolderLock(folder=tmp_path)
    first.acquire()
    first.release()
    first.release()
    second.acquire()
    assert second.held
    second.release()


def test_a_released_lock_is_free_though_a_child_is_being_started(tmp_path: Path) -> None:
    first, second = DataFolderLock(folder=tmp_path), DataFolderLock(folder=tmp_path)
    first.acquire()
    # What a child has of it between fork and exec.
    theirs = os.dup(_descriptor_of(tmp_path / "ballast.lock"))
    first.release()
    second.acquire()
    assert second.held
    second.release()
    os.close(theirs)


def _descriptor_of(path: Path) -> int:
    opened = Path("/proc/self/fd").iterdir()
    return next(int(one.name) for one in opened if one.resolve() == path.resolve())


def test_a_holder_cannot_take_it_twice(tmp_path: Path) -> None:
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    with pytest.raises(DataFolderBusy):
        lock.acquire()
    lock.release()


def test_the_kernel_drops_the_lock_of_a_killed_holder(tmp_path: Path) -> None:
    code = (
        "import pathlib, os, signal\n"
        "from adapters.postgres.embedded.lock import DataFolderLock\n"
        f"DataFolderLock(folder=pathlib.Path({str(tmp_path)!r})).acquire()\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], timeout=20, check=False)
    assert ended.returncode == -9
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    assert (tmp_path / "ballast.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_an_old_holders_longer_pid_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "ballast.lock").write_text("99999999999999\n")
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    assert (tmp_path / "ballast.lock").read_text() == f"{os.getpid()}\n"
    lock.release()


def test_the_lock_file_is_for_its_owner_only(tmp_path: Path) -> None:
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    assert (tmp_path / "ballast.lock").stat().st_mode & 0o777 == 0o600
    lock.release()


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_anything_but_a_plain_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "ballast.lock"
    if kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(DataFolderUnusable, match="plain file"):
        DataFolderLock(folder=tmp_path).acquire()
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_killed_holder_was_starting_is_waited_for(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, time\n"
        "from adapters.postgres.embedded.lock import DataFolderLock\n"
        f"DataFolderLock(folder=pathlib.Path({str(tmp_path)!r})).acquire()\n"
        # The child has not become another program yet: what its parent held is still open.
        "if os.fork() == 0:\n"
        "    time.sleep(0.3)\n"
        "    os._exit(0)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    subprocess.run([sys.executable, "-c", program], check=False, timeout=20)
    lock = DataFolderLock(folder=tmp_path)
    lock.acquire()
    lock.release()
