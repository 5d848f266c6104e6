"""Invariant 15: a refresh token is good once, and what ended is dead within a second.

Two applications over one Postgres and one Redis, each with its own memory of who may come in.
In every round a session is opened, its token is refreshed 50 times at once over both, and then
it is ended in one of four ways; Redis is flushed right after. From a second after that on, no
token of the session may be taken by either, and no refresh token ever again.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import TypeVar

from redis.asyncio import Redis

from application.identity.deps import Asking
from application.identity.found_tenant import Founded
from application.identity.issued import IssuedToken, issued
from application.identity.login_try import LoginTry
from application.identity.open_session import OpenedSession
from application.identity.refresh import RefreshRefused, RefreshTry
from application.identity.sessions import SessionNotFound
from bootstrap.areas import identity, market
from bootstrap.container import build_hasher, compose
from bootstrap.identity.access_tokens import build_tokens
from bootstrap.identity.credential_status import build_credential_status
from bootstrap.parts import Parts
from bootstrap.settings.load import load_settings
from domain.identity.tenant import User
from ports.identity import InvalidToken
from ports.storage import StorageUnavailable
from tests.torture.refreshes import Refreshes, dies
from tests.unit.adapters.security.signing import pem

T = TypeVar("T")

TOGETHER = 50
_LOOK_S = 0.005
_SAID_EVERY = 50


class Ending(StrEnum):
    """How a session ends while it is refreshed, or after."""

    REUSED = "reused"
    STOLEN = "stolen"
    REVOKED = "revoked"
    EVERYWHERE = "everywhere"


@dataclass(slots=True, kw_only=True)
class Arena:
    """Two applications, and the user whose sessions are opened."""

    processes: Sequence[Parts]
    user: User
    redis: "Redis"
    found: Refreshes = field(default_factory=Refreshes)

    async def round(self, number: int, *, ending: Ending, random: Random) -> None:
        """Open a session, refresh it side by side, end it, and look whether it is over."""
        name = f"round {number} ({ending})"
        opened = await self._open()
        first = issued(self.processes[0].of(build_tokens), opened)
        assert first.refresh is not None
        token, device = first.refresh.token, first.refresh.device_token
        # Both remember the token from here on.
        await self._taken(name, first.token)
        said = await self._together(token, device, ending=ending, random=random)
        good = [one for one in said if isinstance(one, IssuedToken) and one.refresh]
        following = {one.refresh.token for one in good if one.refresh is not None}
        if ending in (Ending.REUSED, Ending.EVERYWHERE) and len(following) != 1:
            self.found.wrongs.append(f"{name}: {len(following)} successors of one token")
        access = [first.token, *(one.token for one in good)]
        # Each signs anew: the first and two more are as good as all.
        shown = [access[0], *random.sample(access[1:], min(2, len(access) - 1))]
        if ending in (Ending.REUSED, Ending.EVERYWHERE):
            for one in shown:
                await self._taken(name, one)
        if ending is Ending.REUSED:
            following |= await self._reuse(name, token, device, successor=min(following))
        elif ending is Ending.EVERYWHERE:
            asking, facade = (
                Asking(principal=first.principal),
                self.processes[1].of(identity.build).facade,
            )
            await self._surely(lambda: facade.sessions.logout_everywhere(asking))
        ended_at = time.monotonic()
        await self.redis.flushall()
        await asyncio.gather(
            *(self._dies(name, one, at=ended_at, on=on) for one in shown for on in self.processes)
        )
        for one in (token, *following):
            for on in self.processes:
                answer = await self._refresh(on, one, device)
                if isinstance(answer, IssuedToken):
                    self.found.wrongs.append(f"{name}: a refresh token was taken after the end")
        self.found.rounds += 1

    async def _taken(self, name: str, token: str) -> None:
        for on in self.processes:
            try:
                await self._surely(partial(on.of(identity.build).facade.authenticate, token))
            except InvalidToken:
                self.found.wrongs.append(f"{name}: a token of an open session was refused")

    async def _open(self) -> OpenedSession:
        tried = LoginTry(email=self.user.email, password="", lasting=True)
        login = self.processes[0].of(identity.build).facade.logging_in
        opened = await self._surely(lambda: login.open(self.user, tried))
        assert opened is not None
        return opened

    async def _together(
        self, token: str, device: str, *, ending: Ending, random: Random
    ) -> list[IssuedToken | RefreshRefused | None]:
        """Refresh side by side, a thief or a log-out among them where the ending says so."""
        devices = [device] * TOGETHER
        if ending is Ending.STOLEN:
            devices[random.randrange(TOGETHER)] = await self._other_device()
        asked = [
            self._refresh(self.processes[number % 2], token, one)
            for number, one in enumerate(devices)
        ]
        if ending is not Ending.REVOKED:
            return list(await asyncio.gather(*asked))

        async def revoke() -> None:
            await asyncio.sleep(random.random() * 0.05)
            facade = self.processes[0].of(identity.build).facade
            mine = issued(facade.tokens, await self._open())
            asking = Asking(principal=mine.principal)
            for session in await self._surely(lambda: facade.sessions.list(asking, limit=200)):
                if session.id != mine.principal.session_id:
                    # One whose outcome was not known may be over by now.
                    with contextlib.suppress(SessionNotFound):
                        await self._surely(
                            partial(facade.sessions.revoke, asking, session_id=session.id)
                        )
            await self._surely(lambda: facade.sessions.logout(asking))

        said, _ = await asyncio.gather(asyncio.gather(*asked), revoke())
        return list(said)

    async def _other_device(self) -> str:
        opened = await self._open()
        facade = self.processes[0].of(identity.build).facade
        asking = Asking(principal=issued(facade.tokens, opened).principal)
        await self._surely(lambda: facade.sessions.logout(asking))
        assert opened.device_token is not None
        return opened.device_token

    async def _reuse(self, name: str, token: str, device: str, *, successor: str) -> set[str]:
        """Use the successor, then the token again: that must end the session."""
        used = await self._refresh(self.processes[0], successor, device)
        if not isinstance(used, IssuedToken) or used.refresh is None:
            self.found.wrongs.append(f"{name}: the successor was refused: {used}")
            return set()
        again = await self._refresh(self.processes[1], token, device)
        if again != RefreshRefused(reused=True):
            self.found.wrongs.append(f"{name}: reuse was answered with {type(again).__name__}")
        return {used.refresh.token}

    async def _refresh(
        self, on: Parts, token: str, device: str
    ) -> IssuedToken | RefreshRefused | None:
        """Ask for new tokens, again while storage cannot answer."""
        for _ in range(5):
            self.found.refreshes += 1
            try:
                return await on.of(identity.build).facade.refresh(
                    RefreshTry(token=token, device_token=device)
                )
            except StorageUnavailable:
                self.found.unavailable += 1
        return None

    async def _surely(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask again while storage cannot answer: all that is asked for so can be done twice."""
        while True:
            try:
                return await ask()
            except StorageUnavailable:
                self.found.unavailable += 1

    async def _dies(self, name: str, token: str, *, at: float, on: Parts) -> None:
        async def is_refused() -> bool:
            self.found.looks += 1
            try:
                await on.of(identity.build).facade.authenticate(token)
            except (InvalidToken, StorageUnavailable):
                return True
            return False

        await dies(name, is_refused, at=at, found=self.found, every_s=_LOOK_S)


async def torture(
    url: str, redis_url: str, folder: Path, *, rounds: int, seed: int, say: Callable[[str], None]
) -> Refreshes:
    """Go so many rounds, the ways to end in turn."""
    random = Random(seed)
    endings = list(Ending)
    async with AsyncExitStack() as stack:
        processes = [
            await stack.enter_async_context(process(url, redis_url, folder / str(number)))
            for number in range(2)
        ]
        founded = (
            await processes[0].of(identity.build).found(name="Refresh", email="owner@localhost")
        )
        assert isinstance(founded, Founded)
        redis: Redis = Redis.from_url(redis_url)
        stack.push_async_callback(redis.aclose)
        arena = Arena(processes=processes, user=founded.owner, redis=redis)
        for number in range(rounds):
            await arena.round(number, ending=endings[number % len(endings)], random=random)
            if (number + 1) % _SAID_EVERY == 0:
                say(arena.found.describe())
    return arena.found


@asynccontextmanager
async def process(
    url: str, redis_url: str, folder: Path, *, more: Mapping[str, str] = MappingProxyType({})
) -> AsyncIterator[Parts]:
    """Give an application with all that one process knows of who may come in.

    more are settings beside those that every such process has.
    """
    environment = {
        "BALLAST_CONFIG": "",
        "BALLAST_DATABASE_URL": url,
        "BALLAST_REDIS_URL": redis_url,
        "BALLAST_DATA_DIR": str(folder),
        "BALLAST_REPLAY_PAUSED": "true",
        "BALLAST_TOKEN_SIGNING_KEY": pem().decode(),
        **more,
    }
    parts = compose(load_settings(environment=environment).settings)
    async with AsyncExitStack() as stack:
        stack.callback(parts.of(build_hasher).close)
        await parts.storage.server.start()
        stack.push_async_callback(parts.storage.server.stop)
        assert parts.sharing.server is not None
        await parts.sharing.server.start()
        stack.push_async_callback(parts.sharing.server.stop)
        await parts.of(market.build).history.start()
        await parts.of(market.build).start()
        parts.of(build_tokens).start()
        shared = parts.storage.shared
        assert shared is not None
        for run in (shared.wakeups.run, parts.of(build_credential_status).follow.run):
            task = asyncio.create_task(run())
            stack.push_async_callback(_ended, task)
        yield parts


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
