"""Invariant 3: nothing reaches the venue's socket after a kill was acknowledged."""

import asyncio
import json
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import httpx

from tests.torture.desk import QUOTES, Desk
from tests.torture.tap import Tap, stamp_arrivals, stamped

SENDERS = 8
# How long to watch after an acknowledgement: far longer than any send is on its way.
WATCH_S = 0.25


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
            f" p50 {_quantile(self.ack_ms, 0.5):.1f} ms, p99 {_quantile(self.ack_ms, 0.99):.1f} ms,"
            f" answered p50 {_quantile(self.answered_ms, 0.5):.1f} ms,"
            f" p99 {_quantile(self.answered_ms, 0.99):.1f} ms"
        )


async def torture(
    desk: Desk,
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
            group.create_task(_send(desk, accounts[number % len(accounts)], number, stopping))
        for number in range(activations):
            scope = random.choice((None, accounts[0]))
            await _until_trading(desk, tap)
            await asyncio.sleep(random.uniform(0, 0.2))
            await _activate(desk, tap=tap, account_id=scope, found=found)
            await _release(desk, account_id=scope)
            if (number + 1) % 20 == 0:
                say(found.describe())
        stopping.set()
    found.arrivals = len(tap.seen)
    return found


async def _send(desk: Desk, account_id: str, number: int, stopping: asyncio.Event) -> None:
    """Submit without pause; while the switch is on every submit is denied."""
    random = Random(number)
    count = 0
    while not stopping.is_set():
        count += 1
        body = {
            "account_id": account_id,
            "symbol": random.choice(sorted(QUOTES)),
            "side": "buy" if count % 2 else "sell",
            "type": "market",
            "quantity": "1",
            "time_in_force": "gtc",
        }
        try:
            reply = await desk.once("POST", "/api/v1/orders", body=body)
        except httpx.HTTPError:
            continue
        if reply.status_code == httpx.codes.FORBIDDEN:
            await asyncio.sleep(0.01)


async def _until_trading(desk: Desk, tap: Tap) -> None:
    """Return once orders reach the venue again."""
    before = len(tap.seen)
    async with asyncio.timeout(60):
        while len(tap.seen) < before + SENDERS:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def _activate(desk: Desk, *, tap: Tap, account_id: str | None, found: Stops) -> None:
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    began_s, answered_s, ack_ms = await asyncio.to_thread(
        _post, desk, "/api/v1/kill-switch/activate", body
    )
    found.activations += 1
    found.ack_ms.append(ack_ms)
    found.answered_ms.append((answered_s - began_s) * 1000)
    await asyncio.sleep(WATCH_S)
    for seen in tap.seen[-1000:]:
        whose = json.loads(seen.body)["account_id"]
        if seen.at_s > answered_s and account_id in (None, whose):
            late_ms = (seen.at_s - answered_s) * 1000
            found.wrongs.append(f"{seen.path} arrived {late_ms:.2f} ms after the acknowledgement")


def _post(desk: Desk, path: str, body: dict[str, str]) -> tuple[float, float, float]:
    """Post on a socket of its own; return when it left, when the answer came, and ack_ms."""
    where = httpx.URL(desk.url)
    content = json.dumps(body).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {where.host}\r\nAuthorization: Bearer {desk.token}\r\n"
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
    if b" 200 " not in status.split(b"\r\n", 1)[0]:
        raise RuntimeError(f"the activation was answered {data[:500]!r}")
    return began_s, answered_s, float(json.loads(answer)["ack_ms"])


async def _release(desk: Desk, *, account_id: str | None) -> None:
    body: dict[str, str] = {"scope": "tenant", "reason": "torture"}
    if account_id is not None:
        body |= {"scope": "account", "account_id": account_id}
    async with asyncio.timeout(60):
        while True:
            reply = await desk.ask("POST", "/api/v1/kill-switch/release", body=body)
            if reply.is_success or b"/problems/nothing-engaged" in reply.content:
                return
            await asyncio.sleep(0.05)


def _quantile(values: list[float], share: float) -> float:
    """Return the value below which the share lies, the higher neighbour; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0
