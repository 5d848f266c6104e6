"""Build the stream of events to Kafka."""

from bootstrap.events import OutsideStream
from bootstrap.settings.sections import KafkaSettings


def build_event_stream(settings: KafkaSettings) -> OutsideStream:
    """Publish to the brokers that are set; connects when there is something to publish."""
    from adapters.kafka.events import KafkaEventStream
    from bootstrap.kafka import kafka_address

    return KafkaEventStream(address=kafka_address(settings))
