"""Telling a thousand WebSocket clients of orders, beside the bare `websockets` library.

Ours is the shipped edge: each client holds a ticket, follows an account's orders, got its
snapshot, and has an outbox of its own that counts sequences and drops it when it is slow.
Theirs calls `websockets.broadcast`. Both send the same number of messages of like size, as
fast as the sockets drain, and then at a steady pace for the latency.
"""

from collections.abc import Callable

from bench.rows import Better, Row, compare
from bench.stats import interleave
from bench.ws_measure import measure_ballast_broadcast, measure_bare_broadcast
from bench.ws_tell import MESSAGE_BYTES

CLIENTS = 1_000
MESSAGES = 100
PACED = 40
INTERVAL_MS = 100.0
TURNS = 3
PEER = "websockets.broadcast"


def measure() -> list[Row]:
    """Measure frames per second, then the latency at a steady pace."""
    return beside_bare(
        frames_per_s=lambda: (
            measure_ballast_broadcast(clients=CLIENTS, messages=MESSAGES).frames_per_s
        ),
        p99_ms=lambda: (
            measure_ballast_broadcast(
                clients=CLIENTS, messages=PACED, interval_ms=INTERVAL_MS
            ).latency_ms.p99
        ),
    )


def beside_bare(
    *, frames_per_s: Callable[[], float], p99_ms: Callable[[], float], suffix: str = ""
) -> list[Row]:
    """Measure ours and bare `websockets` in turns; the suffix tells rows of one kind apart."""
    rate = interleave(
        frames_per_s,
        lambda: (
            measure_bare_broadcast(
                clients=CLIENTS, messages=MESSAGES, message_bytes=MESSAGE_BYTES
            ).frames_per_s
        ),
        repeats=TURNS,
    )
    delay = interleave(
        p99_ms,
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
            name=f"websocket_frames_1000_clients{suffix}",
            unit="1/s",
            better=Better.HIGHER,
            ours=rate[0],
            reference=rate[1],
            reference_name=PEER,
        ),
        compare(
            name=f"websocket_p99_1000_clients{suffix}",
            unit="ms",
            better=Better.LOWER,
            ours=delay[0],
            reference=delay[1],
            reference_name=PEER,
        ),
    ]
