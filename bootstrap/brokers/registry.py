"""Build the brokers that the settings name, each with a guard, health and market of its own."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import structlog

from adapters.brokers.paper.asking import RemoteCredentials
from adapters.brokers.paper.credentials import CredentialBook, read_issued
from adapters.brokers.remembering import RememberingBroker
from adapters.market_data.replay.market import HistoricalMarket
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.observed import ObservedBroker, Observer
from application.market.conditions import Problem
from application.market.tell_apart import TellApart
from bootstrap.brokers.paper import BrokerParts, build_absent, build_paper
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.others import SILENT_S
from bootstrap.processes.roles import Plan, Role, has_venue, part_of
from bootstrap.settings.brokers import BROKER_KINDS, PAPER
from bootstrap.settings.sections import Settings
from bootstrap.system import System
from domain.risk.commission import CommissionSchedule
from ports.broker import Broker
from ports.broker_credentials import BrokerCredentials
from ports.leases import Lease

log = structlog.get_logger(__name__)

VENUE_FOLDER = "paper-venue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Brokers:
    """Every broker by name; the first is the one of accounts that are opened without a name."""

    parts: Mapping[str, BrokerParts]

    @property
    def default(self) -> str:
        """The broker of accounts that are opened without naming one."""
        return next(iter(self.parts))

    @property
    def names(self) -> tuple[str, ...]:
        """Every broker's name, first the default."""
        return tuple(self.parts)

    def component(self, part: str, broker: str) -> str:
        """Name a part of the work as it is shown: bare for the default, else with its broker."""
        return part_of(part, self.further(broker))

    def further(self, broker: str) -> str | None:
        """Return the broker's name, None for the default one's."""
        return None if broker == self.default else broker

    def each(self) -> Iterator[tuple[str, BrokerParts]]:
        """Give every broker by name."""
        yield from self.parts.items()


def build(settings: Settings, system: System, plan: Plan, history: HistoricalMarket) -> Brokers:
    """Build every broker where this process has a part in it; nothing is opened yet."""
    built: dict[str, BrokerParts] = {}
    for name, own in settings.every_broker.items():
        if Role.DISPATCH not in plan.roles and not has_venue(own, plan=plan):
            built[name] = build_absent(name, settings=own)
        else:
            built[name] = build_paper(
                name,
                settings=own,
                dispatch=settings.dispatch,
                system=system,
                journal=venue_folder(settings, name),
                instruments=history,
            )
    for name, parts in built.items():
        if parts.broker.traits.name != name:
            # Reports and accounts are kept under the name that the settings give.
            raise ValueError(f"the broker {name} calls itself {parts.broker.traits.name}")
    if len(built) > 1:
        built = {name: _apart(name, parts, system=system) for name, parts in built.items()}
    return Brokers(parts=built)


def _apart(name: str, parts: BrokerParts, *, system: System) -> BrokerParts:
    """Let the venue hear the market apart from the others, which do not wait for it."""
    if parts.listener is None:
        return parts

    def failed(problem: Exception) -> None:
        log.warning("broker.behind_market", broker=name, problem=str(problem))

    apart = TellApart(tell=parts.listener, sleeper=system.sleeper, on_failure=failed)
    return replace(
        parts,
        listener=apart,
        catch_up=apart.run,
        problem=lambda: parts.problem() or apart.problem(),
    )


def venue_folder(settings: Settings, broker: str) -> Path | None:
    """Return where a venue in this process keeps what it knows, None for memory."""
    if settings.profile == "memory":
        return None
    return settings.data_dir / folder_name(broker)


def folder_name(broker: str) -> str:
    """Return the name of a venue's folder in the data folder."""
    return VENUE_FOLDER if broker == PAPER else f"{VENUE_FOLDER}-{broker}"


def own_venues(settings: Settings) -> dict[str, Path]:
    """Return the folders of the venues that live in our own processes, by broker."""
    found = {
        name: venue_folder(settings, name)
        for name, own in settings.every_broker.items()
        if own.url is None
    }
    return {name: folder for name, folder in found.items() if folder is not None}


def build_commissions(settings: Settings) -> dict[str, CommissionSchedule]:
    """Return what each broker charges, for the gate to set aside."""
    return {
        name: CommissionSchedule(per_unit=one.commission_per_share, minimum=one.commission_minimum)
        for name, one in settings.every_broker.items()
    }


def build_credentials(settings: Settings) -> dict[str, BrokerCredentials]:
    """Build what says of each broker's keys what they are good for."""
    return {
        name: (
            CredentialBook(read_issued(one.credentials))
            if one.url is None
            else RemoteCredentials(url=one.url)
        )
        for name, one in settings.every_broker.items()
    }


def paper_brokers(settings: Settings) -> tuple[str, ...]:
    """Return the brokers whose money is ours to give, first the default one."""
    return tuple(
        name for name, one in settings.every_broker.items() if BROKER_KINDS.of(one) == PAPER
    )


def build_observed(brokers: Brokers, observer: Observer) -> dict[str, Broker]:
    """Time and trace the calls of the brokers, and remember what each may hold open."""
    return {
        name: RememberingBroker(inner=ObservedBroker(inner=parts.broker, observer=observer))
        for name, parts in brokers.each()
    }


def build_dispatch_lease(brokers: Brokers, jobs: Jobs) -> Callable[[str], Lease]:
    """Return what gives each broker's lease of sending to it."""
    return lambda name: jobs.lease(Role.DISPATCH, brokers.further(name))


def build_venue_problems(brokers: Brokers, health: HealthBoard, plan: Plan) -> dict[str, Problem]:
    """Return what says why each broker cannot be relied on, as far as this process knows."""
    if Role.DISPATCH in plan.roles:
        return {name: parts.problem for name, parts in brokers.each()}
    return {
        name: partial(health.problem, brokers.component("broker", name), silent_s=SILENT_S)
        for name in brokers.names
    }
