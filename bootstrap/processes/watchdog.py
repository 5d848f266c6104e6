"""Run the watchdog: a process of its own that stops what nobody watches over any more."""

import asyncio
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

import structlog

from adapters.brokers.paper.asking import RemoteCredentials
from adapters.system.stop_channel import WATCHDOG
from adapters.system.stop_files import FileStops, FileWatchedAccounts
from adapters.system.stop_listener import StopHandlers
from application.kill_switch.cancel_resting import CancelResting, VenueProgress
from application.kill_switch.watch_dispatch import TURN_S, WatchDispatch
from bootstrap.brokers.paper import BrokerParts, build_elsewhere
from bootstrap.kill_switch.channel import build_channel, build_listener, name_of
from bootstrap.kill_switch.state import folder_of
from bootstrap.processes.serve import stop_signals
from bootstrap.settings.sections import Settings
from bootstrap.settings.watchdog import read_keys
from bootstrap.system import build_system
from domain.kill_switch.latch import Latch
from domain.kill_switch.silence import Silence
from domain.secrets.api_key import Credentials, KeyPermission
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.broker_credentials import CredentialsRefused
from ports.stops import PeerAnswers, StopFiles

log = structlog.get_logger(__name__)


class KeyUnfit(Exception):
    """A key of the watchdog's own cannot cancel, or could take money out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keeping:
    """What the watchdog does with stops of others: it keeps them, and holds no send."""

    files: StopFiles

    async def take(self, latch: Latch) -> None:
        """Keep a stop on this volume too."""
        await self.files.keep(latch)


async def watch(settings: Settings, *, on_ready: Callable[[str], None]) -> None:
    """Watch until SIGTERM or SIGINT; raises KeyUnfit, OSError."""
    system = build_system()
    stopping = stop_signals()
    venues = _venues(settings)
    await _check_keys(settings, venues=venues)
    name = name_of(WATCHDOG)
    folder = folder_of(settings)
    files = FileStops(folder / "stops")
    watching = WatchDispatch(
        silence=Silence(silent_after_s=settings.kill.silent_s, step_s_max=TURN_S * 4),
        channel=build_channel(settings, own=name),
        files=files,
        watched=FileWatchedAccounts(folder / "watched.json"),
        cancel=CancelResting(
            venues={one: parts.broker for one, parts in venues.items()},
            memory={},
            sleeper=system.sleeper,
        ),
        cancel_protective=settings.kill.cancel_protective,
        clock=system.clock,
        ids=system.ids,
        sleeper=system.sleeper,
        on_silent=_silent,
        on_canceled=_canceled,
        on_problem=_problem,
    )
    keeping = _Keeping(files=files)
    listener = build_listener(
        settings,
        own=name,
        handlers=StopHandlers(
            take=keeping.take,
            stored=files.forget,
            kept=files.kept,
            heard=watching.hear,
            left=watching.sign_off,
            unwatched=watching.unwatched,
        ),
    )
    async with AsyncExitStack() as stack:
        for parts in venues.values():
            await parts.connection.start()
            stack.push_async_callback(parts.connection.stop)
        await listener.start()
        stack.push_async_callback(listener.stop)
        running = asyncio.ensure_future(watching())
        stack.push_async_callback(_ended, running)
        on_ready(", ".join(sorted(venues)) or "no venue: each lives in the server itself")
        waiting = asyncio.ensure_future(stopping.wait())
        await asyncio.wait({running, waiting}, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if running.done():
            running.result()


async def watchdogs(settings: Settings) -> PeerAnswers:
    """Return which watchdogs of this machine answer and can read what they keep."""
    return await build_channel(settings, own=name_of("check")).watchdogs()


def _venues(settings: Settings) -> dict[str, BrokerParts]:
    """Return the brokers that can be reached without the server."""
    system = build_system()
    found: dict[str, BrokerParts] = {}
    for name, own in settings.every_broker.items():
        if own.url is None:
            log.warning("watchdog.venue_in_server", broker=name)
            continue
        found[name] = build_elsewhere(
            name, own.url, settings=own, dispatch=settings.dispatch, system=system
        )
    return found


async def _check_keys(settings: Settings, *, venues: Mapping[str, BrokerParts]) -> None:
    """Raise KeyUnfit for a key that a venue refuses, or that can do too much or too little."""
    for name, own in read_keys(settings.watchdog).items():
        url = settings.every_broker[name].url
        if url is None or name not in venues:
            continue
        credentials = Credentials(key=own.key, secret=own.secret, passphrase=own.passphrase)
        try:
            held = await RemoteCredentials(url=url).verify(credentials)
        except (BrokerUnavailable, BrokerUnsure) as problem:
            # It may be needed exactly then: it starts, and says so.
            log.warning("watchdog.key_not_checked", broker=name, problem=str(problem))
            continue
        if isinstance(held, CredentialsRefused):
            raise KeyUnfit(f"watchdog.keys: {name} does not take its key: {held.reason}")
        if KeyPermission.TRADE not in held.permissions:
            raise KeyUnfit(f"watchdog.keys: the key at {name} may not trade, so it cancels nothing")
        if KeyPermission.WITHDRAW in held.permissions:
            raise KeyUnfit(f"watchdog.keys: the key at {name} may withdraw: give one that may not")


def _silent(broker: str, accounts: int) -> None:
    log.error("watchdog.dispatch_silent", broker=broker, accounts=accounts)


def _canceled(broker: str, progress: VenueProgress) -> None:
    log.error("watchdog.canceled", broker=broker, asked=progress.asked)


def _problem(problem: Exception) -> None:
    log.error("watchdog.problem", problem=str(problem))


async def _ended(task: "asyncio.Future[None]") -> None:
    task.cancel()
    await asyncio.wait({task})
