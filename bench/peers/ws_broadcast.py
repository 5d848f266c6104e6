"""The bare `websockets` library telling every client the same messages.

It waits for `--clients` connections, then calls `websockets.broadcast` `--messages` times,
`--interval-ms` apart (0: as fast as the loop turns), on uvloop and without compression. Each
message is a JSON object of about `--message-bytes` that carries when it was sent, in
nanoseconds of the machine's monotonic clock, which all processes of one machine share.

With no interval it still lets the sockets drain: past a bound of bytes waiting on the first
connection it yields until they are gone, as any server that means to survive must.

Run `python -m bench.peers.ws_broadcast --port PORT --clients 1000 --messages 200`. It ends
when every client has left, and in any case after `--seconds-max`.
"""

import argparse
import asyncio
from time import monotonic, monotonic_ns

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve

from bench.serving import LOOPBACK
from bench.ws_wire import raise_open_files

# The settling of a thousand handshakes is no part of the measurement.
SETTLE_S = 0.5
WAITING_BYTES_MAX = 64 * 1024
BACKLOG = 1_024


def main() -> None:
    """Serve one measurement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--clients", type=int, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--interval-ms", type=float, default=0.0)
    parser.add_argument("--message-bytes", type=int, default=200)
    parser.add_argument("--seconds-max", type=float, default=120.0)
    chosen = parser.parse_args()
    raise_open_files(chosen.clients)
    uvloop.run(_serve(chosen))


def message(number: int, *, size: int) -> str:
    """Encode one message; its stamp is taken here, as late as it can be."""
    head = f'{{"sequence":{number},"sent_ns":{monotonic_ns()},"pad":"'
    return f'{head}{"x" * max(0, size - len(head) - 2)}"}}'


async def _serve(chosen: argparse.Namespace) -> None:
    joined: set[ServerConnection] = set()
    full, left = asyncio.Event(), asyncio.Event()

    async def keep(connection: ServerConnection) -> None:
        joined.add(connection)
        if len(joined) == chosen.clients:
            full.set()
        await connection.wait_closed()
        joined.discard(connection)
        if full.is_set() and not joined:
            left.set()

    async with (
        asyncio.timeout(chosen.seconds_max),
        serve(keep, LOOPBACK, chosen.port, compression=None, ping_interval=None, backlog=BACKLOG),
    ):
        await full.wait()
        await asyncio.sleep(SETTLE_S)
        await _broadcast(joined, chosen=chosen)
        await left.wait()


async def _broadcast(joined: set[ServerConnection], *, chosen: argparse.Namespace) -> None:
    first = next(iter(joined))
    interval_s = chosen.interval_ms / 1_000
    started = monotonic()
    for number in range(chosen.messages):
        # Against the start, so that the time a broadcast takes does not stretch the interval.
        await asyncio.sleep(max(0.0, started + number * interval_s - monotonic()))
        broadcast(joined, message(number, size=chosen.message_bytes))
        # A transport tells how much it holds, not when it has drained.
        while first.transport.get_write_buffer_size() > WAITING_BYTES_MAX:  # noqa: ASYNC110
            await asyncio.sleep(0.001)


if __name__ == "__main__":
    main()
