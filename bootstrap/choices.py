"""Choose parts by the settings and by what the process is to do."""

from dataclasses import replace
from importlib.metadata import version

from bootstrap.events import OutsideStream
from bootstrap.observed import ObservedBooks, Observer
from bootstrap.settings.sections import KafkaSettings, TracingSettings
from bootstrap.storage import Storage
from bootstrap.tracing import Tracing


def build_tracing(settings: TracingSettings) -> Tracing | None:
    """Build tracing, unless it is off."""
    if settings.exporter == "off":
        return None
    return Tracing(settings=settings, version=version("ballast"))


def observe_storage(*, storage: Storage, observer: Observer) -> Storage:
    """Time and trace the commits of books."""
    return replace(storage, books=ObservedBooks(inner=storage.books, observer=observer))


def build_events(settings: KafkaSettings) -> OutsideStream | None:
    """Build the stream to Kafka, if there is one."""
    if settings.bootstrap is None:
        return None
    from bootstrap.kafka_events import build_event_stream

    return build_event_stream(settings)
