"""Measure a broadcast that several processes take from Redis, each for its share of clients."""

import json
import secrets
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import uvloop

from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.streams import MemoryJournal
from adapters.redis.client import RedisLimits, RedisLink
from adapters.redis.streams import RedisEventStream
from adapters.system.randomness import SystemRandomness
from adapters.system.time import SystemSleeper
from bench.serving import free_port, serving
from bench.ws_clients import ClientError, Delivered
from bench.ws_measure import read_delivery
from bench.ws_serve import ANSWER_S
from bench.ws_tell import tell

_FULL_S_MAX = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FanoutResult:
    """What the clients of all processes received; of the p99s, the worst process's."""

    frames: int
    frames_per_s: float
    p99_ms: float


def measure_fanout(
    *, redis_url: str, clients: int, messages: int, interval_ms: float = 0.0, processes: int = 2
) -> FanoutResult:
    """Publish once through Redis to as many edges as there are processes."""
    share = clients // processes
    # A stream of this run's own: the next one numbers its messages anew.
    space = f"bench:{secrets.token_hex(6)}"
    with TemporaryDirectory(prefix="ballast-bench-") as folder, ExitStack() as stack:
        edges = [
            stack.enter_context(
                _edge(Path(folder, str(number)), redis_url=redis_url, space=space, clients=share)
            )
            for number in range(processes)
        ]
        with ThreadPoolExecutor(max_workers=processes) as threads:
            reading = [
                threads.submit(_read, edge, clients=share, messages=messages) for edge in edges
            ]
            _wait_until_full(edges, reading=reading)
            uvloop.run(_publish(redis_url, space=space, messages=messages, interval_ms=interval_ms))
            return _joined([one.result() for one in reading])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edge:
    port: int
    note: Path
    full: Path


@contextmanager
def _edge(folder: Path, *, redis_url: str, space: str, clients: int) -> Iterator[_Edge]:
    folder.mkdir()
    edge = _Edge(port=free_port(), note=folder / "note.json", full=folder / "full")
    arguments = (
        "-m",
        "bench.ws_serve",
        f"--port={edge.port}",
        f"--note={edge.note}",
        f"--clients={clients}",
        "--messages=0",
        f"--redis={redis_url}",
        f"--space={space}",
        f"--full={edge.full}",
    )
    with serving(arguments=arguments, port=edge.port):
        yield edge


def _read(edge: _Edge, *, clients: int, messages: int) -> Delivered:
    told = json.loads(edge.note.read_text())
    return read_delivery(
        port=edge.port,
        clients=clients,
        messages=messages,
        paths=told["paths"],
        hello=(told["hello"],),
    )


def _wait_until_full(edges: Sequence[_Edge], *, reading: Sequence["Future[Delivered]"]) -> None:
    deadline = monotonic() + _FULL_S_MAX
    while not all(edge.full.exists() for edge in edges):
        for one in reading:
            if one.done():
                one.result()
        if monotonic() > deadline:
            raise ClientError(f"the clients were not all there within {_FULL_S_MAX:g} s")
        sleep(0.05)


async def _publish(url: str, *, space: str, messages: int, interval_ms: float) -> None:
    link = RedisLink(
        url=url, randomness=SystemRandomness(), limits=RedisLimits(answer_s=ANSWER_S), space=space
    )
    await link.start()
    journal = MemoryJournal(MemoryLink(MemoryDatabase()))
    stream = RedisEventStream(link=link, journal=journal, sleeper=SystemSleeper())
    try:
        await tell(
            lambda notice: stream.publish([notice]), messages=messages, interval_ms=interval_ms
        )
    finally:
        await link.stop()


def _joined(parts: Sequence[Delivered]) -> FanoutResult:
    frames = sum(one.frames for one in parts)
    # Each counts from the stamp of the same first message.
    seconds = max(one.seconds for one in parts)
    return FanoutResult(
        frames=frames,
        frames_per_s=frames / seconds,
        p99_ms=max(one.latency_ms.p99 for one in parts),
    )
