"""Run Postgres: the binaries that the embedded database finds, as a server that can be killed."""

import asyncio
import os
import signal
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.postgres.embedded.account import choose_account, runnable_binaries
from adapters.postgres.embedded.binaries import find_binaries
from adapters.postgres.embedded.cluster import CLUSTER_NAME, SUPERUSER, Cluster, read_password
from adapters.postgres.embedded.creation import make_cluster
from adapters.postgres.embedded.errors import BinariesNotFound
from adapters.postgres.embedded.leftovers import end_leftovers
from adapters.postgres.embedded.pid_file import read_pid_file
from adapters.postgres.embedded.process import clean_environment
from adapters.postgres.embedded.settings import SETTINGS
from tests.services.process import identify
from tests.services.service import Launch, Place, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """A Postgres server that keeps what it committed, as the embedded one does."""

    place: Place

    name = "postgres"
    ports_needed = 1
    # A fast shutdown: clients are dropped, the files are left in order.
    stop_signal = signal.SIGINT

    @property
    def url(self) -> str:
        """Return the URL of the server's own database; tests make theirs beside it."""
        password = read_password(folder=self._cluster)
        port = self.place.ports[0]
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{port}/postgres?sslmode=disable"

    def launch(self) -> Launch:
        """Make the cluster if there is none, and name the program."""
        try:
            found = find_binaries(environment=os.environ)
            account = choose_account(cluster=self._cluster)
            binaries = runnable_binaries(binaries=found, account=account)
        except BinariesNotFound as error:
            raise Unavailable(f"postgres: {error}") from error
        self.place.folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        if self._cluster.exists():
            # A killed server's processes notice its end only after a moment.
            _in_a_loop(end_leftovers(cluster=self._cluster, fast_s=5.0, immediate_s=5.0))
        else:
            _in_a_loop(make_cluster(folder=self._cluster, binaries=binaries, account=account))
        name = Cluster(folder=self._cluster, account=account).name_for_server
        settings = [f"--{key}={value}" for key, value in SETTINGS.items()]
        port = f"--port={self.place.ports[0]}"
        return Launch(
            command=(str(binaries.postgres), "-D", name, port, *settings),
            folder=self._cluster,
            environment=clean_environment(),
            uid=account.uid,
            gid=account.gid,
        )

    def answers(self) -> bool:
        """Look into the pid file: its last line turns when connections are taken."""
        said = read_pid_file(cluster=self._cluster)
        # A killed server leaves its file behind.
        return said is not None and said.ready and identify(said.pid) is not None

    @property
    def _cluster(self) -> Path:
        return self.place.folder / CLUSTER_NAME


def _in_a_loop(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: the caller's may run an event loop already."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        thread.submit(asyncio.run, work).result()
