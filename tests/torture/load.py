"""Trade without pause through a server's deaths, and remember every answer."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

import httpx

from tests.integration.brokers.venue_process import VenueProcess
from tests.torture.context import QUOTES, Context, marketable

PAUSE_S = 0.02
# A stopped account or a symbol in doubt denies at once: asking on would only fill the log.
DENIED_PAUSE_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A submission and the answer that it got in the end."""

    key: str
    body: dict[str, Any]
    status: int
    content: bytes


@dataclass(slots=True, kw_only=True)
class LoadReport:
    """Everything that the server has told its clients, and what it must not have."""

    answers: list[Answered] = field(default_factory=list)
    wrongs: list[str] = field(default_factory=list)
    kills: int = 0
    kills_survived: int = 0


@dataclass(slots=True, kw_only=True)
class Trader:
    """One client with one account: submits with keys, repeats, cancels, replaces."""

    context: Context
    account_id: str
    told: LoadReport
    random: Random
    stopping: asyncio.Event
    _resting: list[str] = field(default_factory=list)
    _count: int = 0

    async def run(self) -> None:
        """Trade until told to stop; a request in hand is repeated to its answer."""
        while not self.stopping.is_set():
            taken = await self.step()
            await asyncio.sleep(PAUSE_S if taken else DENIED_PAUSE_S)

    async def step(self) -> bool:
        """Do one thing; False when the gate denied it."""
        roll = self.random.random()
        if self._resting and roll < 0.15:
            await self._try("DELETE", self._resting.pop(0))
            return True
        if self._resting and roll < 0.25:
            quantity = {"quantity": str(self.random.randint(3, 5))}
            await self._try("PATCH", self._resting[0], quantity)
            return True
        return await self._submit()

    async def _submit(self) -> bool:
        body = self._order()
        key = f"{self.account_id} {self._count}"
        reply = await self.context.ask("POST", "/api/v1/orders", body=body, key=key)
        answered = Answered(key=key, body=body, status=reply.status_code, content=reply.content)
        if reply.status_code not in (201, 403):
            self.told.wrongs.append(f"submit: {reply.status_code} {reply.text[:300]}")
        self.told.answers.append(answered)
        if reply.status_code == httpx.codes.CREATED and body["type"] == "limit":
            self._resting.append(reply.json()["id"])
        return reply.status_code == httpx.codes.CREATED

    def _order(self) -> dict[str, Any]:
        self._count += 1
        symbol = self.random.choice(sorted(QUOTES))
        side = self.random.choice(("buy", "sell")) if self._count > 4 else "buy"
        order = {
            "account_id": self.account_id,
            "symbol": symbol,
            "side": side,
            **marketable(symbol, side),
            "quantity": str(self.random.randint(1, 2)),
            "time_in_force": "gtc",
            "client_order_id": str(UUID(int=self.random.getrandbits(128))),
        }
        if self.random.random() < 0.4:
            # A few cents away from the venue's quote: it rests until it is cancelled.
            away = QUOTES[symbol] * (98 if side == "buy" else 102) / 100
            order |= {"type": "limit", "limit_price": str(round(away, 2))}
        return order

    async def _try(self, method: str, order_id: str, body: Any = None) -> None:
        """Ask for a change once: without an answer it is simply not known."""
        try:
            await self.context.once(method, f"/api/v1/orders/{order_id}", body=body)
        except httpx.HTTPError:
            self.context.repeats += 1


@dataclass(slots=True, kw_only=True)
class Stopper:
    """Stops an account again and again while it trades, and looks that it stays stopped."""

    context: Context
    account_id: str
    told: LoadReport
    venue: VenueProcess
    random: Random
    stopping: asyncio.Event
    _count: int = 0

    async def run(self) -> None:
        """Activate, look, release, until told to stop; ends released."""
        while not self.stopping.is_set():
            await asyncio.sleep(self.random.uniform(0.1, 1.0))
            latch_id = await self._activate()
            arrived = await self._arrived()
            await asyncio.sleep(self.random.uniform(0.1, 1.5))
            await self._look(latch_id, arrived=arrived)
            await self._release()

    async def _activate(self) -> str:
        body = {"scope": "account", "account_id": self.account_id, "reason": "torture"}
        async with asyncio.timeout(180):
            while True:
                self._count += 1
                try:
                    reply = await self.context.once(
                        "POST",
                        "/api/v1/kill-switch/activate",
                        body=body,
                        key=f"activate {self.account_id} {self._count}",
                    )
                    if reply.status_code == httpx.codes.OK:
                        self.told.kills += 1
                        return str(reply.json()["latch"]["id"])
                    if reply.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                        self.told.wrongs.append(f"activate: {reply.status_code} {reply.text}")
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)

    async def _look(self, latch_id: str, *, arrived: int) -> None:
        """Look, perhaps in a later life of the server, that the latch holds."""
        state = await self.context.read("/api/v1/kill-switch")
        if latch_id not in {latch["id"] for latch in state["latches"]}:
            self.told.wrongs.append(f"latch {latch_id} was acknowledged and is gone")
        late = await self._arrived() - arrived
        if late:
            self.told.wrongs.append(f"{late} orders arrived after latch {latch_id} held")
        self.told.kills_survived += 1

    async def _arrived(self) -> int:
        dump = await asyncio.to_thread(self.venue.dump)
        return sum(one.account_id == self.account_id for one in dump.arrivals)

    async def _release(self) -> None:
        body = {"scope": "account", "account_id": self.account_id, "reason": "torture"}
        async with asyncio.timeout(180):
            while True:
                reply = await self.context.ask("POST", "/api/v1/kill-switch/release", body=body)
                if reply.is_success or b"/problems/nothing-engaged" in reply.content:
                    return
                if b"/problems/not-reconciled" not in reply.content:
                    self.told.wrongs.append(f"release: {reply.status_code} {reply.text}")
                await asyncio.sleep(0.3)


@dataclass(slots=True, kw_only=True)
class Attendant:
    """Attests for parked orders what the venue's book proves, so that trading goes on."""

    context: Context
    venue: VenueProcess
    stopping: asyncio.Event
    attested: int = 0

    async def run(self) -> None:
        """Look every second until told to stop."""
        while not self.stopping.is_set():
            await asyncio.sleep(1)
            await self.look()

    async def look(self) -> None:
        """Attest once for all that is parked now."""
        parked = await self.context.all("/api/v1/orders", state="parked")
        if not parked:
            return
        dump = await asyncio.to_thread(self.venue.dump)
        held = {order.client_order_id for order in dump.orders}
        for order in parked:
            if order["client_order_id"] not in held:
                body = {"reason": "the venue's own book does not have it"}
                await self.context.ask("POST", f"/api/v1/orders/{order['id']}/resolve", body=body)
                self.attested += 1


def traders_of(
    context: Context,
    *,
    accounts: Sequence[str],
    told: LoadReport,
    random: Random,
    stopping: asyncio.Event,
) -> list[Trader]:
    """Return a trader for each account."""
    return [
        Trader(
            context=context,
            account_id=account_id,
            told=told,
            random=Random(random.random()),
            stopping=stopping,
        )
        for account_id in accounts
    ]


def clients_of(
    context: Context,
    venue: VenueProcess,
    *,
    accounts: list[str],
    told: LoadReport,
    random: Random,
    stopping: asyncio.Event,
) -> list[Callable[[], Coroutine[None, None, None]]]:
    """Return what trades, what stops the last account, and what attests parked orders."""
    traders = traders_of(context, accounts=accounts, told=told, random=random, stopping=stopping)
    stopper = Stopper(
        context=context,
        account_id=accounts[-1],
        told=told,
        venue=venue,
        random=Random(random.random()),
        stopping=stopping,
    )
    attendant = Attendant(context=context, venue=venue, stopping=stopping)
    return [*(trader.run for trader in traders), stopper.run, attendant.run]
