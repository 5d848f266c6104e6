"""The commands that records of every kind have, by those of assets, against the application."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from adapters.cli import assets, records
from bootstrap.cli import app
from tests.unit.adapters.http.context import open_context
from tests.unit.adapters.http.test_letters import Bridge

HOUSE = ["real_estate", "House", "420000", "--currency", "EUR", "--valued-on", "2025-06-30"]
Ballast = Callable[..., str]


def _commands(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> Ballast:
    bridge = Bridge(client)
    for module in (assets, records):
        monkeypatch.setattr(module, "connect", lambda: bridge)

    def run(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["assets", *arguments], catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


async def test_records_are_added_listed_taken_along_and_deleted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with open_context() as context, context.client() as client:
        ballast = _commands(client, monkeypatch)
        run = asyncio.to_thread
        assert await run(ballast, "list") == "no assets yet: ballast assets add\n"
        assert "420000" in await run(ballast, "add", *HOUSE)
        (house,) = json.loads(await run(ballast, "list", "--json"))
        assert json.loads(await run(ballast, "show", house["id"], "--json")) == house
        kept = tmp_path / "assets.json"
        kept.write_text(await run(ballast, "export"))
        await run(ballast, "remove", house["id"])
        assert json.loads(await run(ballast, "list", "--json")) == []
        assert await run(ballast, "import", str(kept)) == (
            "added      1\nchanged    0\nunchanged  0\n"
        )
        assert "House" in await run(ballast, "list")
