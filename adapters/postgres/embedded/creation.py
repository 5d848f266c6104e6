"""Make a cluster and its password in one step."""

import os
import secrets
import shutil
import signal
import tempfile
from pathlib import Path

import structlog

from adapters.postgres.embedded.account import ServerAccount
from adapters.postgres.embedded.binaries import Binaries
from adapters.postgres.embedded.cluster import PASSWORD_NAME, SUPERUSER, Cluster
from adapters.postgres.embedded.errors import ServerDidNotStart
from adapters.postgres.embedded.leftovers import end_leftovers
from adapters.postgres.embedded.process import ended, spawn

log = structlog.get_logger(__name__)

_STAGING_NAME = "postgres.new"
_INITDB_TIMEOUT_S = 120.0


async def make_cluster(*, folder: Path, binaries: Binaries, account: ServerAccount) -> None:
    """Make a cluster and its password, whole or not at all.

    Both are made in a folder beside it and appear by one rename: a power cut leaves no half
    cluster and no cluster without its password.
    """
    staging = folder.with_name(_STAGING_NAME)
    if staging.exists():
        # Only this function makes it, under the data folder's lock, and it never held data. A
        # killed initdb may have left a server that still writes there.
        await end_leftovers(cluster=staging, fast_s=5.0, immediate_s=5.0)
        log.warning("embedded_postgres.unfinished_cluster_removed", folder=str(staging))
        shutil.rmtree(staging)
    staging.mkdir(mode=0o700)
    _give(staging, account=account)
    password = secrets.token_urlsafe(32)
    await _run_initdb(
        cluster=Cluster(folder=staging, account=account), binaries=binaries, password=password
    )
    descriptor = os.open(staging / PASSWORD_NAME, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(f"{password}\n".encode("ascii"))
        file.flush()
        os.fsync(file.fileno())
    _give(staging / PASSWORD_NAME, account=account)
    _sync_folder(staging)
    staging.rename(folder)
    _sync_folder(folder.parent)


async def _run_initdb(*, cluster: Cluster, binaries: Binaries, password: str) -> None:
    reader, writer = os.pipe()
    try:
        # The password goes through a pipe that the account may open: it is in no other file.
        if cluster.account.uid is not None:
            os.fchown(reader, cluster.account.uid, -1)
        os.write(writer, f"{password}\n".encode("ascii"))
        os.close(writer)
        with tempfile.TemporaryFile() as printed:
            process = spawn(
                [
                    binaries.initdb,
                    f"--pgdata={cluster.name_for_server}",
                    f"--username={SUPERUSER}",
                    f"--pwfile=/dev/fd/{reader}",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--no-locale",
                    "--data-checksums",
                ],
                account=cluster.account,
                folder=cluster.folder,
                output=printed,
                death_signal=signal.SIGKILL,
                inherit=(reader,),
            )
            try:
                await ended(process, timeout_s=_INITDB_TIMEOUT_S)
            finally:
                if process.poll() is None:
                    # With the servers that it runs in turn: it leads a group of its own.
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            if process.returncode != 0:
                printed.seek(0)
                said = printed.read().decode("utf-8", "replace").strip()
                raise ServerDidNotStart(
                    f"{binaries.initdb} could not make {cluster.folder}, it ended with "
                    f"{process.returncode}: {said[-1000:]}"
                )
    finally:
        os.close(reader)


def _give(path: Path, *, account: ServerAccount) -> None:
    if account.uid is not None and account.gid is not None:
        os.chown(path, account.uid, account.gid)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
