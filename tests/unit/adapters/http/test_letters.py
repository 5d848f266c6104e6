"""Letters over HTTP: up to 10 MB, sealed by the command line, whose shares no server hears."""

import asyncio
import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pyrage
import pytest
from typer.testing import CliRunner

from adapters.cli import succession_sealing
from adapters.cli.age.sealing import joined_identity
from adapters.cli.client import Server
from adapters.cli.failures import CommandFailed
from adapters.cli.succession_sealing import DOCUMENT_BYTES_MAX
from adapters.http.succession.letters import KEY, LETTER, PATH
from bootstrap.cli import app

OWNER, SHARED = (pyrage.x25519.Identity.generate() for _ in range(2))
TRUSTEES = [part for name in ("Ann", "Ben", "Cleo") for part in ("--trustee", name)]


def letter(content: bytes) -> dict[str, Any]:
    file = pyrage.encrypt(content, [OWNER.to_public(), SHARED.to_public()])
    return {**LETTER, "content": base64.b64encode(file).decode()}


async def test_ten_megabytes_are_kept_as_they_came_and_more_are_not(
    client: httpx.AsyncClient,
) -> None:
    body = letter(b"a" * DOCUMENT_BYTES_MAX)
    made = await client.post(PATH, json=body)
    assert made.status_code == 201, made.text[:300]
    shown = (await client.get(made.headers["Location"])).json()
    assert shown["content"] == body["content"]
    assert "content" not in (await client.get(PATH)).json()["items"][0]
    refused = await client.post(PATH, json=letter(b"a" * 10_485_760))
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["pointer"] == "/content"
    assert (await client.post(PATH, json=letter(b"a" * 11_000_000))).status_code == 413


@pytest.mark.parametrize("content", ["", "RGVhciBhbGw=", "no base64"])
async def test_what_is_not_sealed_is_refused_by_field(
    client: httpx.AsyncClient, content: str
) -> None:
    refused = await client.post(PATH, json={**LETTER, "content": content})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/content")
    assert "Dear all" not in refused.text


async def test_a_key_that_one_page_would_open_is_refused(client: httpx.AsyncClient) -> None:
    refused = await client.put(f"{PATH}/key", json={**KEY, "threshold": 1})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/threshold")


class Bridge(Server):
    """What the commands speak to: the application of the test, and all that it was told."""

    client: httpx.AsyncClient
    loop: asyncio.AbstractEventLoop
    told: list[str]

    def __init__(self, client: httpx.AsyncClient) -> None:
        super().__init__(url="", token=None)
        object.__setattr__(self, "client", client)
        object.__setattr__(self, "loop", asyncio.get_running_loop())
        object.__setattr__(self, "told", [])

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:
        self.told.append(json.dumps([path, dict(query or {}), dict(body or {})]))
        asking = self.client.request(
            method, f"/api/v1{path}", params=dict(query or {}), json=body, headers=headers
        )
        answer = asyncio.run_coroutine_threadsafe(asking, self.loop).result(20)
        if answer.status_code >= 400:
            raise CommandFailed(answer.text)
        return answer.json() if answer.content else None


def words_of(page: Path) -> str:
    rows = page.read_text().split("-" * 72)[1].splitlines()
    cells = [row[at : at + 21].split() for row in rows for at in range(0, len(row), 21)]
    return " ".join(word for _, word in sorted((int(n), word) for n, word in cells))


async def test_sealing_anew_replaces_the_letters_and_no_share_reaches_the_server(
    client: httpx.AsyncClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bridge = Bridge(client)
    monkeypatch.setattr(succession_sealing, "connect", lambda: bridge)
    (tmp_path / "will.txt").write_text("All to the library.")

    def seal(pages: str, *more: str) -> str:
        asked = ["succession", "seal", str(tmp_path / "will.txt"), "--owner"]
        asked += [str(OWNER.to_public()), *TRUSTEES, "--threshold", "2"]
        asked += ["--shares", str(tmp_path / pages), *more]
        return CliRunner().invoke(app, asked, catch_exceptions=False).output

    shown = await asyncio.to_thread(seal, "first", "--when", "at_once")
    shown += await asyncio.to_thread(seal, "second")
    (kept,) = (await client.get(PATH)).json()["items"]
    assert kept["when"] == "at_once"
    file = base64.b64decode((await client.get(f"{PATH}/{kept['id']}")).json()["content"])
    old, new = (
        [words_of(page) for page in sorted((tmp_path / name).glob("share-*.txt"))]
        for name in ("first", "second")
    )
    opens = pyrage.x25519.Identity.from_str(joined_identity(new[1:]))
    assert pyrage.decrypt(file, [opens]) == b"All to the library."
    stale = pyrage.x25519.Identity.from_str(joined_identity(old[1:]))
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(file, [stale])
    told = " ".join([*bridge.told, shown])
    assert "age1" in told
    for share in [*old, *new]:
        words = share.split()
        assert not any(" ".join(words[at : at + 3]) in told for at in range(31))
    for secret in (joined_identity(old[:2]), joined_identity(new[:2])):
        assert secret not in told
