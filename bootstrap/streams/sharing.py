"""Choose what processes share: through Redis, through their database, or within this one."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from adapters.memory.attempts import MemoryAttempts
from adapters.memory.cache import MemoryCache
from adapters.memory.locks import MemoryLocks
from adapters.memory.rate_limits import MemoryRateLimits
from adapters.memory.signals import MemorySignalStream
from adapters.memory.streams import MemoryEventStream
from adapters.memory.tickets import MemoryTickets
from adapters.system.supervisor import Run
from bootstrap.settings.sections import RedisSettings, Settings
from bootstrap.shared import SharedPorts
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.attempts import Attempts
from ports.cache import Cache
from ports.locks import Locks
from ports.rate_limits import RateLimits
from ports.signals import ExternalSignals, SignalStream
from ports.streams import EventStream, Journal
from ports.tickets import Tickets


class SharingServer(Protocol):
    """What stands behind that: to be started, watched and stopped."""

    @property
    def why_away(self) -> str | None:
        """Say why it cannot be asked now; None while it can."""
        ...

    async def start(self) -> None:
        """Be ready, whether or not it answers yet."""
        ...

    async def stop(self) -> None:
        """Give everything back."""
        ...

    async def watch(self) -> None:
        """Notice when it goes and when it is back, until cancelled."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Fanout:
    """The stream of notices, and what this process does to follow the others' ones.

    join: to be awaited before anyone is served. follow: runs until cancelled; None where the
    stream hands notices over by itself.
    """

    stream: EventStream
    join: Run | None = None
    follow: Run | None = None

    @property
    def is_followed(self) -> bool:
        """Whether one process publishes and all follow it."""
        return self.follow is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """Every port whose state several processes share; no server where there is one process."""

    server: SharingServer | None
    cache: Cache
    locks: Locks
    limits: RateLimits
    attempts: Attempts
    tickets: Tickets
    signals: SignalStream
    fanout: Fanout
    # A stream that others fill, by its name there; None where there is no Redis.
    external: Callable[[str], ExternalSignals] | None = None


def build_sharing(settings: Settings, system: System, storage: Storage) -> Sharing:
    """Share as the settings say."""
    return sharing_over(
        settings=settings.redis, system=system, journal=storage.journal, shared=storage.shared
    )


def sharing_over(
    *, settings: RedisSettings, system: System, journal: Journal, shared: SharedPorts | None = None
) -> Sharing:
    """Share through Redis where one is given, else through the database that others use too.

    Without Redis each process has its own cache, brief locks, rate limits and signals, and
    reads notices from the journal by itself.
    """
    clock, randomness = system.clock, system.randomness
    # Not in Redis: a ticket given while it is away would be good in one process only.
    tickets = shared.tickets if shared else MemoryTickets(clock=clock, randomness=randomness)
    if settings.url is not None:
        return _through_redis(
            settings.url, settings=settings, system=system, journal=journal, tickets=tickets
        )
    return Sharing(
        server=None,
        cache=MemoryCache(clock=clock, randomness=randomness),
        locks=MemoryLocks(clock=clock, randomness=randomness),
        limits=MemoryRateLimits(clock=clock),
        attempts=shared.attempts if shared else MemoryAttempts(clock=clock),
        tickets=tickets,
        signals=MemorySignalStream(clock=clock),
        fanout=Fanout(stream=MemoryEventStream()),
    )


def _through_redis(
    url: str, *, settings: RedisSettings, system: System, journal: Journal, tickets: Tickets
) -> Sharing:
    from adapters.redis.attempts import RedisAttempts
    from adapters.redis.cache import RedisCache
    from adapters.redis.client import RedisLimits, RedisLink
    from adapters.redis.external_signals import RedisExternalSignals
    from adapters.redis.locks import RedisLocks
    from adapters.redis.rate_limits import RedisRateLimits
    from adapters.redis.signals import RedisSignalStream
    from adapters.redis.streams import RedisEventStream

    clock, randomness = system.clock, system.randomness

    limits = RedisLimits(answer_s=settings.answer_ms / 1000)
    link = RedisLink(url=url, randomness=randomness, limits=limits)
    locks = RedisLocks(link=link, randomness=randomness)
    stream = RedisEventStream(link=link, journal=journal, sleeper=system.sleeper)
    return Sharing(
        server=link,
        cache=RedisCache(
            link=link, locks=locks, clock=clock, sleeper=system.sleeper, randomness=randomness
        ),
        locks=locks,
        limits=RedisRateLimits(
            link=link, alone=MemoryRateLimits(clock=clock), processes=settings.processes
        ),
        attempts=RedisAttempts(link=link, alone=MemoryAttempts(clock=clock)),
        tickets=tickets,
        signals=RedisSignalStream(link=link),
        fanout=Fanout(stream=stream, join=stream.join, follow=stream.follow),
        external=lambda name: RedisExternalSignals(link=link, stream=name),
    )
