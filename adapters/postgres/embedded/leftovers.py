"""End a server that outlived its parent in a cluster's folder."""

import asyncio
import os
import signal
from pathlib import Path

import structlog

from adapters.postgres.embedded.errors import ServerDidNotStop
from adapters.postgres.embedded.pid_file import (
    PID_FILE,
    PidFile,
    is_alive,
    read_pid_file,
    sees_every_server,
    servers_in,
)

log = structlog.get_logger(__name__)

_POLL_S = 0.02


async def end_leftovers(*, cluster: Path, fast_s: float, immediate_s: float) -> None:
    """Bring the cluster's folder to rest: no server works in it when this returns.

    The caller holds the data folder's lock, so a server found here has lost its parent. It is
    asked to shut down fast, then immediately (the next start recovers from the log); a server
    that ignores both is an error, never a SIGKILL: that could leave backends writing.
    """
    named = await asyncio.to_thread(read_pid_file, cluster=cluster)
    running = await asyncio.to_thread(servers_in, cluster=cluster)
    if running:
        log.warning("embedded_postgres.leftover_server", folder=str(cluster), pids=sorted(running))
    for signal_number, timeout_s in ((signal.SIGINT, fast_s), (signal.SIGQUIT, immediate_s)):
        if not running:
            break
        _ask(_leader(named=named, running=running), signal_number)
        running = await _wait_for_rest(cluster=cluster, timeout_s=timeout_s)
    if running:
        raise ServerDidNotStop(
            f"processes {sorted(running)} of an earlier Postgres still work in {cluster} and do "
            "not end; end them (SIGQUIT to the first), then start again"
        )
    if sees_every_server() and (cluster / PID_FILE).exists():
        _set_stale_file_aside(cluster=cluster, named=named)


def _set_stale_file_aside(*, cluster: Path, named: PidFile | None) -> None:
    """Move a pid file that would keep Postgres from starting though nobody works here.

    After a power cut it may be empty, or its pid may belong to some other program: Postgres
    cannot tell these from a running server and would refuse. A dead pid it handles itself.
    """
    if named is not None and not is_alive(named.pid):
        return
    aside = cluster / f"{PID_FILE}.stale"
    (cluster / PID_FILE).replace(aside)
    log.warning(
        "embedded_postgres.stale_pid_file",
        pid=None if named is None else named.pid,
        moved_to=str(aside),
    )


def _leader(*, named: PidFile | None, running: frozenset[int]) -> frozenset[int]:
    """Return whom to signal: the server, which ends its own, or else each that is left."""
    return frozenset({named.pid}) if named is not None and named.pid in running else running


def _ask(pids: frozenset[int], signal_number: signal.Signals) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal_number)
        except ProcessLookupError:
            continue


async def _wait_for_rest(*, cluster: Path, timeout_s: float) -> frozenset[int]:
    deadline = asyncio.get_running_loop().time() + timeout_s
    while running := await asyncio.to_thread(servers_in, cluster=cluster):
        if asyncio.get_running_loop().time() >= deadline:
            break
        await asyncio.sleep(_POLL_S)
    return running
