"""Build the stream of events to Kafka."""

from bootstrap.events import OutsideStream
from bootstrap.settings.sections import KafkaSettings


def build_event_stream(settings: KafkaSettings) -> OutsideStream:
    """Publish to the brokers that are set; connects when there is something to publish."""
    from adapters.kafka.events import KafkaEventStream, ProducerSettings

    return KafkaEventStream(
        settings=ProducerSettings(
            bootstrap=settings.bootstrap or "",
            client_id=settings.client_id,
            security_protocol=settings.security_protocol,
            sasl_mechanism=settings.sasl_mechanism,
            sasl_username=settings.sasl_username,
            sasl_password=settings.sasl_password,
        )
    )
