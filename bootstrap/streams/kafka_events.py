"""Build the stream of events to Kafka."""

from bootstrap.settings.sections import KafkaSettings
from bootstrap.streams.events import OutsideStream


def build_event_stream(settings: KafkaSettings) -> OutsideStream:
    """Publish to the brokers that are set; connects when there is something to publish."""
    from adapters.kafka.events import KafkaEventStream
    from bootstrap.streams.kafka import kafka_address

    return KafkaEventStream(address=kafka_address(settings))
