"""Invariant 2: many requests with one idempotency key at once make one order and one answer."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from tests.torture.context import Context

TOGETHER = 50


@dataclass(slots=True, kw_only=True)
class Keys:
    """What came of the keys."""

    keys: int = 0
    requests: int = 0
    unavailable: int = 0
    lost: int = 0
    wrongs: list[str] = field(default_factory=list)

    def describe(self) -> str:
        """Say it in words."""
        return (
            f"{self.keys} keys, {self.requests} requests, {self.unavailable} told to come again,"
            f" {self.lost} answers lost, {len(self.wrongs)} violations"
        )


async def torture(
    context: Context, *, account_id: str, keys: int, say: Callable[[str], None]
) -> Keys:
    """Submit each key from many connections at once, then with another body."""
    found = Keys()
    for number in range(keys):
        await _one(context, account_id=account_id, key=f"key {number}", found=found)
        if (number + 1) % 100 == 0:
            say(found.describe())
    return found


async def _one(context: Context, *, account_id: str, key: str, found: Keys) -> None:
    body = {
        "account_id": account_id,
        "symbol": "IBM",
        "side": "buy",
        "type": "limit",
        "limit_price": "90",
        "quantity": "1",
        "client_order_id": f"one of {key}",
    }
    lost = found.lost
    replies = await asyncio.gather(*(_ask(context, body, key, found) for _ in range(TOGETHER)))
    found.keys += 1
    found.requests += len(replies)
    answers = {(reply.status_code, reply.content) for reply in replies}
    if len(answers) != 1 or replies[0].status_code not in (201, 403):
        found.wrongs.append(f"key {key!r}: {len(answers)} answers, {sorted(answers)[:3]}")
        return
    firsts = sum("idempotency-replayed" not in reply.headers for reply in replies)
    # An answer that was lost on its way may have been the first one.
    if firsts != 1 and not (firsts == 0 and found.lost > lost):
        found.wrongs.append(f"key {key!r}: {firsts} answers claim to be the first")
    named = await context.read("/api/v1/orders", client_order_id=body["client_order_id"])
    if len(named["items"]) != 1:
        found.wrongs.append(f"key {key!r} made {len(named['items'])} orders")
    other = await context.ask("POST", "/api/v1/orders", body=body | {"quantity": "2"}, key=key)
    if other.status_code != httpx.codes.UNPROCESSABLE_ENTITY:
        found.wrongs.append(f"key {key!r} with another body: {other.status_code} {other.text}")
    await context.ask("DELETE", f"/api/v1/orders/{named['items'][0]['id']}")


async def _ask(context: Context, body: dict[str, str], key: str, found: Keys) -> httpx.Response:
    """Ask until answered; being told to come again is no answer."""
    async with asyncio.timeout(60):
        while True:
            try:
                reply = await context.once("POST", "/api/v1/orders", body=body, key=key)
                if reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                    return reply
                found.unavailable += 1
            except httpx.TransportError:
                # Such as a kept connection that was closed as the request left.
                found.lost += 1
            await asyncio.sleep(0.05)
