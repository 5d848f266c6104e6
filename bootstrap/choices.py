"""Choose parts by the settings and by what the process is to do."""

from dataclasses import replace
from importlib.metadata import version

from adapters.telemetry.observed import ObservedBooks, Observer
from adapters.telemetry.tracing import Tracing
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams.events import OutsideStream


def build_tracing(settings: Settings) -> Tracing | None:
    """Build tracing, unless it is off."""
    if settings.tracing.exporter == "off":
        return None
    return Tracing(settings=settings.tracing, version=version("ballast"))


def build_observed_storage(bare_storage: Storage, observer: Observer) -> Storage:
    """Time and trace the commits of books."""
    books = ObservedBooks(inner=bare_storage.books, observer=observer)
    return replace(bare_storage, books=books)


def build_events(settings: Settings) -> OutsideStream | None:
    """Build the stream to Kafka, if there is one."""
    if settings.kafka.bootstrap is None:
        return None
    from bootstrap.streams.kafka_events import build_event_stream

    return build_event_stream(settings.kafka)
