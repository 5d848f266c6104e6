"""Run the embedded Postgres server: one per data folder, ended with its parent."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import structlog

from adapters.postgres.embedded.account import choose_account, runnable_binaries
from adapters.postgres.embedded.binaries import Binaries, find_binaries, major_version
from adapters.postgres.embedded.cluster import (
    CLUSTER_NAME,
    SUPERUSER,
    Cluster,
    check_cluster,
    make_data_folder,
    read_password,
)
from adapters.postgres.embedded.creation import make_cluster
from adapters.postgres.embedded.errors import (
    ClusterCorrupt,
    PasswordUnreadable,
    ServerDidNotStart,
)
from adapters.postgres.embedded.leftovers import end_leftovers
from adapters.postgres.embedded.lock import DataFolderLock
from adapters.postgres.embedded.log_file import LOG_NAME, complaints, open_log, why_not
from adapters.postgres.embedded.pid_file import is_alive, read_pid_file
from adapters.postgres.embedded.process import ended, spawn
from adapters.postgres.embedded.settings import SETTINGS

log = structlog.get_logger(__name__)

DATABASE_NAME = "ballast"
_PORT_TRIES = 5
_POLL_S = 0.005
_CONNECT_TIMEOUT_S = 10.0


class EmbeddedPostgres:
    """A Postgres server on loopback whose files lie in `<data_dir>/postgres`.

    `start` and `stop` belong to one event loop in a thread that lives as long as the server:
    on Linux the kernel ends the server when that thread ends.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        environment: Mapping[str, str] | None = None,
        start_timeout_s: float = 60.0,
        stop_timeout_s: float = 20.0,
    ) -> None:
        self._data_dir = data_dir
        self._environment = environment
        self._start_timeout_s = start_timeout_s
        self._stop_timeout_s = stop_timeout_s
        self._lock: DataFolderLock | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._url: str | None = None

    @property
    def running(self) -> bool:
        """Tell whether the server's process lives."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Return the server's process id while it is started."""
        return None if self._process is None else self._process.pid

    async def start(self) -> str:
        """Make the cluster if there is none, run the server and return its URL.

        Raises an EmbeddedPostgresFault that says what, where and what would be right; then no
        server runs and the folder is free.
        """
        if self._url is not None:
            return self._url
        data_dir = self._data_dir.absolute()
        make_data_folder(data_dir)
        lock = DataFolderLock(folder=data_dir)
        lock.acquire()
        self._lock = lock
        try:
            self._url = await self._start(data_dir)
        except BaseException:
            await self.stop()
            raise
        return self._url

    async def stop(self) -> None:
        """Shut the server down fast: clients are dropped, the files are left in order."""
        process, self._process, self._url = self._process, None, None
        try:
            if process is not None:
                await self._end(process)
        finally:
            if self._lock is not None:
                self._lock.release()
                self._lock = None

    async def _start(self, data_dir: Path) -> str:
        environment = os.environ if self._environment is None else self._environment
        folder = data_dir / CLUSTER_NAME
        found = await asyncio.to_thread(find_binaries, environment=environment)
        major = await asyncio.to_thread(major_version, binaries=found)
        exists = check_cluster(folder=folder, binaries=found, major=major)
        account = choose_account(cluster=folder)
        binaries = await asyncio.to_thread(runnable_binaries, binaries=found, account=account)
        if not exists:
            await make_cluster(folder=folder, binaries=binaries, account=account)
            log.info("embedded_postgres.cluster_made", folder=str(folder), major=major)
        password = read_password(folder=folder)
        await end_leftovers(cluster=folder, fast_s=self._stop_timeout_s, immediate_s=5.0)
        cluster = Cluster(folder=folder, account=account)
        port = await self._run(cluster=cluster, binaries=binaries, log_path=data_dir / LOG_NAME)
        # No TLS on loopback; drivers that are not told so go looking for keys in HOME.
        url = f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/{{}}?sslmode=disable"
        await _ensure_database(url=url.format("postgres"), folder=folder)
        log.info("embedded_postgres.started", port=port, pid=self.pid, source=binaries.source)
        return url.format(DATABASE_NAME)

    async def _run(self, *, cluster: Cluster, binaries: Binaries, log_path: Path) -> int:
        name = await asyncio.to_thread(lambda: cluster.name_for_server)
        for tries_left in reversed(range(_PORT_TRIES)):
            port = _free_port()
            settings = [f"--{key}={value}" for key, value in SETTINGS.items()]
            with open_log(log_path) as output:
                begin = output.tell()
                # In the loop's own thread: the kernel ties the server to the thread that forks.
                self._process = spawn(
                    [binaries.postgres, "-D", name, f"--port={port}", *settings],
                    account=cluster.account,
                    folder=cluster.folder,
                    output=output,
                    death_signal=signal.SIGINT,
                )
            if await self._ready(self._process, folder=cluster.folder, log_path=log_path):
                return port
            said = complaints(log_path, begin=begin)
            if "could not bind" not in said or tries_left == 0:
                raise why_not(said=said, folder=cluster.folder, log_path=log_path)
        raise AssertionError("the last try returns or raises")

    async def _ready(
        self, process: subprocess.Popen[bytes], *, folder: Path, log_path: Path
    ) -> bool:
        """Wait for line 8 of the pid file; False when the server ended instead."""
        deadline = asyncio.get_running_loop().time() + self._start_timeout_s
        while process.poll() is None:
            said = read_pid_file(cluster=folder)
            if said is not None and said.pid == process.pid and said.ready:
                return True
            if asyncio.get_running_loop().time() >= deadline:
                raise ServerDidNotStart(
                    f"Postgres in {folder} was not ready after {self._start_timeout_s:.0f} s "
                    f"(it may be recovering); see {log_path}"
                )
            await asyncio.sleep(_POLL_S)
        return False

    async def _end(self, process: subprocess.Popen[bytes]) -> None:
        for signal_number, timeout_s in (
            (signal.SIGINT, self._stop_timeout_s),
            (signal.SIGQUIT, 5.0),
            (signal.SIGKILL, 5.0),
        ):
            if process.poll() is None:
                process.send_signal(signal_number)
            if await ended(process, timeout_s=timeout_s):
                log.info("embedded_postgres.stopped", by=signal_number.name)
                return
            log.warning("embedded_postgres.slow_to_stop", asked_by=signal_number.name)


def address_of_running(*, data_dir: Path) -> str | None:
    """Return the URL of the server that another process runs in a data folder, if one does."""
    folder = data_dir.absolute() / CLUSTER_NAME
    said = read_pid_file(cluster=folder)
    if said is None or not said.ready or said.port is None or not is_alive(said.pid):
        return None
    password = read_password(folder=folder)
    place = f"{SUPERUSER}:{password}@127.0.0.1:{said.port}"
    return f"postgresql://{place}/{DATABASE_NAME}?sslmode=disable"


async def _ensure_database(*, url: str, folder: Path) -> None:
    """Check that the password opens the server, and make our database on the first start."""
    try:
        connection = await asyncpg.connect(url, timeout=_CONNECT_TIMEOUT_S)
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        raise PasswordUnreadable(
            f"Postgres refuses the password kept in {folder}; restore the one that belongs to "
            "this cluster"
        ) from error
    except asyncpg.PostgresError as error:
        raise ClusterCorrupt(f"Postgres in {folder} takes no connection: {error}") from error
    except (OSError, TimeoutError) as error:
        raise ServerDidNotStart(f"Postgres in {folder} does not answer: {error}") from error
    try:
        known = "SELECT 1 FROM pg_database WHERE datname = $1"
        if await connection.fetchval(known, DATABASE_NAME) is None:
            await connection.execute(f"CREATE DATABASE {DATABASE_NAME}")
    finally:
        await connection.close(timeout=_CONNECT_TIMEOUT_S)


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
