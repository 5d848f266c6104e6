"""Nothing is done to a key without its audit entry: where that cannot be stored, nothing is."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest

from adapters.brokers.paper.credentials import CredentialBook
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.postgres.accounts import PostgresAccountDirectory
from adapters.postgres.identity.api_keys import PostgresApiKeys
from adapters.postgres.link.database import Database
from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from adapters.postgres.work import PostgresWorks
from adapters.security.envelope import EnvelopeVault
from adapters.security.key_files import FileKeys
from adapters.security.local_keys import LocalKeys
from adapters.system.ids import UuidV7Ids
from application.secrets.commands import CreateApiKey, KeyFields, KeyStored
from application.secrets.context import KeyContext
from application.secrets.create_key import CreateKey
from application.secrets.delete_key import DeleteKey
from application.secrets.remind import RemindOfKeys
from application.secrets.rotate_key import RotateKey
from application.secrets.update_key import UpdateKey
from application.secrets.verify_key import VerifyKey
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.secrets.api_key import Credentials, Environment, KeyPermission
from ports.api_keys import API_KEYS, address_of
from tests import builders
from tests.contracts.secrets.store import mark_of

FIRST = Credentials(key="PK-first-0123456789", secret="first secret 0123456789")
SECOND = Credentials(key="PK-second-0123456789", secret="second secret 0123456789")
UNKNOWN = Credentials(key="PK-third-0123456789", secret="third secret 0123456789")


async def test_what_cannot_be_audited_is_not_done(database: Database, tmp_path: Path) -> None:
    marks, store = PostgresKeyMarks(database=database), PostgresSealedStore(database=database)
    clock, tenant = ManualClock(builders.AT), builders.tenant()
    async with database.system.connection() as connection:
        await connection.execute(
            "INSERT INTO tenants VALUES ($1, $2, $3)", tenant.id, tenant.name, tenant.created_at
        )
    book = CredentialBook()
    for credentials in (FIRST, SECOND):
        book.issue(credentials, permissions=frozenset({KeyPermission.TRADE}))
    local = LocalKeys(source=FileKeys(path=tmp_path / "keys/secrets.json"))
    vault = EnvelopeVault(keys=local, marks=marks, clock=clock)
    await vault.refresh()
    context = KeyContext(
        keys=PostgresApiKeys(database=database),
        changes=Changes(works=PostgresWorks(database), clock=clock, ids=UuidV7Ids()),
        vault=vault,
        store=store,
        brokers={"paper": book},
        accounts=PostgresAccountDirectory(database=database),
    )
    asker = Asker(tenant_id=tenant.id, actor="user:1")
    main = CreateApiKey(
        fields=KeyFields(name="Main"),
        broker="paper",
        environment=Environment.PAPER,
        credentials=FIRST,
    )
    made = await CreateKey(context=context)(main, asker=asker)
    assert isinstance(made, KeyStored)
    key = made.key
    other = replace(main, fields=KeyFields(name="Other"))
    unknown = replace(main, fields=KeyFields(name="Third"), credentials=UNKNOWN)
    rotated = builders.audit(tenant_id=tenant.id, action="secret_keys.rotate")
    # The key is due soon.
    clock.advance(timedelta(days=85).total_seconds())
    works: dict[str, Callable[[], Awaitable[object]]] = {
        "add": lambda: CreateKey(context=context)(other, asker=asker),
        "refuse": lambda: CreateKey(context=context)(unknown, asker=asker),
        "remind": RemindOfKeys(context=context, sleeper=ManualSleeper(clock)).round,
        "verify": lambda: VerifyKey(context=context)(key_id=key.id, asker=asker),
        "change": lambda: UpdateKey(context=context)(
            KeyFields(name="Changed"), key_id=key.id, asker=asker, expected_version=None
        ),
        "rotate": lambda: RotateKey(context=context)(SECOND, key_id=key.id, asker=asker),
        "remove": lambda: DeleteKey(context=context)(
            key_id=key.id, asker=asker, expected_version=None
        ),
        "begin": lambda: marks.begin(mark_of(2), audit=[rotated]),
    }
    row = address_of(tenant_id=tenant.id, key_id=key.id)
    sealed = await store.get(row)
    async with database.system.connection() as connection:
        await connection.execute("ALTER TABLE audit RENAME TO audit_away")
    for work in works.values():
        with pytest.raises(asyncpg.PostgresError):
            await work()
    async with database.system.connection() as connection:
        await connection.execute("ALTER TABLE audit_away RENAME TO audit")
        notices = await connection.fetchval("SELECT count(*) FROM notices")
    async with context.changes.works.look(tenant.id) as look:
        assert await look.records(API_KEYS).list(limit=9) == [key]
    assert await store.get(row) == sealed
    assert [mark.version for mark in await marks.all()] == [1]
    assert notices == 1
    # The same work is done where it can be audited.
    for work in works.values():
        await work()
    assert await store.get(row) is None
    assert [mark.version for mark in await marks.all()] == [1, 2]
