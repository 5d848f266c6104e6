"""Name the three services, and make one of them at a place of its own."""

import secrets
from collections.abc import Callable
from pathlib import Path

from tests.services.fetch import fetch_kafka, fetch_redis
from tests.services.kafka import Kafka
from tests.services.ports import free_ports
from tests.services.postgres import Postgres
from tests.services.process import Running
from tests.services.redis import Redis
from tests.services.service import Place, Service

TYPES: dict[str, type[Postgres] | type[Redis] | type[Kafka]] = {
    "postgres": Postgres,
    "redis": Redis,
    "kafka": Kafka,
}
NAMES = tuple(TYPES)
# What tests read each service's URL from.
VARIABLES = {
    "postgres": "BALLAST_TEST_DATABASE_URL",
    "redis": "BALLAST_TEST_REDIS_URL",
    "kafka": "BALLAST_TEST_KAFKA_BOOTSTRAP",
}


def service_in(
    folder: Path,
    *,
    name: str,
    logs: Path | None = None,
    on_start: Callable[[Running], None] | None = None,
) -> Service:
    """Return a service that will live in a folder below this one, not started yet.

    logs: where its log goes; beside its folder if that is not said.
    """
    kind = TYPES[name]
    place = Place(
        folder=folder.absolute() / name,
        logs=(logs or folder).absolute(),
        ports=free_ports(kind.ports_needed),
        secret=secrets.token_urlsafe(24),
    )
    return Service(server=kind(place=place), on_start=on_start)


def fetch(name: str, *, install: bool) -> None:
    """Bring what the service needs; Postgres comes with the requirements.

    Raises Unavailable, which says what is missing.
    """
    if name == "redis":
        fetch_redis(install=install)
    if name == "kafka":
        fetch_kafka(install=install)
