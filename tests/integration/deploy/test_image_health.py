"""The health checks of the image and of Compose, run as they are against a server."""

import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml
from prometheus_client import CollectorRegistry

from adapters.http.server.health_page import HealthPage
from adapters.http.server.server import HttpServer
from adapters.http.server.settings import ServerSettings
from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from ports.health import ComponentState
from tests.builders import AT
from tests.certificates import make
from tests.integration.http.server.doors import opened
from tests.unit.sources import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()


def _image() -> list[str]:
    lines = DOCKERFILE.splitlines()
    found = lines[next(at for at, line in enumerate(lines) if line.startswith("HEALTHCHECK")) + 1]
    asked: list[str] = json.loads(found.strip().removeprefix("CMD "))
    return asked


def _compose() -> list[str]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    start, *asked = read["services"]["api"]["healthcheck"]["test"]
    assert start == "CMD"
    return list(asked)


async def _ran(command: list[str], *, folder: Path, tls: bool, port: int) -> tuple[int, str]:
    """Run a check with what the image sets; return how it ended and what it said."""
    program, *arguments = command
    assert program == "ballast"
    given = dict(re.findall(r"(BALLAST_\w+)=(\S+)", DOCKERFILE))
    given |= {"BALLAST_HTTP_PORT": str(port), "PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    if tls:
        given["BALLAST_HTTP_TLS_CERTIFICATE"] = str(folder / "server.pem")
        given["BALLAST_HTTP_TLS_KEY"] = str(folder / "server.key")
    done = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bootstrap.cli",
        *arguments,
        cwd=folder,
        env=given,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await done.communicate()
    assert done.returncode is not None
    return done.returncode, said.decode()


def _settings(folder: Path, *, tls: bool) -> ServerSettings:
    if not tls:
        return ServerSettings()
    # To another name than the one that is asked.
    make(folder, name="desk.example.com")
    return replace(
        ServerSettings(), tls_certificate=folder / "server.pem", tls_key=folder / "server.key"
    )


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize("check", [_image, _compose], ids=["image", "compose"])
async def test_it_sees_a_server_whatever_that_speaks(tmp_path: Path, check: Any, tls: bool) -> None:
    async with opened(_settings(tmp_path, tls=tls)) as door:
        port = urlsplit(door.url).port
        assert port is not None
        assert (await _ran(check(), folder=tmp_path, tls=tls, port=port))[0] == 0
    ended, said = await _ran(check(), folder=tmp_path, tls=tls, port=port)
    assert ended == 1
    assert f"nothing sound answers at 127.0.0.1 port {port}" in said
    assert "Traceback" not in said


async def test_a_certificate_that_is_renewed_meanwhile_makes_nobody_unhealthy(
    tmp_path: Path,
) -> None:
    async with opened(_settings(tmp_path, tls=True)) as door:
        make(tmp_path, name="desk.example.com")
        port = urlsplit(door.url).port
        assert port is not None
        assert (await _ran(_compose(), folder=tmp_path, tls=True, port=port))[0] == 0


@asynccontextmanager
async def _worker(board: HealthBoard) -> AsyncIterator[int]:
    server = HttpServer(settings=replace(ServerSettings(), port=0))
    port = urlsplit(server.bind()).port
    assert port is not None
    await server.start(HealthPage(health=board, registry=CollectorRegistry()))
    try:
        yield port
    finally:
        await server.stop()


async def test_a_worker_is_asked_in_plain_and_may_live_without_being_ready(tmp_path: Path) -> None:
    _settings(tmp_path, tls=True)
    board = HealthBoard(clock=ManualClock(AT))
    board.declare("storage")
    async with _worker(board) as port:
        assert (await _ran(_image(), folder=tmp_path, tls=True, port=port))[0] == 0
        ended, said = await _ran(_compose(), folder=tmp_path, tls=True, port=port)
        assert (ended, "/health/ready answers 503" in said) == (1, True)
        board.set("storage", ComponentState.UP)
        assert (await _ran(_compose(), folder=tmp_path, tls=True, port=port))[0] == 0


async def test_who_takes_a_connection_and_says_nothing_is_not_healthy(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        for tls in (False, True):
            _settings(tmp_path, tls=tls)
            ended, said = await _ran(_image(), folder=tmp_path, tls=tls, port=port)
            assert (ended, "timed out" in said) == (1, True)
