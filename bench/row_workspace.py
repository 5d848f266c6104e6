"""Restoring a layout of a mebibyte by 32 connections, while the same one is saved anew.

Ours reads the token, finds the owner's default workspace, and compares the layout with the
hash that it was saved under. The bare side answers with one row's bytes. Both run on the same
Postgres, each in a database of its own, and are loaded in turn by the same client; each turn
a writer saves the whole layout five times a second, at most.

The goal is on our p99 in milliseconds. The other row says how far from the floor that is.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import uvloop

from adapters.postgres.embedded.server import EmbeddedPostgres
from bench.context import Context, open_context
from bench.load import Load, Report, run_load
from bench.peers.bare_layout import PATH as BARE_PATH
from bench.postgres import fresh_database
from bench.rows import Better, Row, alone, compare
from bench.serving import free_port, serving
from bench.stats import interleave

TURNS = 5
MANY = 32
REQUESTS = 1_500
GOAL_P99_MS = 200.0
PEER = "Litestar + one SELECT"
PATH = "/api/v1/user/workspace"
LAYOUT_BYTES = 1_048_576
WRITE_EVERY_S = 0.2
_NAME = b"Bench"


def measure() -> list[Row]:
    """Measure both sides in turn."""
    layout = made_layout(LAYOUT_BYTES)
    with _sides() as (context, bare_port):
        ours, bare = _ours(context, layout=layout), _bare(bare_port, layout=layout)
        # Both have something to read before the first turn.
        uvloop.run(run_load(ours.first))
        uvloop.run(run_load(bare.first))
        our_ms, bare_ms = interleave(ours.p99_ms, bare.p99_ms, repeats=TURNS)
    return [
        alone(
            name="workspace_restore_p99_32_connections",
            unit="ms",
            better=Better.LOWER,
            ours=our_ms,
            goal=GOAL_P99_MS,
        ),
        compare(
            name="workspace_restore_p99_over_bare",
            unit="ms",
            better=Better.LOWER,
            ours=our_ms,
            reference=bare_ms,
            reference_name=PEER,
        ),
    ]


def made_layout(size: int) -> bytes:
    """Make a layout of exactly so many bytes, as varied as a screen full of panels is."""
    random = Random(7)  # noqa: S311 - a seed must repeat a run
    panels: list[dict[str, object]] = []
    text = b""
    while len(text) < size:
        panels += [
            {
                "id": f"panel-{len(panels) + number}",
                "type": random.choice(["chart", "blotter", "news", "depth"]),
                "x": random.randint(0, 1_920),
                "y": random.randint(0, 1_080),
                "width": random.random(),
                "symbols": random.sample(["AAPL", "IBM", "MSFT", "JPM", "XOM", "KO"], 3),
                "open": random.random() < 0.5,
            }
            for number in range(500)
        ]
        text = json.dumps({"panels": panels, "note": ""}).encode()
    while len(text) > size:
        panels.pop()
        text = json.dumps({"panels": panels, "note": ""}).encode()
    return text[:-2] + b"x" * (size - len(text)) + text[-2:]


class _Side:
    """One server: how it is read, how it is written, and how it gets its first layout."""

    def __init__(self, *, first: Load, read: Load, write: Load) -> None:
        self.first = first
        self._read = read
        self._write = write

    def p99_ms(self) -> float:
        """Read for a turn while the writer writes, and give what the slowest in a hundred took."""
        return uvloop.run(self._turn()).latency_ms.p99

    async def _turn(self) -> Report:
        reading = asyncio.create_task(run_load(self._read))
        while not reading.done():
            await run_load(self._write)
            await asyncio.wait([reading], timeout=WRITE_EVERY_S)
        return await reading


def _ours(context: Context, *, layout: bytes) -> _Side:
    body = b'{"name":"%b","layout":%b}' % (_NAME, layout)
    headers = {"authorization": f"Bearer {context.token}"}
    return _Side(
        first=_once(context.port, PATH, body, method="POST", status=201, headers=headers),
        write=_once(
            *(context.port, PATH, body),
            method="POST",
            status=200,
            headers={**headers, "if-match": "*"},
        ),
        read=_reading(context.port, PATH, headers=headers),
    )


def _bare(port: int, *, layout: bytes) -> _Side:
    write = _once(port, BARE_PATH, layout, method="PUT", status=200, headers={})
    return _Side(first=write, write=write, read=_reading(port, BARE_PATH, headers={}))


def _once(
    port: int, path: str, body: bytes, *, method: str, status: int, headers: dict[str, str]
) -> Load:
    return Load(
        port=port,
        path=path,
        body=lambda _: body,
        method=method,
        requests=1,
        warm_up=0,
        headers=headers,
        expect_status=status,
    )


def _reading(port: int, path: str, *, headers: dict[str, str]) -> Load:
    return Load(
        port=port,
        path=path,
        body=lambda _: b"",
        method="GET",
        requests=REQUESTS,
        connections=MANY,
        headers=headers,
        expect_status=200,
        timeout_s=300.0,
    )


@contextmanager
def _sides() -> Iterator[tuple[Context, int]]:
    """Run one Postgres, our server and the bare one on it; give our desk and their port."""
    with tempfile.TemporaryDirectory(prefix="ballast-bench-") as name:
        folder = Path(name)
        (folder / "postgres").mkdir()
        server = EmbeddedPostgres(data_dir=folder / "postgres")
        try:
            url = uvloop.run(server.start())
            port = free_port()
            bare = (
                "-m",
                "bench.peers.bare_layout",
                f"--database-url={fresh_database(url, migrated=False)}",
                f"--port={port}",
                f"--pool-size={MANY}",
                "--seconds-max=1800",
            )
            with (
                open_context(database_url=url, folder=folder / "data", accounts=1) as context,
                serving(arguments=bare, port=port),
            ):
                yield context, port
        finally:
            uvloop.run(server.stop())
