"""Reach Kafka: the options that every client of ours is made with."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka.errors import KafkaError

from ports.commands import TransportUnavailable

REQUEST_MS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KafkaAddress:
    """Where Kafka is, who we are to it, and how topics of ours are made that are missing."""

    bootstrap: str
    client_id: str = "ballast"
    security_protocol: str = "PLAINTEXT"
    sasl_mechanism: str | None = None
    sasl_username: str | None = None
    sasl_password: str | None = field(default=None, repr=False)
    # Of topics that are spread over several; None leaves each its own number.
    partitions: int | None = None
    # As many as there are brokers, where those are fewer.
    replicas: int = 3

    def options(self) -> dict[str, Any]:
        """Return what the client library's constructors take."""
        options: dict[str, Any] = {
            "bootstrap_servers": self.bootstrap.split(","),
            "client_id": self.client_id,
            "request_timeout_ms": REQUEST_MS,
            "security_protocol": self.security_protocol,
        }
        if self.security_protocol.endswith("SSL"):
            options["ssl_context"] = ssl.create_default_context()
        if self.security_protocol.startswith("SASL"):
            options |= {
                "sasl_mechanism": self.sasl_mechanism or "PLAIN",
                "sasl_plain_username": self.sasl_username,
                "sasl_plain_password": self.sasl_password,
            }
        return options


@contextmanager
def port_errors() -> Iterator[None]:
    """Raise the port's error in place of the library's."""
    try:
        yield
    except (KafkaError, OSError) as error:
        raise TransportUnavailable(f"Kafka: {error or type(error).__name__}") from error
