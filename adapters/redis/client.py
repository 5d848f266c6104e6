"""Speak to Redis so that one which is gone costs nobody time."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from redis.asyncio import ConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from ports.randomness import Randomness

log = structlog.get_logger(__name__)

PREFIX = "ballast"
Argument = str | bytes | int | float
Given = TypeVar("Given")


class RedisAway(Exception):
    """Redis does not answer, or not in time, or refuses: nothing is known of the question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RedisLimits:
    """How many connections, and how long anything may take.

    answer_s bounds a whole question, connecting included. One that goes unanswered opens the
    circuit: from then on every question fails at once, until a probe was answered.
    """

    connections_max: int = 32
    waiting_connections_max: int = 8
    answer_s: float = 0.25
    probe_first_s: float = 0.1
    probe_longest_s: float = 2.0
    look_every_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script, which Redis runs as one step."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        # Redis names scripts by their SHA-1.
        digest = hashlib.sha1(self.text.encode(), usedforsecurity=False).hexdigest()
        object.__setattr__(self, "sha", digest)


class RedisLink:
    """A process's way to Redis: bounded pools, short patience, a circuit, keys.

    Replies are as the server gives them: bytes, numbers, lists, None. space keeps what shares
    a database apart; tests use it.
    """

    def __init__(
        self,
        *,
        url: str,
        randomness: Randomness,
        limits: RedisLimits | None = None,
        space: str = "",
    ) -> None:
        self._url = url
        self._randomness = randomness
        self._limits = limits or RedisLimits()
        self._prefix = f"{PREFIX}:{space}:" if space else f"{PREFIX}:"
        self._asking: Redis | None = None
        self._waiting: Redis | None = None
        self._places = asyncio.Semaphore(self._limits.connections_max)
        self._waiting_places = asyncio.Semaphore(self._limits.waiting_connections_max)
        self._away: str | None = "not asked yet"
        self._went_away = asyncio.Event()

    @property
    def why_away(self) -> str | None:
        """Say why Redis is taken to be away; None while it answers."""
        return self._away

    def key(self, *parts: str, tenant_id: UUID | None = None) -> str:
        """Return a key: below its tenant, or below what belongs to none."""
        owner = "all" if tenant_id is None else f"tenant:{tenant_id}"
        return f"{self._prefix}{owner}:{':'.join(parts)}"

    async def start(self) -> None:
        """Ask once; a Redis that does not answer is one that is away."""
        self._asking = self._client(self._limits.connections_max)
        self._waiting = self._client(self._limits.waiting_connections_max)
        await self._probe()

    async def stop(self) -> None:
        """Close every connection."""
        self._turn_away("stopped")
        for client in (self._asking, self._waiting):
            if client is not None:
                await client.aclose()
                await client.connection_pool.disconnect()
        self._asking = self._waiting = None

    async def watch(self) -> None:
        """Run until cancelled: notice when Redis goes, and let it be asked again when it is back.

        Only this asks a Redis that is away, after waits that double, with full jitter.
        """
        limits = self._limits
        longest_s = limits.probe_first_s
        while True:
            if self._away is None:
                longest_s = limits.probe_first_s
                try:
                    async with asyncio.timeout(limits.look_every_s):
                        await self._went_away.wait()
                except TimeoutError:
                    await self._probe()
                continue
            await asyncio.sleep(self._randomness.uniform(low=longest_s / 4, high=longest_s))
            longest_s = min(longest_s * 2, limits.probe_longest_s)
            await self._probe()

    async def ask(self, *command: Argument) -> Any:
        """Return the answer to a command; raises RedisAway."""
        return await self._carefully(lambda client: _send(client, *command))

    async def run(self, script: Script, *, keys: Sequence[str], args: Sequence[Argument]) -> Any:
        """Return what a script returns; raises RedisAway.

        It is sent by its name; one that Redis does not know is sent whole, and known from
        then on.
        """
        own = (len(keys), *keys, *args)

        async def work(client: Redis) -> Any:
            try:
                return await _send(client, "EVALSHA", script.sha, *own)
            except NoScriptError:
                return await _send(client, "EVAL", script.text, *own)

        return await self._carefully(work)

    async def wait(self, *command: Argument, wait_s: float) -> Any:
        """Return the answer to a command that Redis answers late; raises RedisAway.

        Such commands have connections of their own: they keep no question waiting.
        """
        return await self._carefully(lambda client: _send(client, *command), wait_s=wait_s)

    async def _carefully(
        self, work: Callable[[Redis], Awaitable[Given]], *, wait_s: float = 0.0
    ) -> Given:
        waiting = wait_s > 0
        client = self._waiting if waiting else self._asking
        if self._away is not None or client is None:
            raise RedisAway(self._away or "not started")
        return await self._guarded(
            work,
            client=client,
            places=self._waiting_places if waiting else self._places,
            within_s=wait_s + self._limits.answer_s,
        )

    async def _guarded(
        self,
        work: Callable[[Redis], Awaitable[Given]],
        *,
        client: Redis,
        places: asyncio.Semaphore,
        within_s: float,
    ) -> Given:
        asked = False
        try:
            async with asyncio.timeout(within_s), places:
                asked = True
                return await work(client)
        except (RedisConnectionError, RedisTimeoutError, TimeoutError, OSError) as problem:
            if not asked:
                # Redis was not slow: we asked it too much at once.
                raise RedisAway("too many questions wait already") from problem
            self._turn_away(_said(problem))
            raise RedisAway(_said(problem)) from problem
        except RedisError as problem:
            raise RedisAway(_said(problem)) from problem

    async def _probe(self) -> None:
        if self._asking is None:
            return
        try:
            await self._guarded(
                lambda client: _send(client, "PING"),
                client=self._asking,
                places=asyncio.Semaphore(1),
                within_s=self._limits.answer_s,
            )
        except RedisAway as problem:
            self._turn_away(str(problem))
            return
        if self._away is not None:
            log.info("redis.answers", server=self._server())
        self._away = None
        self._went_away.clear()

    def _turn_away(self, why: str) -> None:
        if self._away is None:
            log.warning("redis.away", server=self._server(), problem=why)
        self._away = why
        self._went_away.set()

    def _client(self, connections_max: int) -> Redis:
        # Nothing is tried again here: who asks knows what to do without an answer. protocol 2
        # and no callbacks leave the replies as they come, in every version of the server.
        pool = ConnectionPool.from_url(
            self._url,
            max_connections=connections_max,
            socket_connect_timeout=self._limits.answer_s,
            # Each question has its own time. With one of its own, redis-py 8.1 sends within
            # asyncio.wait_for, which before Python 3.12 can swallow a cancellation, and with
            # it our time limit.
            socket_timeout=None,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        client = Redis(connection_pool=pool)
        client.response_callbacks.clear()
        return client

    def _server(self) -> str:
        parts = urlsplit(self._url)
        return f"{parts.hostname or ''}:{parts.port or 6379}"


async def _send(client: Redis, *command: Argument) -> Any:
    # The library leaves this one method without types.
    return await client.execute_command(*command)  # type: ignore[no-untyped-call]


def _said(problem: Exception) -> str:
    text = str(problem) or "no answer in time"
    return f"{type(problem).__name__}: {text}"
