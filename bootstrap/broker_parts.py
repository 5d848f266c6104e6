"""Build the broker: in this process, elsewhere, or what stands where another speaks to it."""

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
from adapters.brokers.paper.settings import CommissionPerShare, SlippageTicks
from adapters.brokers.paper.settings import PaperSettings as VenueSettings
from bootstrap.orders.broker_settings import faults_of, guard_of
from bootstrap.settings.sections import DispatchSettings, PaperSettings, Settings
from bootstrap.system import System
from domain.risk.commission import CommissionSchedule
from ports.broker import Broker, BrokerTraits, Dedup
from ports.market import Instruments, Listener

BROKER = "paper"


class BrokerConnection(Protocol):
    """What has to be opened before a broker can be used."""

    async def start(self) -> None:
        """Connect, or read what was kept."""
        ...

    async def stop(self) -> None:
        """Close."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerParts:
    """The broker, its connection, and what wants the market's events where it has such.

    venue is the paper venue where it lives in this process.
    """

    broker: Broker
    connection: BrokerConnection
    listener: Listener | None
    # Why the broker cannot be relied on, empty while it can: in memory, and at once.
    problem: Callable[[], str]
    venue: PaperVenue | None = None
    # What asks a broker elsewhere how it is.
    watch: Callable[[], Awaitable[None]] | None = None


def build_push(settings: Settings) -> MarketPush | None:
    """Build what brings the market to a venue elsewhere, if there is one."""
    return None if settings.paper.url is None else MarketPush(url=settings.paper.url)


def commissions_of(settings: Settings) -> dict[str, CommissionSchedule]:
    """Return what each broker charges, for the gate to set aside."""
    return {
        BROKER: CommissionSchedule(
            per_unit=settings.paper.commission_per_share, minimum=settings.paper.commission_minimum
        )
    }


def build_absent(settings: PaperSettings) -> BrokerParts:
    """Build what stands where another process speaks to the broker."""
    absent = AbsentBroker(name=BROKER, open_orders_max=settings.open_orders_max)
    return BrokerParts(
        broker=absent, connection=absent, listener=None, problem=lambda: "another process has it"
    )


def build_broker_of(
    *,
    settings: PaperSettings,
    dispatch: DispatchSettings,
    system: System,
    journal: Path | None,
    instruments: Instruments,
) -> BrokerParts:
    """Build the paper broker: in this process, or the one that runs elsewhere.

    journal is the folder where the venue in this process keeps what it knows; None keeps
    it in memory.
    """
    dedup = Dedup(settings.dedup)
    if settings.url is not None:
        traits = BrokerTraits(
            name=BROKER,
            dedup=dedup,
            settle_horizon_s=settings.settle_horizon_s,
            native_reduce_only=True,
            open_orders_max=settings.open_orders_max,
            protective_limits=True,
        )
        remote = RemotePaperBroker(url=settings.url, traits=traits, clock=system.clock)
        guarded = GuardedBroker(
            inner=remote,
            settings=guard_of(dispatch),
            clock=system.clock,
            sleeper=system.sleeper,
        )
        return BrokerParts(
            broker=guarded,
            connection=remote,
            listener=None,
            problem=remote.problem,
            watch=remote.watch,
        )
    venue_settings = VenueSettings(
        name=BROKER,
        dedup=dedup,
        settle_horizon_s=settings.settle_horizon_s,
        participation=settings.participation,
        open_orders_max=settings.open_orders_max,
        slippage=SlippageTicks(ticks=settings.slippage_ticks),
        commission=CommissionPerShare(
            rate=settings.commission_per_share, minimum=settings.commission_minimum
        ),
    )
    venue = PaperVenue(
        settings=venue_settings, instruments=instruments, journaled=journal is not None
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
    )
