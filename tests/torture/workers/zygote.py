"""Fork processes that have everything imported: `python -m tests.torture.workers.zygote`.

Most of a worker's start is its imports. This process does them once and does nothing else:
no loop, no thread, no connection is there when it forks. What it forks is a process like any
other, with a process id, sockets and a death of its own.

Orders come in as lines of JSON, what happens goes out as lines of JSON. At the end of its
input all that it forked is killed.
"""

import asyncio
import ctypes
import gc
import importlib
import json
import os
import select
import signal
import sys
import traceback
import warnings
from typing import Any

from adapters.market_data.bokeh.source import read_bokeh
from adapters.market_data.replay.market import HistoricalMarket
from bootstrap.container import build_hasher, build_kill_hasher, compose
from bootstrap.settings.load import load_settings
from tests.torture.workers.bodies import BODIES

# What a worker imports only once it runs.
_LATE = (
    "adapters.kafka.events",
    "adapters.kafka.heartbeats",
    "adapters.kafka.monitor",
    "adapters.kafka.transport",
    "bootstrap.http",
    "numpy",
)
# Enough settings to make every part; none of them connects to anything here.
_ANY = {
    "BALLAST_CONFIG": "",
    "BALLAST_PROFILE": "cluster",
    "BALLAST_DATABASE_URL": "postgresql://127.0.0.1/nowhere",
    "BALLAST_KAFKA_BOOTSTRAP": "127.0.0.1:1",
    "BALLAST_PAPER_URL": "http://127.0.0.1:1",
}
_POLL_S = 0.02
_PR_SET_PDEATHSIG = 1
_PRCTL = ctypes.CDLL(None, use_errno=True).prctl if sys.platform == "linux" else None


def main() -> None:
    """Fork what is asked for until the input ends."""
    _warm_up()
    gc.freeze()
    children: dict[int, int] = {}
    waiting = b""
    _say(sys.stdout.fileno(), {"at": "zygote"})
    while True:
        readable, _, _ = select.select([0], [], [], _POLL_S)
        if readable:
            read = os.read(0, 65_536)
            if not read:
                break
            *lines, waiting = (waiting + read).split(b"\n")
            for line in lines:
                _obey(json.loads(line), children)
        _reap(children)
    for pid in children.values():
        os.kill(pid, signal.SIGKILL)


def _warm_up() -> None:
    """Import what a worker needs, by making all of its parts; constructors do no I/O."""
    for name in _LATE:
        importlib.import_module(name)
    parts = compose(load_settings(environment=_ANY).settings).make()
    parts.of(build_hasher).close()
    parts.of(build_kill_hasher).close()
    # The library keeps a schedule that was computed once.
    warnings.simplefilter("ignore", DeprecationWarning)
    asyncio.run(HistoricalMarket(read_bokeh).start())
    del parts
    gc.collect()


def _obey(order: dict[str, Any], children: dict[int, int]) -> None:
    if "signal" in order:
        # Not reaped yet, so the number is still its own.
        if order["id"] in children:
            os.kill(children[order["id"]], order["signal"])
        return
    pid = os.fork()
    if pid == 0:
        _live(order)
    children[order["id"]] = pid
    _say(1, {"at": "started", "id": order["id"], "pid": pid})


def _reap(children: dict[int, int]) -> None:
    for number, pid in list(children.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            del children[number]
            code = os.waitstatus_to_exitcode(status)
            _say(1, {"at": "ended", "id": number, "status": code})


def _live(order: dict[str, Any]) -> None:
    """Be the new process; never returns."""
    code = 1
    try:
        os.setsid()
        if _PRCTL is not None:
            _PRCTL(_PR_SET_PDEATHSIG, int(signal.SIGKILL))
        told = os.dup(1)
        log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(order["environment"])
        BODIES[order["body"]](
            order["given"], lambda: _say(told, {"at": "ready", "id": order["id"]})
        )
        code = 0
    # A forked process ends here, whatever it was: nothing above may see it.
    except BaseException:  # noqa: BLE001
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say(descriptor: int, what: dict[str, Any]) -> None:
    # Shorter than what a pipe takes at once: lines of several processes never mix.
    os.write(descriptor, json.dumps(what).encode() + b"\n")


if __name__ == "__main__":
    main()
