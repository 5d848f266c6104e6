"""Build what publishes events to Kafka, and what looks whether it answers."""

from collections.abc import Awaitable, Callable

from adapters.telemetry.kafka_reach import KafkaReach
from bootstrap.settings.sections import KafkaSettings, Settings
from bootstrap.streams.events import OutsideStream
from bootstrap.system import System


def build_event_stream(settings: KafkaSettings) -> OutsideStream:
    """Publish to the brokers that are set; connects when there is something to publish."""
    from adapters.kafka.events import KafkaEventStream
    from bootstrap.streams.kafka import kafka_address

    return KafkaEventStream(address=kafka_address(settings))


def build_pulse(
    settings: Settings, reach: KafkaReach, system: System
) -> Callable[[], Awaitable[None]] | None:
    """Build what looks at the brokers, where some are set."""
    if settings.kafka.bootstrap is None:
        return None
    from adapters.kafka.pulse import KafkaPulse
    from bootstrap.streams.kafka import kafka_address

    return KafkaPulse(
        address=kafka_address(settings.kafka),
        told=reach.looked,
        clock=system.clock,
        sleeper=system.sleeper,
    ).run
