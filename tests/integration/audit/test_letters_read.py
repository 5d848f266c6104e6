"""Who has read a letter stands in the trail, on memory and on Postgres, or nobody has read it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest

from adapters.http.succession.letters import LETTER, PATH
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.identity.access import Role
from tests.builders import new_id
from tests.integration.audit.test_no_action_without_entry import REFUSE
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context, open_context
from tests.unit.adapters.http.test_audit import seal

READ = "letter.read"


@asynccontextmanager
async def desk_on(url: str, folder: Path) -> AsyncIterator[Context]:
    """Give the whole application over a Postgres."""
    settings = Settings(profile="cluster", database_url=url, data_dir=folder)

    def over(system: System) -> Storage:
        return build_postgres(settings=settings, system=system)

    async with open_context(storage_of=over) as made:
        yield made


@pytest.fixture(params=["memory", "postgres"])
def url(request: pytest.FixtureRequest) -> str | None:
    if request.param == "memory":
        return None
    found: str = request.getfixturevalue("database_url")
    return found


@pytest.fixture
async def desk(url: str | None, tmp_path: Path) -> AsyncIterator[Context]:
    async with open_context() if url is None else desk_on(url, tmp_path) as made:
        yield made


async def reads(desk: Context, client: httpx.AsyncClient) -> list[tuple[str, str]]:
    """Return who read what, oldest first."""
    await seal(desk)
    found = (await client.get("/api/v1/audit", params={"limit": 200})).json()["items"]
    return [(one["actor"], one["subject"]) for one in found[::-1] if one["action"] == READ]


async def test_each_reader_of_a_letter_stands_in_the_trail(desk: Context) -> None:
    trustee = replace(desk.founded.owner, id=new_id(), email="trustee@example.com")
    await add_user(desk.storage.members, trustee, role=Role.TRUSTEE)
    token, _ = desk.tokens.issue(user_id=trustee.id, tenant_id=trustee.tenant_id)
    async with desk.client() as owner, desk.client(token) as reader:
        key = {"recipient": LETTER["sealed_for"], "threshold": 2, "trustees": ["Ann", "Ben"]}
        assert (await owner.put(f"{PATH}/key", json=key)).status_code == 200
        body = {**LETTER, "when": "at_once", "readers": [str(trustee.id)]}
        letter = (await owner.post(PATH, json=body)).json()["id"]
        other = (await owner.post(PATH, json={**LETTER, "name": "Another"})).json()["id"]
        # A list shows no content, and a letter of somebody else's is none.
        assert (await reader.get(PATH)).status_code == 200
        assert (await reader.get(f"{PATH}/{other}")).status_code == 404
        assert await reads(desk, owner) == []
        for client in (reader, owner):
            shown = await client.get(f"{PATH}/{letter}")
            assert (shown.status_code, shown.json()["content"]) == (200, LETTER["content"])
        by = [f"user:{one}" for one in (trustee.id, desk.founded.owner.id)]
        assert await reads(desk, owner) == [(one, letter) for one in by]


async def test_what_cannot_be_noted_is_not_handed_over(database_url: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(database_url)
    async with desk_on(database_url, tmp_path) as desk, desk.client() as owner:
        letter = (await owner.post(PATH, json=LETTER)).json()["id"]
        await connection.execute(REFUSE)
        refused = await owner.get(f"{PATH}/{letter}")
        assert refused.status_code == 503
        assert LETTER["content"] not in refused.text
        await connection.execute("DROP TRIGGER refused ON audit")
        assert (await owner.get(f"{PATH}/{letter}")).status_code == 200
        assert len(await reads(desk, owner)) == 1
    await connection.close()
