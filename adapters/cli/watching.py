"""Print what happens on an account, live over the WebSocket, across restarts of the server."""

import asyncio
import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.cli.client import Server, connect, trusted, unreachable
from adapters.cli.failures import FAILED, REFUSED, CommandFailed
from adapters.cli.output import cell

CHANNELS = ("orders", "fills", "positions", "risk")
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 3.0
FRAME_BYTES_MAX = 16 * 1_048_576
_SHOWN = (
    "symbol",
    "side",
    "type",
    "quantity",
    "limit_price",
    "price",
    "state",
    "filled_quantity",
    "reason",
)


@dataclass(slots=True)
class _Watch:
    """What was seen so far: how many events, and the last one of each channel."""

    account_id: str
    left: int | None
    as_json: bool
    seen: dict[str, int] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Whether enough events were printed."""
        return self.left is not None and self.left <= 0


def watch_account(account_id: str, *, count: int | None, as_json: bool) -> None:
    """Print events until enough were seen or the user interrupts."""
    watch = _Watch(account_id=account_id, left=count, as_json=as_json)
    try:
        asyncio.run(_follow(watch))
    except KeyboardInterrupt:
        # The way to end a watch: no error.
        return


async def _follow(watch: _Watch) -> None:
    """Connect, and connect again when the server restarts; each time with a fresh token."""
    from websockets.exceptions import InvalidStatus, WebSocketException

    wait_s = FIRST_WAIT_S
    connected_once = False
    while not watch.is_over:
        server = await asyncio.to_thread(connect)
        try:
            await _read(server, watch=watch)
            connected_once, wait_s = True, FIRST_WAIT_S
        except InvalidStatus as problem:
            status = problem.response.status_code
            if status in (401, 403):
                raise CommandFailed(
                    "the server refused the token: get a new one with `ballast token`",
                    code=REFUSED,
                ) from problem
        except (OSError, WebSocketException) as problem:
            if not connected_once and not watch.seen:
                raise unreachable(server.url) from problem
        if not watch.is_over:
            sys.stderr.write("the connection ended; connecting again\n")
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, LONGEST_WAIT_S)


async def _read(server: Server, *, watch: _Watch) -> None:
    """Print what one connection tells; returns when it closes."""
    from websockets.asyncio.client import connect as open_websocket

    url = "ws" + server.url.removeprefix("http") + "/ws/v1"
    headers = {"Authorization": f"Bearer {server.token}"}
    async with open_websocket(
        url,
        additional_headers=headers,
        max_size=FRAME_BYTES_MAX,
        proxy=None,
        ssl=trusted(server),
    ) as socket:
        for channel in CHANNELS:
            await socket.send(json.dumps(_subscription(watch, channel)))
        async for frame in socket:
            _take(json.loads(frame), watch=watch)
            if watch.is_over:
                return


def _subscription(watch: _Watch, channel: str) -> Mapping[str, Any]:
    asked = {"op": "subscribe", "channel": channel, "account_id": watch.account_id}
    last = watch.seen.get(channel)
    return asked if last is None else asked | {"from_sequence": last}


def _take(said: Mapping[str, Any], *, watch: _Watch) -> None:
    """Print one message, where it tells something."""
    match said.get("type"):
        case "snapshot":
            watch.seen.setdefault(said["channel"], said["sequence"])
            if watch.as_json:
                _line(json.dumps(said))
            elif said["channel"] == "orders":
                _line(f"watching account {watch.account_id}: {len(said['rows'])} open orders")
        case "event":
            channel, sequence = said["channel"], said["sequence"]
            # Events come at least once: after a reconnect some may come again.
            if sequence <= watch.seen.get(channel, 0):
                return
            watch.seen[channel] = sequence
            _line(json.dumps(said) if watch.as_json else _event(said))
            if watch.left is not None:
                watch.left -= 1
        case "error":
            problem = said.get("problem") or {}
            raise CommandFailed(
                str(problem.get("detail") or "the server refused to be watched"), code=FAILED
            )
        case _:
            return


def _event(said: Mapping[str, Any]) -> str:
    body = said.get("body") or {}
    fields = " ".join(f"{name}={cell(body[name])}" for name in _SHOWN if body.get(name))
    at = cell(said.get("market_at") or said.get("at"))
    return f"{at}  {cell(said.get('event')).ljust(20)}  {fields}  {cell(said.get('subject'))}"


def _line(text: str) -> None:
    sys.stdout.write(text + "\n")
    # Whoever pipes this wants each event when it happens.
    sys.stdout.flush()
