"""Invariant 3: nothing reaches the venue's socket after a kill was acknowledged."""

import asyncio
import itertools
import json
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.torture.context import QUOTES, Context, marketable
from tests.torture.figures import quantile
from tests.torture.tap import Tap, stamp_arrivals, stamped
from tests.waiting import eventually

SENDERS = 8
# How long to watch after an acknowledgement: far longer than any send is on its way.
WATCH_S = 0.25
RELEASE_S = 60.0


class NotAcknowledged(Exception):
    """The switch could not be turned on for sure; it is to be asked again."""


@dataclass(slots=True, kw_only=True)
class Stops:
    """What came of the activations; times in milliseconds."""

    activations: int = 0
    arrivals: int = 0
    ack_ms: list[float] = field(default_factory=list)
    answered_ms: list[float] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.activations} activations under {SENDERS} senders, {self.arrivals} orders"
            f" at the venue's socket, {len(self.wrongs)} after an acknowledgement; acknowledged"
            f" {quantile(self.ack_ms)}, answered {quantile(self.answered_ms)}"
        )


async def torture(
    context: Context,
    *,
    tap: Tap,
    accounts: list[str],
    activations: int,
    random: Random,
    say: Callable[[str], None],
) -> Stops:
    """Activate and release while clients submit without pause."""
    found, stopping = Stops(), asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for number in range(SENDERS):
            group.create_task(send(context, accounts[number % len(accounts)], number, stopping))
        for number in range(activations):
            scope = random.choice((None, accounts[0]))
            await until_trading(context, tap)
            await asyncio.sleep(random.uniform(0, 0.2))
            await _activate(context, tap=tap, account_id=scope, found=found)
            await release(context, account_id=scope)
            if (number + 1) % 20 == 0:
                say(found.describe())
        stopping.set()
    found.arrivals = len(tap.seen)
    return found


async def send(
    context: Context,
    account_id: str,
    number: int,
    stopping: asyncio.Event,
    *,
    has_room: Callable[[], bool] = lambda: True,
    accepted: Callable[[], None] = lambda: None,
) -> None:
    """Submit without pause, while there is room; with the switch on every submit is denied."""
    random = Random(number)
    count = 0
    while not stopping.is_set():
        if not has_room():
            await asyncio.sleep(0.005)
            continue
        count += 1
        symbol, side = random.choice(sorted(QUOTES)), "buy" if count % 2 else "sell"
        body = {
            "account_id": account_id,
            "symbol": symbol,
            "side": side,
            **marketable(symbol, side),
            "quantity": "1",
            "time_in_force": "gtc",
        }
        try:
            reply = await context.once("POST", "/api/v1/orders", body=body)
        except httpx.HTTPError:
            await asyncio.sleep(0.01)
            continue
        if reply.status_code == httpx.codes.CREATED:
            accepted()
        else:
            await asyncio.sleep(0.01)


async def until_trading(context: Context, tap: Tap) -> None:
    """Return once orders reach the venue again."""
    before = len(tap.seen)
    await eventually(lambda: len(tap.seen) >= before + SENDERS, within_s=60)


async def _activate(context: Context, *, tap: Tap, account_id: str | None, found: Stops) -> None:
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    began_s, answered_s, ack_ms = await asyncio.to_thread(
        post, context, "/api/v1/kill-switch/activate", body
    )
    found.activations += 1
    found.ack_ms.append(ack_ms)
    found.answered_ms.append((answered_s - began_s) * 1000)
    await asyncio.sleep(WATCH_S)
    found.wrongs += late(tap, account_id=account_id, answered_s=answered_s)


def late(tap: Tap, *, account_id: str | None, answered_s: float) -> list[str]:
    """Name the orders of a scope that arrived after its stop was acknowledged."""
    return [
        f"{seen.path} arrived {(seen.at_s - answered_s) * 1000:.2f} ms after the acknowledgement"
        for seen in tap.seen[-1000:]
        if seen.at_s > answered_s and account_id in (None, json.loads(seen.body)["account_id"])
    ]


def post(context: Context, path: str, body: dict[str, str]) -> tuple[float, float, float]:
    """Post on a socket of its own; return when it left, when the answer came, and ack_ms."""
    where = httpx.URL(context.url)
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {where.host}\r\nAuthorization: Bearer {context.token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n"
        "Connection: close\r\n\r\n"
    )
    with socket.create_connection((where.host, where.port or 80), timeout=30) as one:
        stamp_arrivals(one)
        began_s = time.time()
        one.sendall(head.encode() + content)
        # The first byte of the answer is the earliest anyone could know of it.
        data, answered_s = stamped(one)
        while more := one.recv(65_536):
            data += more
    status, _, answer = data.partition(b"\r\n\r\n")
    if not data or b" 503 " in status.split(b"\r\n", 1)[0]:
        raise NotAcknowledged
    if b" 200 " not in status.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"the activation was answered {data[:500]!r}")
    return began_s, answered_s, float(json.loads(answer)["ack_ms"])


async def release(
    context: Context,
    *,
    account_id: str | None,
    blocked: Callable[[], Awaitable[None]] | None = None,
) -> None:
    """Release a scope as soon as that is allowed; `blocked` is run while it is not."""
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    refused = ""
    try:
        async with asyncio.timeout(RELEASE_S):
            for number in itertools.count(1):
                reply = await context.ask("POST", "/api/v1/kill-switch/release", body=body)
                if reply.is_success or b"/problems/nothing-engaged" in reply.content:
                    return
                refused = reply.text
                if blocked is not None and number % 20 == 0:
                    await blocked()
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise RuntimeError(f"not released in {RELEASE_S:g} s: {refused}") from None
