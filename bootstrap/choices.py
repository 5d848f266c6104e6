"""Choose parts by the settings and by what the process is to do."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

from adapters.telemetry.observed import ObservedBooks, ObservedBroker, Observer
from adapters.telemetry.tracing import Tracing
from bootstrap.areas import orders as order_area
from bootstrap.processes.roles import Plan, Role, has_own_venue
from bootstrap.settings.sections import KafkaSettings, Settings, TracingSettings
from bootstrap.storage import Storage
from bootstrap.streams.events import OutsideStream
from bootstrap.system import System
from ports.broker import Broker
from ports.market import Instruments

VENUE_FOLDER = "paper-venue"


def build_tracing(settings: TracingSettings) -> Tracing | None:
    """Build tracing, unless it is off."""
    if settings.exporter == "off":
        return None
    return Tracing(settings=settings, version=version("ballast"))


def observe_storage(*, storage: Storage, observer: Observer) -> Storage:
    """Time and trace the commits of books."""
    return replace(storage, books=ObservedBooks(inner=storage.books, observer=observer))


def observe_broker(*, parts: order_area.BrokerParts, observer: Observer) -> Broker:
    """Time and trace the calls of a broker."""
    return ObservedBroker(inner=parts.broker, observer=observer)


def venue_folder(settings: Settings) -> Path | None:
    """Return where the venue in this process keeps what it knows, None for memory."""
    return None if settings.profile == "memory" else settings.data_dir / VENUE_FOLDER


def choose_broker(
    *, settings: Settings, system: System, plan: Plan, instruments: Instruments
) -> order_area.BrokerParts:
    """Build the broker where this process has a part in it."""
    if Role.DISPATCH not in plan.roles and not has_own_venue(plan, settings=settings):
        return order_area.build_absent(settings.paper)
    return order_area.build_broker(
        settings=settings.paper,
        dispatch=settings.dispatch,
        system=system,
        journal=venue_folder(settings),
        instruments=instruments,
    )


def build_events(settings: KafkaSettings) -> OutsideStream | None:
    """Build the stream to Kafka, if there is one."""
    if settings.bootstrap is None:
        return None
    from bootstrap.streams.kafka_events import build_event_stream

    return build_event_stream(settings)
