"""Build a paper broker: in this process, or one that runs elsewhere."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from adapters.brokers.absent import AbsentBroker
from adapters.brokers.guarded import GuardedBroker
from adapters.brokers.paper.broker import PaperBroker
from adapters.brokers.paper.client import RemotePaperBroker
from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.faults import Faults
from adapters.brokers.paper.journal import VenueJournal
from adapters.brokers.paper.pushing import MarketPush
from adapters.brokers.paper.settings import DEAD_MAN, CommissionPerShare, SlippageTicks
from adapters.brokers.paper.settings import PaperSettings as VenueSettings
from bootstrap.brokers.limits import faults_of, guard_of
from bootstrap.settings.brokers import BrokerSettings, PaperSettings
from bootstrap.settings.sections import DispatchSettings
from bootstrap.system import System
from ports.broker import Broker, BrokerTraits, DeadManTimer, Dedup
from ports.market import Instruments, Listener


class Connection(Protocol):
    """What has to be opened before a broker, or its market, can be used."""

    async def start(self) -> None:
        """Connect, or read what was kept; a venue that is away keeps nobody from starting."""
        ...

    async def stop(self) -> None:
        """Close."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """One broker, its connection, and what wants the market's events where it has such.

    venue is the paper venue where it lives in this process, folder where that keeps what it
    knows: None keeps it in memory.
    """

    broker: Broker
    connection: Connection
    listener: Listener | None
    # Why the broker cannot be relied on, empty while it can: in memory, and at once.
    problem: Callable[[], str]
    venue: PaperVenue | None = None
    folder: Path | None = None
    # What tells the venue later of what it did not take, where others do not wait for it.
    catch_up: Callable[[], Awaitable[None]] | None = None
    # What asks a broker elsewhere how it is.
    watch: Callable[[], Awaitable[None]] | None = None
    # What brings the market to a venue elsewhere.
    push: MarketPush | None = None
    # When a broker elsewhere last answered anything; one in this process has no link to lose.
    answered_s: Callable[[], float | None] | None = None
    # The venue's own timer, where it has one.
    timer: DeadManTimer | None = None


def build_absent(name: str, *, settings: BrokerSettings) -> BrokerParts:
    """Build what stands where another process speaks to the broker."""
    absent = AbsentBroker(name=name, open_orders_max=settings.open_orders_max)
    push = _push(settings)
    return BrokerParts(
        broker=absent,
        connection=absent,
        listener=None if push is None else push.on_market,
        problem=lambda: "another process has it",
        push=push,
    )


def build_paper(
    name: str,
    *,
    settings: PaperSettings,
    dispatch: DispatchSettings,
    system: System,
    journal: Path | None,
    instruments: Instruments,
) -> BrokerParts:
    """Build a paper broker: in this process, or one that runs elsewhere."""
    if settings.url is not None:
        return build_elsewhere(
            name, settings.url, settings=settings, dispatch=dispatch, system=system
        )
    venue = PaperVenue(
        settings=VenueSettings(
            name=name,
            dedup=Dedup(settings.dedup),
            settle_horizon_s=settings.settle_horizon_s,
            participation=settings.participation,
            open_orders_max=settings.open_orders_max,
            slippage=SlippageTicks(ticks=settings.slippage_ticks),
            commission=CommissionPerShare(
                rate=settings.commission_per_share, minimum=settings.commission_minimum
            ),
        ),
        instruments=instruments,
        journaled=journal is not None,
    )
    paper = PaperBroker(
        venue=venue,
        clock=system.clock,
        sleeper=system.sleeper,
        faults=Faults(settings=faults_of(settings), roll=system.randomness.random),
        journal=VenueJournal(journal) if journal is not None else None,
    )
    return BrokerParts(
        broker=paper,
        connection=paper,
        listener=paper.listener,
        problem=paper.problem,
        venue=venue,
        folder=journal,
        timer=paper.timers,
    )


def build_elsewhere(
    name: str, url: str, *, settings: PaperSettings, dispatch: DispatchSettings, system: System
) -> BrokerParts:
    """Build a broker whose venue runs elsewhere."""
    traits = BrokerTraits(
        name=name,
        dedup=Dedup(settings.dedup),
        settle_horizon_s=settings.settle_horizon_s,
        native_reduce_only=True,
        open_orders_max=settings.open_orders_max,
        protective_limits=True,
        dead_man=DEAD_MAN,
        cancel_all=True,
    )
    remote = RemotePaperBroker(url=url, traits=traits, clock=system.clock)
    guarded = GuardedBroker(
        inner=remote,
        settings=guard_of(settings, dispatch=dispatch),
        clock=system.clock,
        sleeper=system.sleeper,
    )
    push = MarketPush(url=url)
    return BrokerParts(
        broker=guarded,
        connection=remote,
        listener=push.on_market,
        problem=remote.problem,
        watch=remote.watch,
        answered_s=remote.answered_s,
        push=push,
        timer=remote,
    )


def _push(settings: PaperSettings) -> MarketPush | None:
    return None if settings.url is None else MarketPush(url=settings.url)
