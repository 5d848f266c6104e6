"""Telling a thousand WebSocket clients over two API processes, beside bare `websockets`.

Ours is the shipped edge twice, 500 clients each: notices are published once, one after the
other, to a Redis stream that both processes follow, and go to each client with ticket,
snapshot and sequences. Theirs is one process that calls `websockets.broadcast`, as in
row_websocket, with nothing to fan out. Each process has a process of clients; so ours needs
four on a machine and theirs two. The p99 is the worse one of the two processes.
"""

from bench.row_websocket import CLIENTS, INTERVAL_MS, MESSAGES, PACED, PEER
from bench.rows import Better, Row, compare
from bench.servers import own_server
from bench.stats import interleave
from bench.ws_fanout import measure_fanout
from bench.ws_measure import measure_bare_broadcast
from bench.ws_tell import MESSAGE_BYTES

TURNS = 3


def measure() -> list[Row]:
    """Measure frames per second, then the latency at a steady pace."""
    with own_server("redis") as url:
        rate = interleave(
            lambda: measure_fanout(redis_url=url, clients=CLIENTS, messages=MESSAGES).frames_per_s,
            lambda: (
                measure_bare_broadcast(
                    clients=CLIENTS, messages=MESSAGES, message_bytes=MESSAGE_BYTES
                ).frames_per_s
            ),
            repeats=TURNS,
        )
        delay = interleave(
            lambda: (
                measure_fanout(
                    redis_url=url,
                    clients=CLIENTS,
                    messages=PACED,
                    interval_ms=INTERVAL_MS,
                ).p99_ms
            ),
            lambda: (
                measure_bare_broadcast(
                    clients=CLIENTS,
                    messages=PACED,
                    interval_ms=INTERVAL_MS,
                    message_bytes=MESSAGE_BYTES,
                ).latency_ms.p99
            ),
            repeats=TURNS,
        )
    return [
        compare(
            name="websocket_frames_1000_clients_2_processes",
            unit="1/s",
            better=Better.HIGHER,
            ours=rate[0],
            reference=rate[1],
            reference_name=PEER,
        ),
        compare(
            name="websocket_p99_1000_clients_2_processes",
            unit="ms",
            better=Better.LOWER,
            ours=delay[0],
            reference=delay[1],
            reference_name=PEER,
        ),
    ]
