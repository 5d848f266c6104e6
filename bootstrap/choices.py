"""Choose parts by the settings and by what the process is to do."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from adapters.market_data.replay.market import HistoricalMarket
from adapters.telemetry.observed import ObservedBooks, ObservedBroker, Observer
from adapters.telemetry.tracing import Tracing
from bootstrap.broker_parts import BrokerParts, build_absent, build_broker_of
from bootstrap.processes.roles import Plan, Role, has_own_venue
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams.events import OutsideStream
from bootstrap.system import System
from ports.broker import Broker

VENUE_FOLDER = "paper-venue"


def build_tracing(settings: Settings) -> Tracing | None:
    """Build tracing, unless it is off."""
    if settings.tracing.exporter == "off":
        return None
    return Tracing(settings=settings.tracing, version=version("ballast"))


def build_observed_storage(bare_storage: Storage, observer: Observer) -> Storage:
    """Time and trace the commits of books."""
    books = ObservedBooks(inner=bare_storage.books, observer=observer)
    return replace(bare_storage, books=books)


def build_broker(broker_parts: BrokerParts, observer: Observer) -> Broker:
    """Time and trace the calls of the broker."""
    return ObservedBroker(inner=broker_parts.broker, observer=observer)


def venue_folder(settings: Settings) -> Path | None:
    """Return where the venue in this process keeps what it knows, None for memory."""
    return None if settings.profile == "memory" else settings.data_dir / VENUE_FOLDER


def build_broker_parts(
    settings: Settings, system: System, plan: Plan, history: HistoricalMarket
) -> BrokerParts:
    """Build the broker where this process has a part in it."""
    if Role.DISPATCH not in plan.roles and not has_own_venue(plan, settings=settings):
        return build_absent(settings.paper)
    return build_broker_of(
        settings=settings.paper,
        dispatch=settings.dispatch,
        system=system,
        journal=venue_folder(settings),
        instruments=history,
    )


def build_events(settings: Settings) -> OutsideStream | None:
    """Build the stream to Kafka, if there is one."""
    if settings.kafka.bootstrap is None:
        return None
    from bootstrap.streams.kafka_events import build_event_stream

    return build_event_stream(settings.kafka)
