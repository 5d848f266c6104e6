"""How long until a stop is acknowledged, with eight clients that stop at once, over HTTP.

A whole server on Postgres. Each request is `POST /api/v1/kill-switch/activate` without a passcode,
for a symbol of its own; the answer comes once the latch, its audit entry and its notice are
stored, the barrier is closed and no send is on its way. Nothing is measured beside it: no peer
confirms a stop.
"""

import json
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop

from bench.context import Context, open_context
from bench.load import Load, Report, run_load
from bench.postgres import fresh_database
from bench.rows import Better, Row, alone
from bench.servers import own_server

CLIENTS = 8
TURNS = 5
STOPS = 200
WARM_UP = 40
GOAL_P99_MS = 100.0
PATH = "/api/v1/kill-switch/activate"


def measure() -> list[Row]:
    """Stop again and again; give the median and the 99th percentile of each turn."""
    with own_server("postgres") as server, TemporaryDirectory(prefix="ballast-bench-") as folder:
        url = fresh_database(server, migrated=False)
        with open_context(database_url=url, folder=Path(folder), accounts=1) as context:
            turns = [uvloop.run(_stops(context, turn)) for turn in range(TURNS)]
    return [
        _row("kill_ack_p50", [turn.latency_ms.p50 for turn in turns], goal=None),
        _row("kill_ack_p99", [turn.latency_ms.p99 for turn in turns], goal=GOAL_P99_MS),
    ]


async def _stops(context: Context, turn: int) -> Report:
    def body(number: int) -> bytes:
        symbol = f"S{turn}X{number}"
        return json.dumps({"scope": "symbol", "symbol": symbol, "reason": "measured"}).encode()

    return await run_load(
        Load(
            port=context.port,
            path=PATH,
            body=body,
            requests=STOPS,
            connections=CLIENTS,
            warm_up=WARM_UP,
            headers={"Authorization": f"Bearer {context.token}"},
            expect_status=200,
        )
    )


def _row(name: str, sample: list[float], *, goal: float | None) -> Row:
    return alone(name=name, unit="ms", better=Better.LOWER, ours=sample, goal=goal)
