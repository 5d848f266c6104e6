"""Turn the settings of Kafka into what its adapters take."""

from adapters.kafka.connection import KafkaAddress
from bootstrap.settings.sections import KafkaSettings


def kafka_address(settings: KafkaSettings) -> KafkaAddress:
    """Return where Kafka is; bootstrap must be set."""
    if settings.bootstrap is None:
        raise ValueError("kafka.bootstrap is not set")
    return KafkaAddress(
        bootstrap=settings.bootstrap,
        client_id=settings.client_id,
        security_protocol=settings.security_protocol,
        sasl_mechanism=settings.sasl_mechanism,
        sasl_username=settings.sasl_username,
        sasl_password=settings.sasl_password,
        partitions=settings.partitions,
        replicas=settings.replicas,
    )
