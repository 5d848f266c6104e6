"""The image's own health check, run as it is against a server."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from bootstrap.settings.http import HttpSettings
from tests.certificates import make
from tests.integration.bootstrap.doors import opened
from tests.unit.sources import ROOT


async def _is_healthy(port: int) -> bool:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    found = lines[next(at for at, line in enumerate(lines) if line.startswith("HEALTHCHECK")) + 1]
    _, option, code = json.loads(found.strip().removeprefix("CMD "))
    asked = code.replace(":8000/", f":{port}/")
    assert asked != code
    done = await asyncio.create_subprocess_exec(sys.executable, option, asked)
    return await done.wait() == 0


@pytest.mark.parametrize("is_tls", [False, True], ids=["plain", "tls"])
async def test_it_sees_a_server_whatever_that_speaks(tmp_path: Path, is_tls: bool) -> None:
    settings = HttpSettings()
    if is_tls:
        make(tmp_path)
        settings = replace(
            settings, tls_certificate=tmp_path / "server.pem", tls_key=tmp_path / "server.key"
        )
    async with opened(settings) as door:
        port = urlsplit(door.url).port
        assert port is not None
        assert await _is_healthy(port)
    assert not await _is_healthy(port)
