"""Run the services in containers, where Docker answers."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from tests.services.ports import free_ports
from tests.services.service import Unavailable

_POSTGRES = "postgres:18-alpine"
_REDIS = "valkey/valkey:8.1-alpine"
_KAFKA = "apache/kafka:4.3.1"
_ASK_S = 2


def docker_answers() -> bool:
    """Tell whether a Docker engine is where Docker's own clients look first."""
    place = urlsplit(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
    local = place.scheme == "unix"
    try:
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as line:
            line.settimeout(_ASK_S)
            line.connect(place.path if local else (place.hostname, place.port or 2375))
            line.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
            return line.recv(64).split(b" ")[1:2] == [b"200"]
    except (OSError, TypeError, ValueError):
        return False


@contextmanager
def container(name: str) -> Iterator[str]:
    """Run one service in a container until the block ends; gives its URL."""
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.wait_strategies import LogMessageWaitStrategy

    (port,) = free_ports(1)
    match name:
        case "postgres":
            image, inside, ready, url = (
                DockerContainer(_POSTGRES).with_env("POSTGRES_PASSWORD", "ballast"),
                5432,
                "(?s)ready to accept connections.*ready to accept connections",
                f"postgresql://postgres:ballast@127.0.0.1:{port}/postgres?sslmode=disable",
            )
        case "redis":
            image, inside, ready, url = (
                DockerContainer(_REDIS),
                6379,
                "Ready to accept connections",
                f"redis://127.0.0.1:{port}/0",
            )
        case "kafka":
            image, inside, ready, url = (
                DockerContainer(_KAFKA).with_envs(**_kafka_settings(port)),
                19092,
                "Kafka Server started",
                f"127.0.0.1:{port}",
            )
        case _:
            raise Unavailable(f"{name}: no container is known")
    image.with_bind_ports(inside, port).waiting_for(LogMessageWaitStrategy(ready))
    with image:
        yield url


def _kafka_settings(port: int) -> dict[str, str]:
    """Return what the image is told; clients come by the port of this machine."""
    return {
        "KAFKA_NODE_ID": "1",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_LISTENERS": "INSIDE://:9092,CONTROLLER://:9093,OUTSIDE://:19092",
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://localhost:9092,OUTSIDE://127.0.0.1:{port}",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": (
            "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,OUTSIDE:PLAINTEXT"
        ),
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
