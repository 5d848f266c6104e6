"""Notifications: facts that become notifications, beside plain INSERTs of the same rows.

Ours takes committed facts in: it reads who is concerned, what they want and where they are
reached, looks for repetitions, and stores notifications, deliveries and the notices of their
streams. Theirs stores the same rows with one INSERT a table, in transactions of the same size,
and reads and decides nothing. Both on one Postgres, one connection at a time, each as one batch
of parameters a table. A second row decides on preferences with quiet hours, on one core.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from adapters.postgres.identity.access import PostgresMembers, add_member
from adapters.postgres.identity.scope import PostgresIdentityTransactions
from adapters.postgres.identity.users import PostgresUsers
from adapters.postgres.link.database import Database, DatabaseLimits
from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from adapters.postgres.work import PostgresWorks
from adapters.security.envelope import EnvelopeVault
from adapters.security.given_keys import ListedKeys
from adapters.security.local_keys import LocalKeys
from adapters.system.ids import UuidV7Ids
from adapters.system.time import SystemClock, SystemSleeper
from application.notifications.context import NotifyContext
from application.notifications.take_in import TakeIn
from application.shared.change import Changes
from bench.postgres import fresh_database
from bench.rows import Better, Row, alone, compare
from bench.servers import own_server
from bench.stats import interleave
from bootstrap.processes.garbage import settle
from domain.identity.access import Role
from domain.identity.member import Member, MemberKind
from domain.identity.notice import Priority
from domain.identity.tenant import User
from domain.notifications.message import Channel, NotificationType
from domain.notifications.preference import Digest, Preference, decide
from domain.shared.notices import Notice

TURNS = 5
PEOPLE, FACTS, AT_ONCE = 50, 200, 20
DECISIONS, DECISIONS_PER_S = 20_000, 10_000.0
FLOOR = "plain INSERTs of the same rows"
_TENANT = UUID("01900000-0000-7000-8000-000000000001")
# By table, in which order its rows may be stored.
_TABLES = {"notifications": "id", "notification_deliveries": "notification_id", "notices": "id"}
# What the database fills in by itself.
_OWN = frozenset({"position", "xact"})


@dataclass(slots=True)
class _Rows:
    """The rows that ours stored last, by table: what theirs stores."""

    columns: dict[str, tuple[str, ...]]
    values: dict[str, list[tuple[Any, ...]]]


def measure() -> list[Row]:
    """Measure notifications and decisions per second."""
    # As in a server.
    settle()
    stored = _Rows({}, {})
    with own_server("postgres") as server:
        ours, floor = interleave(
            lambda: uvloop.run(take_in(fresh_database(server), into=stored)),
            lambda: uvloop.run(insert_plainly(fresh_database(server), rows=stored)),
            repeats=TURNS,
        )
    decided = [decisions_per_s() for _ in range(TURNS)]
    return [
        compare(
            name="notifications",
            unit="1/s",
            better=Better.HIGHER,
            ours=ours,
            reference=floor,
            reference_name=FLOOR,
            goal=0.7,
        ),
        alone(
            name="notification_preferences",
            unit="1/s",
            better=Better.HIGHER,
            ours=decided,
            goal=DECISIONS_PER_S,
        ),
    ]


async def take_in(url: str, *, into: _Rows) -> float:
    """Return notifications per second, and keep the rows that they were."""
    database = Database(limits=DatabaseLimits(pool_size_min=1, pool_size_max=2))
    await database.start(url=url)
    clock = SystemClock()
    context = NotifyContext(
        changes=Changes(works=PostgresWorks(database), clock=clock, ids=UuidV7Ids()),
        identity=PostgresIdentityTransactions(database=database),
        members=PostgresMembers(database=database),
        senders={},
        # Nothing is opened: nobody has an address.
        vault=EnvelopeVault(
            keys=LocalKeys(source=ListedKeys(text="")),
            marks=PostgresKeyMarks(database=database),
            clock=clock,
        ),
        sealed=PostgresSealedStore(database=database),
        sleeper=SystemSleeper(),
        on_failure=lambda *_: None,
    )
    feed = TakeIn(context=context, users=PostgresUsers(database=database), wake=lambda: None)
    facts = made_facts()
    try:
        async with database.system.connection() as connection:
            await furnish(connection, people=PEOPLE)
        began = perf_counter()
        for start in range(0, FACTS, AT_ONCE):
            await feed.publish(facts[start : start + AT_ONCE])
        taken_s = perf_counter() - began
        async with database.system.connection() as connection:
            for table, order in _TABLES.items():
                found = await connection.fetch(f"SELECT * FROM {table} ORDER BY {order}")  # noqa: S608 - own names
                names = tuple(name for name in found[0].keys() if name not in _OWN)  # noqa: SIM118 - a record's
                into.columns[table] = names
                into.values[table] = [tuple(row[name] for name in names) for row in found]
    finally:
        await database.stop()
    if (count := len(into.values["notifications"])) != PEOPLE * FACTS:
        raise RuntimeError(f"{count} of {PEOPLE * FACTS} notifications were stored")
    return count / taken_s


async def insert_plainly(url: str, *, rows: _Rows) -> float:
    """Return notifications per second of INSERTs of all their rows."""
    connection = await asyncpg.connect(url, timeout=10)
    try:
        users = {
            row[rows.columns["notifications"].index("user_id")]
            for row in rows.values["notifications"]
        }
        await furnish(connection, people=0, users=sorted(users))
        began = perf_counter()
        batches = FACTS // AT_ONCE
        for batch in range(batches):
            async with connection.transaction():
                for table in _TABLES:
                    values = rows.values[table]
                    size = len(values) // batches
                    await connection.executemany(
                        _inserting(table, rows.columns[table]),
                        values[batch * size : (batch + 1) * size],
                    )
        return len(rows.values["notifications"]) / (perf_counter() - began)
    finally:
        await connection.close()


def _inserting(table: str, columns: Sequence[str]) -> str:
    places = ", ".join(f"${place}" for place in range(1, len(columns) + 1))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - own names


async def furnish(connection: Any, *, people: int, users: Sequence[UUID] = ()) -> None:
    """Store a tenant and its people."""
    at, ids = datetime.now(UTC), UuidV7Ids()
    await connection.execute("INSERT INTO tenants VALUES ($1, 'Home', $2)", _TENANT, at)
    for id_ in users or [ids.new() for _ in range(people)]:
        user = User(
            id=id_,
            tenant_id=_TENANT,
            email=f"{id_}@example.com",
            password_hash="-",  # noqa: S106 - nobody's
            created_at=at,
        )
        await connection.execute(
            "INSERT INTO users (id, tenant_id, email, password_hash, created_at, address)"
            " VALUES ($1, $2, $3, $4, $5, $6)",
            user.id,
            user.tenant_id,
            user.email,
            user.password_hash,
            user.created_at,
            user.address,
        )
        await add_member(
            connection,
            Member(
                id=id_,
                tenant_id=_TENANT,
                kind=MemberKind.PERSON,
                role=Role.OWNER,
                name=str(id_),
                created_at=at,
                email=user.email,
            ),
        )


def made_facts() -> list[Notice]:
    """Return facts that concern everybody."""
    ids, at = UuidV7Ids(), datetime.now(UTC)
    return [
        Notice(
            id=ids.new(),
            tenant_id=_TENANT,
            account_id=None,
            channel="streams",
            sequence=number + 1,
            type="stream.alarm_raised",
            subject=f"lag:{number}",
            at=at,
            market_at=None,
            body={"kind": "lag", "subject": str(number), "value": "12", "threshold": "10"},
        )
        for number in range(FACTS)
    ]


def decisions_per_s() -> float:
    """Return how many preferences with quiet hours and digests are decided on in a second."""
    ids, at = UuidV7Ids(), datetime(2026, 3, 28, 21, 0, tzinfo=UTC)
    zones = ("Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe")
    wishes = [
        Preference(
            id=ids.new(),
            tenant_id=_TENANT,
            user_id=_TENANT,
            type=NotificationType.RISK_BREACH,
            channel=Channel.EMAIL,
            quiet_from="22:00",
            quiet_to="07:00",
            zone=zones[number % len(zones)],
            digest=Digest.HOURLY if number % 2 else Digest.NONE,
        )
        for number in range(DECISIONS)
    ]
    priorities = tuple(Priority)
    began = perf_counter()
    for number, wish in enumerate(wishes):
        decide(
            wish,
            type=wish.type,
            channel=wish.channel,
            priority=priorities[number % 4],
            at=at + timedelta(minutes=number),
        )
    return DECISIONS / (perf_counter() - began)
