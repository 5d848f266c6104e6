"""What heirs and people rely on comes back from a back-up, and is missed where it was changed."""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pyrage
import pytest

from adapters.http.succession.letters import LETTER
from adapters.http.succession.letters import PATH as LETTERS
from adapters.http.succession.routes import PATH
from adapters.postgres.backup.verifying import verify
from adapters.security.audit_keys import audit_keys_from
from application.notifications.context import DELIVERIES, NOTIFICATIONS
from application.shared.asker import Asker
from application.succession.context import CLOCKWORK
from bootstrap.areas import notifications, succession
from domain.audit.macs import AuditKeys
from domain.identity.access import Role
from domain.notifications.message import Channel
from domain.notifications.notification import Delivery, DeliveryState
from domain.succession.plan import SuccessionState
from ports.work import Work
from tests.builders import new_id
from tests.integration.audit.test_no_action_without_entry import Replay, context_on
from tests.integration.backup.trading import key_of
from tests.integration.bootstrap.processes import ballast
from tests.notification_things import KINDS, add_thing
from tests.postgres_server import TestServer, execute
from tests.tenants import add_user
from tests.unit.adapters.http.context import Context

pytestmark = pytest.mark.timeout(900)
OWNER, SHARED = (pyrage.x25519.Identity.generate() for _ in range(2))
TEXT = b"All to the library."
TABLES = (
    *("succession_plans", "succession_clocks", "succession_links"),
    *("letters", "letter_contents", "letter_keys"),
    *("notifications", "notification_deliveries", "notification_escalations"),
    *("notification_preferences", "notification_channels"),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """A database, the keys of its trail, and a back-up of it."""

    url: str
    folder: Path
    file: Path

    @property
    def keys(self) -> AuditKeys:
        """What proves the trail."""
        text = (self.folder / "keys" / "audit.keys").read_text()
        return audit_keys_from(text, source="the test")


async def fill(context: Context) -> None:
    """Write a plan and letters, fall silent, and tell people of it."""
    trustee = replace(context.founded.owner, id=new_id(), email="trustee@example.com")
    await add_user(context.storage.members, trustee, role=Role.TRUSTEE)
    async with context.client() as client:
        plan: dict[str, Any] = {
            "trustees": [str(trustee.id)],
            "confirmations_needed": 1,
            "check_in_days": 1,
        }
        shares = [{"name": "Ada", "percent": "100"}]
        plan |= {"allocations": [{"asset_class": "cash", "beneficiaries": shares}]}
        assert (await client.put(f"{PATH}/plan", json=plan)).status_code == 200
        file = pyrage.encrypt(TEXT, [OWNER.to_public(), SHARED.to_public()])
        sealed_for = str(SHARED.to_public())
        body: dict[str, Any] = {
            **LETTER,
            "sealed_for": sealed_for,
            "content": base64.b64encode(file).decode(),
        }
        body |= {"readers": [str(trustee.id)]}
        assert (await client.post(LETTERS, json=body)).status_code == 201
        key = {"recipient": sealed_for, "threshold": 2, "trustees": ["Ann", "Ben"]}
        assert (await client.put(f"{LETTERS}/key", json=key)).status_code == 200
    clock = context.parts.of(succession.build_clock)
    for _ in range(3):
        await clock.tick()
        context.clock.advance(60)
    await confirm(context, trustee.id)
    notify = context.parts.of(notifications.build).use_cases.inbox.context
    tenant_id, user_id = trustee.tenant_id, context.founded.owner.id
    for kind in sorted(KINDS):
        await add_thing(notify, kind, tenant_id=tenant_id, user_id=user_id)
    async with context.storage.works.begin(tenant_id) as work:
        (told,) = await work.records(NOTIFICATIONS).list(limit=1)
        at = context.clock.now()
        for state, done_at in ((DeliveryState.SENT, at), (DeliveryState.QUEUED, None)):
            await work.records(DELIVERIES).add(
                Delivery(
                    id=new_id(),
                    tenant_id=tenant_id,
                    user_id=user_id,
                    notification_id=told.id,
                    channel=Channel.EMAIL,
                    priority=told.priority,
                    state=state,
                    due_at=at,
                    made_at=at,
                    hour=0,
                    done_at=done_at,
                )
            )


async def confirm(context: Context, trustee: UUID) -> None:
    """Lead on to where trustees are asked, and confirm as one."""
    acts = context.parts.of(succession.build).acts
    tenant_id = context.founded.tenant.id

    async def lead_on(work: Work) -> None:
        plan, clock = await acts.context.there(work)
        silence = clock.silence(plan.plan)
        assert silence.next_in is not None
        asked = silence.ran(silence.next_in).due()
        people = await acts.context.people_of(work)
        by = Asker(tenant_id=tenant_id, actor=CLOCKWORK)
        await acts.context.move(work, clock, asked, plan=plan, people=people, by=by)

    for _ in (SuccessionState.REMINDED, SuccessionState.CONTACT_PING):
        await acts.context.changes.run(lead_on, tenant_id=tenant_id)
    await acts.confirm(trustee=trustee, by=Asker(tenant_id=tenant_id, actor=f"user:{trustee}"))


async def rows(url: str) -> dict[str, list[str]]:
    """Return all that is stored of these areas."""
    async with connected(url) as connection:
        return {
            table: [
                row["line"]
                for row in await connection.fetch(
                    f"SELECT t::text AS line FROM {table} t ORDER BY 1"
                )
            ]
            for table in TABLES
        }


@asynccontextmanager
async def connected(url: str):  # type: ignore[no-untyped-def]  # asyncpg's own type, in a test
    connection = await asyncpg.connect(url)
    try:
        yield connection
    finally:
        await connection.close()


@pytest.fixture(scope="module")
def kept(postgres_server: TestServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    """Give a database with all of it, and a back-up made by the command."""
    folder = tmp_path_factory.mktemp("heirs") / "var"
    folder.mkdir(mode=0o700)

    async def filled(url: str) -> None:
        async with context_on(url, folder, replay=Replay()) as context:
            await fill(context)

    with postgres_server.fresh_database() as url:
        asyncio.run(filled(url))
        file = folder.parent / "b.tar"
        done = ballast(folder, "backup", "--out", str(file), BALLAST_DATABASE_URL=url)
        assert done.returncode == 0, done.stderr
        yield Kept(url, folder, file)


def test_everything_is_restored_as_it_was_and_the_letter_opens(
    postgres_server: TestServer, kept: Kept, tmp_path: Path
) -> None:
    before = asyncio.run(rows(kept.url))
    assert all(before[table] for table in TABLES if table != "notification_escalations")
    assert SuccessionState.CONTACT_PING in before["succession_clocks"][0]
    with postgres_server.fresh_database(migrated=False) as there:
        done = ballast(
            tmp_path,
            *("restore", str(kept.file), *key_of(kept.folder)),
            BALLAST_DATABASE_URL=there,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "everything fits together" in done.stdout
        for subject in ("successions", "letters", "deliveries"):
            assert f"ok {subject}" in " ".join(done.stdout.split())
        assert asyncio.run(rows(there)) == before

        async def content() -> bytes:
            async with connected(there) as connection:
                return bytes(await connection.fetchval("SELECT content FROM letter_contents"))

        assert pyrage.decrypt(asyncio.run(content()), [SHARED]) == TEXT


def test_no_word_of_a_letter_stands_in_a_backup(kept: Kept) -> None:
    for secret in (TEXT, str(OWNER).encode(), str(SHARED).encode()):
        assert secret not in kept.file.read_bytes()


@contextmanager
def copy_of(kept: Kept, *, server: TestServer) -> Iterator[str]:
    """Give a database that is like it, to be harmed."""
    name, like = f"test_{uuid4().hex}", kept.url.rpartition("/")[2].partition("?")[0]
    asyncio.run(execute(url=server.url, statement=f"CREATE DATABASE {name} TEMPLATE {like}"))
    try:
        yield server.url_of(name)
    finally:
        asyncio.run(execute(url=server.url, statement=f"DROP DATABASE {name} WITH (FORCE)"))


_HARMS = {
    "a state before its time": ("successions", "UPDATE succession_clocks SET state = 'RELEASED'"),
    "a word that nobody gave": (
        "successions",
        "UPDATE succession_clocks SET confirmed = confirmed || gen_random_uuid()::text",
    ),
    "a word from before the owner was heard": (
        "successions",
        "UPDATE audit SET seq = seq + 1000000 WHERE action = 'succession.plan_written'",
    ),
    "a plan taken away": ("successions", "DELETE FROM succession_plans"),
    "fewer words needed": (
        "as recorded",
        "UPDATE succession_plans SET plan_confirmations_needed = 0",
    ),
    "another trustee": ("as recorded", "UPDATE succession_plans SET plan_trustees = '[\"x\"]'"),
    "another heir": (
        "as recorded",
        "UPDATE succession_plans SET allocations = replace(allocations, 'Ada', 'Eve')",
    ),
    "another reader": ("as recorded", "UPDATE letters SET readers = '[]'"),
    "a letter sooner": ("as recorded", "UPDATE letters SET handover = 'at_once'"),
    "another key": ("as recorded", "UPDATE letter_keys SET threshold = 1"),
    "another content": ("letters", "UPDATE letter_contents SET content = content || 'x'"),
    "a content lost": ("letters", "DELETE FROM letter_contents"),
    "a letter lost": ("as recorded", "DELETE FROM letters"),
    "another's delivery": (
        "deliveries",
        "UPDATE notification_deliveries SET user_id = gen_random_uuid()",
    ),
    "sent and never done": ("deliveries", "UPDATE notification_deliveries SET done_at = NULL"),
    "its notification lost": ("deliveries", "DELETE FROM notifications"),
}


@pytest.mark.parametrize("name", _HARMS)
def test_what_was_changed_behind_our_back_is_found(
    postgres_server: TestServer, kept: Kept, name: str
) -> None:
    subject, harm = _HARMS[name]
    with copy_of(kept, server=postgres_server) as url:
        sound = asyncio.run(verify(url=url, keys=kept.keys))
        assert [one.subject for one in sound if one.wrong] == []
        assert {one.subject: one.looked_at for one in sound}["letters"] == 1
        statement = f"SET session_replication_role = replica; {harm}"
        asyncio.run(execute(url=url, statement=statement))
        found = asyncio.run(verify(url=url, keys=kept.keys))
    assert subject in {one.subject for one in found if one.wrong}, found
