"""A served application shows Kafka's health, and lives without it."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from bootstrap.cli import app
from tests.services.service import Service
from tests.torture.processes import Server

TIMEOUT_S = 120.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, own_kafka: Service) -> Iterator[Server]:
    settings = {
        "BALLAST_REPLAY_PAUSED": "true",
        "BALLAST_PROFILE": "memory",
        "BALLAST_KAFKA_BOOTSTRAP": own_kafka.url,
    }
    yield from _served(Server(folder=tmp_path_factory.mktemp("watched"), settings=settings))


@pytest.fixture
def bare_server(tmp_path: Path) -> Iterator[Server]:
    settings = {"BALLAST_REPLAY_PAUSED": "true", "BALLAST_PROFILE": "memory"}
    yield from _served(Server(folder=tmp_path, settings=settings))


def _served(server: Server) -> Iterator[Server]:
    server.start()
    try:
        assert asyncio.run(server.ready()), server.log_tail()
        yield server
        assert server.is_alive(), server.log_tail()
        assert server.stop() == 0, server.log_tail()
    finally:
        server.kill()


def client_of(server: Server) -> httpx.Client:
    headers = {"Authorization": f"Bearer {server.token()}"}
    return httpx.Client(base_url=server.url, headers=headers, trust_env=False, timeout=100)


def components(client: httpx.Client) -> dict[str, str]:
    found = client.get("/api/status").json()["components"]
    return {name: one["status"] for name, one in found.items()}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def run(server: Server, *arguments: str) -> str:
    environment = {"BALLAST_URL": server.url, "BALLAST_TOKEN": server.token()}
    result = CliRunner().invoke(app, list(arguments), env=environment)
    assert result.exit_code == 0, result.output
    return result.output


def test_kafka_that_dies_degrades_the_server_and_heals(server: Server, own_kafka: Service) -> None:
    with client_of(server) as client:
        until(lambda: client.get("/api/v1/streams").json()["reachable"])
        until(lambda: components(client)["heartbeats"] == "up")
        assert client.get("/api/v1/agents").json()["hearing"]
        assert "ballast_stream_reachable 1.0" in client.get("/metrics").text
        own_kafka.kill()
        try:
            until(lambda: components(client)["kafka"] == "degraded")
            until(lambda: components(client)["heartbeats"] == "degraded")
            ready = client.get("/health/ready")
            assert ready.status_code == 200
            assert {"kafka", "heartbeats"} <= set(ready.json()["degraded"])
            # Agents may beat over HTTP meanwhile.
            assert client.get("/api/v1/agents").json()["hearing"]
        finally:
            own_kafka.restart()
        until(lambda: client.get("/api/v1/streams").json()["reachable"])
        until(lambda: components(client)["heartbeats"] == "up")


def test_the_command_line_shows_topics_and_agents(server: Server, own_kafka: Service) -> None:
    with client_of(server) as client:
        until(lambda: client.get("/api/v1/streams").json()["reachable"])
    assert "ballast.probes.v1" in run(server, "streams", "status")
    said = json.loads(run(server, "streams", "status", "--json"))
    assert said["streams"]["configured"]
    assert "no agents" in run(server, "agents", "list")


def test_without_kafka_everything_answers(bare_server: Server) -> None:
    with client_of(bare_server) as client:
        assert client.get("/api/v1/streams").json()["configured"] is False
        assert client.get("/api/v1/streams/consumers").json()["items"] == []
        agents = client.get("/api/v1/agents").json()
        # Agents may beat over HTTP.
        assert (agents["items"], agents["configured"], agents["hearing"]) == ([], False, True)
        assert "kafka" not in components(client)
        absent = client.post("/api/v1/streams/consumers/ballast.commands/restart")
        assert absent.status_code == 404
    assert "no Kafka is configured" in run(bare_server, "streams", "status")
    assert "no agents" in run(bare_server, "agents", "list")
