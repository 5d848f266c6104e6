"""Tamper with the tables of an audit trail on a real Postgres, its triggers out of the way."""

from collections import Counter
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

import asyncpg

from adapters.memory.time import ManualClock, ManualSleeper
from adapters.postgres.audit.reading import check_trail, counted_anchors
from adapters.postgres.audit.sealing import PostgresAuditSealing
from adapters.postgres.audit.trail import PostgresAuditTrail
from adapters.postgres.backup.verifying import as_recorded
from adapters.postgres.identity.users import PostgresUsers
from adapters.postgres.link.address import plain_url
from adapters.postgres.link.database import Database
from adapters.postgres.work import PostgresWorks
from adapters.security.anchor_file import AnchorFile, anchored_lines
from application.audit.seal_trail import SealTrail
from domain.audit.anchoring import Anchors
from domain.audit.macs import AuditKeys, audit_keys
from domain.identity.tenant import User
from domain.risk.rule import Action, Rule, RuleType
from ports.risk import RULES
from tests import builders
from tests.torture.audit_stored import AT, entry_of

ENTRIES = 90
BATCH = 15
CONTROLS_EVERY = 50

_ONE = "seq = (SELECT seq FROM audit ORDER BY md5(seq::text || '{salt}') LIMIT 1)"
_LINK = (
    "(tenant_id, position) = (SELECT tenant_id, position FROM audit_links"
    " ORDER BY md5(seq::text || '{salt}') LIMIT 1)"
)
_TAIL = (
    "seq > (SELECT min(seq) + ({number} % (max(seq) - min(seq))) FROM audit"
    " WHERE tenant_id = '{tenant}') AND tenant_id = '{tenant}'"
)
_TWO = "SELECT seq FROM audit ORDER BY md5(seq::text || '{salt}') LIMIT 2"
_COPIED = (
    "id, tenant_id, account_id, actor, action, subject, at, market_at, trace_id, detail,"
    " session_id, ip, user_agent, before, after, reason, key_id, mac"
)

# By name, the statements of an attack; in braces what is drawn for each.
ATTACKS: dict[str, tuple[str, ...]] = {
    **{
        f"edit {column}": (f"UPDATE audit SET {column} = {column} || 'x' WHERE {_ONE}",)
        for column in (
            "actor",
            "action",
            "subject",
            "trace_id",
            "detail",
            "ip",
            "user_agent",
            "before",
            "after",
            "reason",
        )
    },
    **{
        f"edit {column}": (f"UPDATE audit SET {column} = gen_random_uuid() WHERE {_ONE}",)
        for column in ("id", "tenant_id", "account_id", "session_id")
    },
    "edit at": (f"UPDATE audit SET at = at + interval '1 microsecond' WHERE {_ONE}",),
    "edit market_at": (f"UPDATE audit SET market_at = now() WHERE {_ONE}",),
    "edit key_id": (f"UPDATE audit SET key_id = 'f00' WHERE {_ONE}",),
    "edit mac": (f"UPDATE audit SET mac = sha256(mac) WHERE {_ONE}",),
    "take proof": (f"UPDATE audit SET mac = NULL, key_id = NULL WHERE {_ONE}",),
    "take proof and adopt": (
        f"UPDATE audit SET mac = NULL, key_id = NULL, reason = 'x' WHERE {_ONE}",
        "UPDATE audit_links SET adopted = true",
        "UPDATE reader_cursors SET cursor = '999 a b' WHERE reader = 'audit adopted'",
    ),
    "delete entry": (f"DELETE FROM audit WHERE {_ONE}",),
    "delete link": (f"DELETE FROM audit_links WHERE {_LINK}",),
    "delete both": (
        f"DELETE FROM audit_links WHERE {_ONE}",
        f"DELETE FROM audit WHERE {_ONE}",
    ),
    "truncate": (f"DELETE FROM audit_links WHERE {_TAIL}", f"DELETE FROM audit WHERE {_TAIL}"),
    "truncate all": ("DELETE FROM audit_links", "DELETE FROM audit"),
    "swap": (
        f"CREATE TEMP TABLE two ON COMMIT DROP AS {_TWO}",
        "UPDATE audit SET seq = -seq WHERE seq IN (SELECT seq FROM two)",
        "UPDATE audit SET seq = (SELECT sum(seq) FROM two) + seq WHERE seq < 0",
    ),
    "edit link": (f"UPDATE audit_links SET link = sha256(link) WHERE {_LINK}",),
    "edit linked mac": (f"UPDATE audit_links SET mac = sha256(mac) WHERE {_LINK}",),
    "edit link's key": (f"UPDATE audit_links SET key_id = 'f00' WHERE {_LINK}",),
    "edit link's entry": (f"UPDATE audit_links SET entry_id = gen_random_uuid() WHERE {_LINK}",),
    "move link": (f"UPDATE audit_links SET position = position + 1000 WHERE {_LINK}",),
    "forge entry": (
        (
            f"INSERT INTO audit ({_COPIED}) SELECT gen_random_uuid(), tenant_id, account_id, actor,"
            " action, subject, at, market_at, trace_id, detail, session_id, ip, user_agent, before,"
            f" after, 'forged', key_id, mac FROM audit WHERE {_ONE}"
        ),
    ),
    "forge entry without proof": (
        (
            f"INSERT INTO audit ({_COPIED}) SELECT gen_random_uuid(), tenant_id, account_id, actor,"
            " action, subject, at, market_at, trace_id, detail, session_id, ip, user_agent, before,"
            f" after, 'forged', NULL, NULL FROM audit WHERE {_ONE}"
        ),
    ),
    "change role": ("UPDATE members SET role = 'viewer'",),
    "change password": ("UPDATE users SET password_hash = password_hash || 'x'",),
    "change threshold": ("UPDATE risk_rules SET threshold = threshold + 1",),
    "change rule": ("UPDATE risk_rules SET is_active = NOT is_active",),
    "take rule": ("DELETE FROM risk_rules",),
    "plant member": (
        (
            "INSERT INTO members SELECT gen_random_uuid(), tenant_id, 'person', 'owner', 'x',"
            " now(), NULL, 1 FROM members"
        ),
    ),
    "change role and record": (
        "UPDATE members SET role = 'viewer'",
        (
            f"INSERT INTO audit ({_COPIED}) SELECT gen_random_uuid(), tenant_id, account_id, actor,"
            " action, subject, at, market_at, trace_id, detail, session_id, ip, user_agent, before,"
            " after, reason, key_id, sha256(mac) FROM audit WHERE action = 'state.record'"
        ),
    ),
    "break records": ("UPDATE audit SET after = after || 'x' WHERE action = 'state.record'",),
    "change role and break records": (
        "UPDATE members SET role = 'viewer'",
        "UPDATE audit SET after = '5' WHERE action = 'state.record'",
    ),
    "change role and take record": (
        "UPDATE members SET role = 'viewer'",
        (
            "DELETE FROM audit_links USING audit WHERE audit.seq = audit_links.seq"
            " AND audit.action = 'state.record'"
        ),
        "DELETE FROM audit WHERE action = 'state.record'",
    ),
    "plant member and take note": (
        (
            "INSERT INTO members SELECT gen_random_uuid(), tenant_id, 'person', 'owner', 'x',"
            " now(), NULL, 1 FROM members"
        ),
        "DELETE FROM reader_cursors WHERE reader = 'audit states'",
    ),
    "take anchors' count": ("DELETE FROM reader_cursors WHERE reader = 'audit anchored'",),
    "change anchors' count": (
        (
            "UPDATE reader_cursors SET cursor = '1 ' || split_part(cursor, ' ', 2) || ' '"
            " || split_part(cursor, ' ', 3) WHERE reader = 'audit anchored'"
        ),
    ),
    "copy entry": (f"INSERT INTO audit ({_COPIED}) SELECT {_COPIED} FROM audit WHERE {_ONE}",),
    "forge link": (
        (
            "INSERT INTO audit_links SELECT tenant_id, position + 1, seq + 1, entry_id, mac,"
            " key_id, adopted, link FROM audit_links WHERE tenant_id = '{tenant}'"
            " ORDER BY position DESC LIMIT 1"
        ),
    ),
}


async def attack_by_sql(
    url: str, folder: Path, *, count: int, random: Random
) -> tuple[Counter[str], int, list[str]]:
    """Write a trail, then attack, check and undo, again and again."""
    keys = audit_keys(random.randbytes(32))
    tenants = [UUID(int=random.getrandbits(128)) for _ in range(3)]
    await _write(url, folder, keys=keys, tenants=tenants, random=random)
    made: Counter[str] = Counter()
    unharmed, wrongs = 0, []
    connection = await asyncpg.connect(plain_url(url))
    try:
        for table in ("audit", "audit_links"):
            await connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for number in range(count):
            if number % CONTROLS_EVERY == 0:
                unharmed += 1
                if await _faults(connection, folder, keys=keys):
                    wrongs.append("a trail that nobody touched does not verify")
            name = list(ATTACKS)[number % len(ATTACKS)]
            drawn = {
                "salt": str(random.random()),
                "number": str(random.randrange(1000)),
                "tenant": str(random.choice(tenants)),
            }
            undo = connection.transaction()
            await undo.start()
            try:
                for statement in ATTACKS[name]:
                    await connection.execute(statement.format(**drawn))
                found = await _faults(connection, folder, keys=keys)
            finally:
                await undo.rollback()
            made[name.split()[0]] += 1
            if not found:
                wrongs.append(f"{name} was not found ({drawn})")
    finally:
        await connection.close()
    return made, unharmed, wrongs


async def _write(
    url: str, folder: Path, *, keys: AuditKeys, tenants: list[UUID], random: Random
) -> None:
    database, clock = Database(), ManualClock(AT)
    database.audit_key = keys.current
    await database.start(url=url)
    try:
        trail = PostgresAuditTrail(database=database)
        sealing = PostgresAuditSealing(database=database)
        seal = SealTrail(
            sealing=sealing,
            anchors=[AnchorFile(folder=folder, read_keys=lambda: keys)],
            read_keys=lambda: keys,
            clock=clock,
            sleeper=ManualSleeper(clock),
        )
        await _state(database)
        await seal.begin()
        for place in range(ENTRIES):
            await trail.add(entry_of(random, random.choice(tenants)))
            if place % BATCH == BATCH - 1:
                await seal.drain()
    finally:
        await database.stop()


async def _faults(
    connection: "asyncpg.Connection[asyncpg.Record]", folder: Path, *, keys: AuditKeys
) -> int:
    async with connection.transaction():
        anchors = Anchors().take_all(anchored_lines(folder), keys=keys)
        anchors.hold_against(await counted_anchors(connection, keys=keys))
        states = await as_recorded(connection, keys=keys)
        trail = await check_trail(connection, keys=keys, anchors=anchors)
        return states.wrong + trail.wrong


async def _state(database: Database) -> None:
    """Let there be a member, a password's hash and a rule, as a server would store them."""
    home = builders.tenant()
    owner = User(
        id=builders.new_id(),
        tenant_id=home.id,
        email="owner@example.com",
        password_hash="$argon2id$v=19$m=8,t=1,p=1$eA$eA",
        created_at=AT,
    )
    assert await PostgresUsers(database=database).found(tenant=home, owner=owner)
    async with PostgresWorks(database=database).begin(home.id) as work:
        await work.records(RULES).add(
            Rule(
                id=builders.new_id(),
                tenant_id=home.id,
                name="size",
                rule_type=RuleType.MAX_ORDER_VALUE,
                threshold=Decimal(25_000),
                action=Action.BLOCK,
                created_at=AT,
                updated_at=AT,
            )
        )
