"""The embedded server comes back after kills and power cuts, and refuses what is broken."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.postgres.embedded.account import ServerAccount, choose_account
from adapters.postgres.embedded.binaries import find_binaries
from adapters.postgres.embedded.errors import (
    BinariesNotFound,
    ClusterCorrupt,
    ClusterIncomplete,
    DataFolderUnusable,
    EmbeddedPostgresFault,
    PasswordUnreadable,
    ServerDidNotStart,
    WrongMajorVersion,
)
from adapters.postgres.embedded.lock import DataFolderLock
from adapters.postgres.embedded.pid_file import read_pid_file, servers_in
from adapters.postgres.embedded.server import EmbeddedPostgres
from tests.integration.adapters.postgres.launching import (
    RUNNER,
    ask,
    copy_of,
    data_folder,
    gone,
    in_a_process,
    running,
)

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")


@pytest.fixture(scope="module")
def original() -> Iterator[Path]:
    """Make a cluster that holds one row and is shut down."""

    async def fill(folder: Path) -> None:
        async with running(folder) as (_, url):
            await ask(url, "CREATE TABLE kept AS SELECT 42 AS value")

    with data_folder() as folder:
        asyncio.run(fill(folder))
        yield folder


@pytest.fixture
def made(original: Path) -> Iterator[Path]:
    """Give a copy of it to break."""
    with data_folder() as folder:
        copy_of(original, to=folder)
        yield folder


async def refused(folder: Path, fault: type[EmbeddedPostgresFault], said: str) -> None:
    """Start must raise that fault, change nothing and leave the folder free."""
    before = contents(folder)
    with pytest.raises(fault, match=said) as caught:
        await EmbeddedPostgres(data_dir=folder).start()
    assert type(caught.value) is fault
    assert contents(folder) == before
    lock = DataFolderLock(folder=folder)
    lock.acquire()
    lock.release()


def contents(folder: Path) -> dict[str, bytes]:
    # Postgres leaves its pid file behind when it cannot even begin.
    passing = {"ballast.lock", "postgres.log", "postmaster.opts", "postmaster.pid"}
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and path.name not in passing
    }


async def test_the_server_ends_with_its_killed_parent_and_keeps_what_was_committed() -> None:
    with data_folder() as folder:
        for rows in (1, 2, 3):
            with in_a_process(folder) as (process, said):
                assert said["rows"] == rows
                process.send_signal(signal.SIGKILL)
                process.wait(10)
                # At once: the old server may still be shutting down.
                async with running(folder) as (_, url):
                    assert await ask(url, "SELECT count(*) FROM kept") == rows
                assert await gone(said["pid"])


async def test_a_killed_server_recovers(made: Path) -> None:
    async with running(made) as (server, url):
        await ask(url, "INSERT INTO kept VALUES (43)")
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
    assert (made / "postgres" / "postmaster.pid").exists()
    async with running(made) as (_, url):
        assert await ask(url, "SELECT count(*) FROM kept") == 2


async def test_a_server_without_a_parent_is_shut_down_before_ours_starts(made: Path) -> None:
    cluster = made / "postgres"
    orphan = orphaned_server(cluster)
    async with running(made) as (server, url):
        assert orphan.wait(10) == 0
        assert server.pid != orphan.pid
        assert await ask(url, "SELECT value FROM kept") == 42
    assert servers_in(cluster=cluster) == frozenset()


def orphaned_server(cluster: Path) -> subprocess.Popen[bytes]:
    """Start a server as on a system that does not end children with their parent."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    account = choose_account(cluster=cluster)
    program = find_binaries(environment=os.environ).postgres
    orphan = subprocess.Popen(
        [program, "-D", cluster, "-h", "127.0.0.1", "-p", str(port), "-k", ""],
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
        stderr=subprocess.DEVNULL,
    )
    for _ in range(500):
        said = read_pid_file(cluster=cluster)
        if said is not None and said.ready:
            return orphan
        time.sleep(0.02)
    orphan.kill()
    raise AssertionError("the orphan did not start")


def sleeper(account: ServerAccount) -> subprocess.Popen[bytes]:
    """Start a program that is no server, as the server's user."""
    return subprocess.Popen(
        ["sleep", "60"],
        user=account.uid,
        group=account.gid,
        extra_groups=None if account.uid is None else [],
    )


async def test_a_pid_file_from_before_a_power_cut_is_moved_aside_when_its_pid_is_anothers(
    made: Path,
) -> None:
    cluster = made / "postgres"
    # A program of the same user: Postgres itself would take it for a running server.
    other = sleeper(choose_account(cluster=cluster))
    try:
        stale = f"{other.pid}\n{cluster}\n1\n5432\n\n127.0.0.1\n  1  1\nready   \n"
        (cluster / "postmaster.pid").write_text(stale)
        async with running(made) as (_, url):
            assert await ask(url, "SELECT value FROM kept") == 42
        assert (cluster / "postmaster.pid.stale").read_text() == stale
        assert other.poll() is None
    finally:
        other.kill()
        other.wait(10)


@pytest.mark.parametrize("text", ["999999999\n", "", "garbage\n", "\0" * 40])
async def test_a_pid_file_that_names_nobody_does_not_keep_the_server_down(
    made: Path, text: str
) -> None:
    path = made / "postgres" / "postmaster.pid"
    path.write_text(text)
    shutil.chown(path, (made / "postgres").stat().st_uid)
    async with running(made) as (_, url):
        assert await ask(url, "SELECT value FROM kept") == 42


async def test_an_unfinished_first_start_is_begun_again() -> None:
    with data_folder() as folder:
        (folder / "postgres.new" / "base").mkdir(parents=True)
        folder.chmod(0o711)
        async with running(folder) as (_, url):
            assert await ask(url, "SELECT 1") == 1
        assert not (folder / "postgres.new").exists()


async def test_a_file_in_place_of_the_data_folder() -> None:
    with data_folder() as folder:
        folder.write_text("x")
        with pytest.raises(DataFolderUnusable, match="is a file"):
            await EmbeddedPostgres(data_dir=folder).start()
        with pytest.raises(DataFolderUnusable, match="cannot make"):
            await EmbeddedPostgres(data_dir=folder / "below").start()
        assert folder.read_text() == "x"


async def test_a_file_in_place_of_the_clusters_folder() -> None:
    with data_folder() as folder:
        folder.mkdir()
        (folder / "postgres").write_text("x")
        await refused(folder, ClusterIncomplete, "is a file where")


async def test_an_empty_folder_is_not_taken_for_a_first_start() -> None:
    with data_folder() as folder:
        (folder / "postgres").mkdir(parents=True)
        await refused(folder, ClusterIncomplete, "no PG_VERSION")
        assert [*(folder / "postgres").iterdir()] == []


async def test_a_cluster_without_its_version(made: Path) -> None:
    (made / "postgres" / "PG_VERSION").unlink()
    await refused(made, ClusterIncomplete, "no PG_VERSION.*backup")


@pytest.mark.parametrize("text", [b"", b"eighteen", b"\xff\xfe"])
async def test_a_cluster_with_a_garbage_version(made: Path, text: bytes) -> None:
    (made / "postgres" / "PG_VERSION").write_bytes(text)
    await refused(made, ClusterCorrupt, "PG_VERSION")


@pytest.mark.parametrize("version", ["9", "17", "99"])
async def test_a_cluster_of_another_major_version(made: Path, version: str) -> None:
    (made / "postgres" / "PG_VERSION").write_text(f"{version}\n")
    await refused(made, WrongMajorVersion, f"made by Postgres {version}.*BALLAST_PG_BINDIR")


@pytest.mark.skipif(not DEBIAN_15.is_dir(), reason="Debian's Postgres 15 is not installed")
async def test_named_binaries_are_used_and_a_real_older_cluster_is_refused_by_newer_ones() -> None:
    with data_folder() as folder:
        async with running(folder, environment={"BALLAST_PG_BINDIR": str(DEBIAN_15)}) as (_, url):
            assert str(await ask(url, "SHOW server_version")).startswith("15.")
        await refused(folder, WrongMajorVersion, "made by Postgres 15")


@pytest.mark.parametrize("garbage", [b"", b"\x00" * 8192, b"garbage" * 1200])
async def test_a_garbage_control_file(made: Path, garbage: bytes) -> None:
    (made / "postgres" / "global" / "pg_control").write_bytes(garbage)
    await refused(made, ClusterCorrupt, "cannot read its files.*backup")


async def test_a_missing_control_file(made: Path) -> None:
    (made / "postgres" / "global" / "pg_control").unlink()
    await refused(made, ClusterCorrupt, "cannot read its files.*pg_control")


async def test_a_lost_write_ahead_log(made: Path) -> None:
    shutil.rmtree(made / "postgres" / "pg_wal")
    (made / "postgres" / "pg_wal").mkdir()
    shutil.chown(made / "postgres" / "pg_wal", (made / "postgres").stat().st_uid)
    with pytest.raises(ClusterCorrupt, match="checkpoint"):
        await EmbeddedPostgres(data_dir=made).start()


@pytest.mark.parametrize("text", [b"", b"\n", b"two words", b"\xff\xfe", b"x" * 5000])
async def test_a_garbage_password_file(made: Path, text: bytes) -> None:
    (made / "postgres" / "ballast.password").write_bytes(text)
    await refused(made, PasswordUnreadable, "does not hold a password")


async def test_a_missing_password_file(made: Path) -> None:
    (made / "postgres" / "ballast.password").unlink()
    await refused(made, PasswordUnreadable, "cannot be read: No such file")


async def test_a_folder_in_place_of_the_password_file(made: Path) -> None:
    (made / "postgres" / "ballast.password").unlink()
    (made / "postgres" / "ballast.password").mkdir(mode=0o700)
    await refused(made, PasswordUnreadable, "cannot be read: Is a directory")


async def test_a_password_file_that_others_may_read(made: Path) -> None:
    (made / "postgres" / "ballast.password").chmod(0o644)
    await refused(made, PasswordUnreadable, "mode 0644")


async def test_another_clusters_password(made: Path) -> None:
    (made / "postgres" / "ballast.password").write_text("not-the-right-one\n")
    with pytest.raises(PasswordUnreadable, match="refuses the password"):
        await EmbeddedPostgres(data_dir=made).start()
    assert servers_in(cluster=made / "postgres") == frozenset()


async def test_a_folder_of_the_wrong_mode_is_named_by_the_servers_own_words(made: Path) -> None:
    (made / "postgres").chmod(0o777)
    await refused(made, ServerDidNotStart, "invalid permissions")


async def test_named_binaries_that_are_none(made: Path) -> None:
    server = EmbeddedPostgres(data_dir=made, environment={"BALLAST_PG_BINDIR": "/nonexistent"})
    with pytest.raises(BinariesNotFound, match="BALLAST_PG_BINDIR=/nonexistent"):
        await server.start()


@pytest.mark.parametrize("after_s", [0.02, 0.1, 0.25, 0.4])
async def test_a_first_start_killed_half_way_is_begun_again(after_s: float) -> None:
    with data_folder() as folder:
        kill_while_starting(folder, after_s=after_s)
        async with running(folder) as (_, url):
            assert await ask(url, "SELECT 1") == 1
        assert not (folder / "postgres.new").exists()


def kill_while_starting(folder: Path, *, after_s: float) -> None:
    """Kill a process that starts a server for the first time, so long after it began to."""
    process = subprocess.Popen(
        [sys.executable, "-B", "-m", RUNNER, str(folder), "hold"], stdout=subprocess.DEVNULL
    )
    while not (folder / "postgres.new").exists() and process.poll() is None:
        time.sleep(0.002)
    time.sleep(after_s)
    process.kill()
    process.wait(10)
