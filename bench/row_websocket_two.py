"""Telling a thousand WebSocket clients over two API processes, beside bare `websockets`.

Ours is the shipped edge twice, 500 clients each: notices are published once, one after the
other, to a Redis stream that both processes follow, and go to each client with ticket,
snapshot and sequences. Theirs is one process that calls `websockets.broadcast`, as in
row_websocket, with nothing to fan out. Each process has a process of clients; so ours needs
four on a machine and theirs two. The p99 is the worse one of the two processes.
"""

from bench.row_websocket import CLIENTS, INTERVAL_MS, MESSAGES, PACED, beside_bare
from bench.rows import Row
from bench.servers import own_server
from bench.ws_fanout import measure_fanout


def measure() -> list[Row]:
    """Measure frames per second, then the latency at a steady pace."""
    with own_server("redis") as url:
        return beside_bare(
            frames_per_s=lambda: (
                measure_fanout(redis_url=url, clients=CLIENTS, messages=MESSAGES).frames_per_s
            ),
            p99_ms=lambda: (
                measure_fanout(
                    redis_url=url, clients=CLIENTS, messages=PACED, interval_ms=INTERVAL_MS
                ).p99_ms
            ),
            suffix="_2_processes",
        )
