"""Invariant 15 once more, as clients see it: two server processes over HTTP, one Redis flushed.

Each process has its own memory of who may come in, and hears of an end by the database's feed or
by Redis. Redis is emptied around every end. A second after it no process may take a token of the
session, nor any of its refresh tokens ever again.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from enum import StrEnum
from pathlib import Path
from random import Random

import httpx
from redis.asyncio import Redis

from tests.torture.fleet import Fleet, fleet_running
from tests.torture.refreshes import Refreshes, dies

TOGETHER = 20
PARTS = {"one": ("api", "market", "watch", "relay", "dispatch"), "two": ("api",)}
PASSWORD = "a torture of refresh tokens, 15"
_LOOK_S = 0.01
_SAID_EVERY = 20
_ANSWER_S = 15.0


class Ending(StrEnum):
    """How a session ends."""

    REUSED = "reused"
    STOLEN = "stolen"
    LOGOUT = "logout"
    REVOKED = "revoked"
    EVERYWHERE = "everywhere"
    PASSWORD = "password"


class Clients:
    """Ask two servers, and keep what was wrong."""

    def __init__(self, servers: Sequence[httpx.AsyncClient], *, redis: Redis) -> None:
        self.servers = servers
        self.redis = redis
        self.found = Refreshes()
        self.email = ""
        self._password = PASSWORD

    async def round(self, number: int, *, ending: Ending, random: Random) -> None:
        """Open a session, refresh it side by side on both, end it, and look until it is over."""
        name = f"round {number} over HTTP ({ending})"
        first = await self._log_in()
        token, device = first["refresh_token"], first["device_token"]
        other = (await self._log_in())["device_token"] if ending is Ending.STOLEN else device
        devices = [device] * TOGETHER
        devices[random.randrange(TOGETHER)] = other
        said = await asyncio.gather(
            *(
                self._refresh(self.servers[place % 2], token, one)
                for place, one in enumerate(devices)
            )
        )
        good = [one for one in said if one is not None]
        following = {one["refresh_token"] for one in good}
        if ending is not Ending.STOLEN and len(following) != 1:
            self.found.wrongs.append(f"{name}: {len(following)} successors of one token")
        shown = [first["access_token"], *(one["access_token"] for one in good[:2])]
        if ending is not Ending.STOLEN:
            for one in shown:
                for server in self.servers:
                    if await self._status(server, one) != httpx.codes.OK:
                        self.found.wrongs.append(f"{name}: an open session's token was refused")
            await self._end(ending, first, good=good, random=random)
        ended_at = time.monotonic()
        await self.redis.flushall()
        await asyncio.gather(
            *(self._dies(name, one, at=ended_at, on=on) for one in shown for on in self.servers)
        )
        for one in (token, *following):
            for server in self.servers:
                if await self._refresh(server, one, device) is not None:
                    self.found.wrongs.append(f"{name}: a refresh token was taken after the end")
        self.found.rounds += 1

    async def _end(
        self,
        ending: Ending,
        first: dict[str, str],
        *,
        good: Sequence[dict[str, str]],
        random: Random,
    ) -> None:
        """End the session by a request to one of the two, and wait for the answer."""
        server, mine = random.choice(self.servers), good[0]["access_token"]
        match ending:
            case Ending.REUSED:
                successor, device = good[0]["refresh_token"], first["device_token"]
                await self._refresh(server, successor, device)
                await self._refresh(server, first["refresh_token"], device)
            case Ending.LOGOUT:
                await self._ask(server, "POST", "/auth/logout", token=mine)
            case Ending.EVERYWHERE:
                await self._ask(server, "POST", "/auth/logout-everywhere", token=mine)
            case Ending.REVOKED:
                by = (await self._log_in())["access_token"]
                await self._ask(server, "DELETE", f"/sessions/{first['session_id']}", token=by)
            case _:
                by = (await self._log_in())["access_token"]
                changed = f"{PASSWORD} {random.random()}"
                body = {"current": self._password, "password": changed}
                await self._ask(server, "POST", "/auth/password", token=by, body=body)
                self._password = changed

    async def begin(self, *, token: str) -> None:
        """Give the owner a password that is known here."""
        said = await self._ask(self.servers[0], "GET", "/users", token=token)
        (owner,) = said.json()["items"]
        path = f"/users/{owner['id']}/password-reset"
        reset = (await self._ask(self.servers[0], "POST", path, token=token)).json()
        body = {"token": reset["token"], "password": self._password}
        await self._ask(self.servers[0], "POST", "/auth/password/reset", body=body)
        self.email = str(owner["email"])

    async def _log_in(self) -> dict[str, str]:
        body = {"email": self.email, "password": self._password}
        said = await self._ask(self.servers[0], "POST", "/auth/login", body=body)
        tokens: dict[str, str] = said.json()
        return tokens

    async def _refresh(
        self, server: httpx.AsyncClient, token: str, device: str
    ) -> dict[str, str] | None:
        """Ask for new tokens, again while storage cannot answer; None for the refusal."""
        body = {"refresh_token": token, "device_token": device}
        for _ in range(20):
            self.found.refreshes += 1
            answer = await server.post("/api/v1/auth/refresh", json=body)
            if answer.is_success:
                tokens: dict[str, str] = answer.json()
                return tokens
            if answer.status_code == httpx.codes.UNAUTHORIZED:
                return None
            self.found.unavailable += 1
            await asyncio.sleep(0.05)
        return None

    async def _ask(
        self,
        server: httpx.AsyncClient,
        method: str,
        path: str,
        *,
        token: str = "",
        body: dict[str, str] | None = None,
    ) -> httpx.Response:
        """Ask until it is answered with a success; anything but 503 and 429 is a fault of ours."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        while True:
            said = await server.request(method, f"/api/v1{path}", json=body, headers=headers)
            if said.status_code not in (
                httpx.codes.SERVICE_UNAVAILABLE,
                httpx.codes.TOO_MANY_REQUESTS,
            ):
                return said.raise_for_status()
            self.found.unavailable += 1
            await asyncio.sleep(0.05)

    async def _status(self, server: httpx.AsyncClient, token: str) -> int:
        self.found.looks += 1
        while True:
            said = await server.get(
                "/api/v1/sessions", headers={"Authorization": f"Bearer {token}"}
            )
            if said.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return said.status_code
            self.found.unavailable += 1

    async def _dies(self, name: str, token: str, *, at: float, on: httpx.AsyncClient) -> None:
        async def is_refused() -> bool:
            return await self._status(on, token) == httpx.codes.UNAUTHORIZED

        await dies(name, is_refused, at=at, found=self.found, every_s=_LOOK_S)


async def torture(
    url: str, redis_url: str, folder: Path, *, rounds: int, seed: int, say: Callable[[str], None]
) -> Refreshes:
    """Go so many rounds against two processes of the product, the ways to end in turn."""
    random, endings = Random(seed), list(Ending)
    settings = {
        "BALLAST_DATABASE_URL": url,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_IDENTITY_TRIES_PER_MINUTE": "100000",
    }
    async with AsyncExitStack() as stack:
        fleet: Fleet = await stack.enter_async_context(fleet_running(folder, settings, parts=PARTS))
        servers = [
            await stack.enter_async_context(
                httpx.AsyncClient(base_url=one.url, trust_env=False, timeout=_ANSWER_S)
            )
            for one in fleet.apis
        ]
        redis: Redis = Redis.from_url(redis_url)
        stack.push_async_callback(redis.aclose)
        clients = Clients(servers, redis=redis)
        await clients.begin(token=fleet.apis[0].token())
        for number in range(rounds):
            await clients.round(number, ending=endings[number % len(endings)], random=random)
            if (number + 1) % _SAID_EVERY == 0:
                say(clients.found.describe())
    return clients.found
