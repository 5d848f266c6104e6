"""The Postgres adapters keep the same promises as the memory ones, on a real server."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from uuid import UUID

import asyncpg
import pytest

from adapters.postgres.accounts import PostgresAccountDirectory, PostgresLedger
from adapters.postgres.books import PostgresAccountBooks
from adapters.postgres.breaches import PostgresBreaches
from adapters.postgres.idempotency import PostgresIdempotencyKeys
from adapters.postgres.identity.api_keys import PostgresApiKeys
from adapters.postgres.identity.users import PostgresUsers
from adapters.postgres.inbox import PostgresInbox
from adapters.postgres.kill_barrier import PostgresKillBarrier
from adapters.postgres.kill_switch import PostgresLatches, PostgresPasscodes
from adapters.postgres.link.database import Database
from adapters.postgres.market import PostgresReplayCursor, PostgresReplayLaps
from adapters.postgres.orders import PostgresOrderArchive, PostgresOrderWork
from adapters.postgres.patterns import PostgresPatternStates
from adapters.postgres.performance import PostgresEquityHistory
from adapters.postgres.risk import PostgresRuleSets
from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
from adapters.postgres.signals import PostgresSignalArchive
from adapters.postgres.stream_monitor import PostgresConsumerRestarts, PostgresStandingAlarms
from adapters.postgres.streams import PostgresJournal
from adapters.postgres.work import PostgresWorks
from adapters.system.ids import UuidV7Ids
from application.shared.change import again
from domain.audit.entry import AuditEntry
from domain.identity.tenant import Tenant
from domain.kill_switch.latch import Scope
from ports.idempotency import IdempotencyKeys
from ports.identity import Users
from ports.market import ReplayCursor
from tests import builders
from tests.contracts.accounts.beside import OtherBooksContract, SymbolFencesContract
from tests.contracts.accounts.books import AccountBooksContract
from tests.contracts.accounts.directory import AccountDirectoryContract
from tests.contracts.accounts.ledger import LedgerContract
from tests.contracts.accounts.taking_in import TakingInContract
from tests.contracts.accounts.together import ManyAccountsContract
from tests.contracts.idempotency import IdempotencyKeysContract, Pass
from tests.contracts.identity.users import UsersContract
from tests.contracts.inbox import InboxContract
from tests.contracts.kill_switch.barrier import KillBarrierContract
from tests.contracts.kill_switch.latches import LatchesContract
from tests.contracts.kill_switch.passcodes import PasscodesContract
from tests.contracts.market.cursor import ReplayCursorContract
from tests.contracts.market.laps import ReplayLapsContract
from tests.contracts.news_sources import NewsSourcesContract
from tests.contracts.orders.archive import OrderArchiveContract
from tests.contracts.orders.following import FollowingContract
from tests.contracts.orders.work import OrderWorkContract
from tests.contracts.patterns import PatternStatesContract
from tests.contracts.performance.equity import EquityHistoryContract
from tests.contracts.predictions import PredictionsContract
from tests.contracts.risk.breaches import BreachesContract
from tests.contracts.secrets.api_keys import ApiKeysContract
from tests.contracts.secrets.store import KeyMarksContract, SealedStoreContract
from tests.contracts.sentiment import SentimentContract
from tests.contracts.signal_archive import SignalArchiveContract, keep, paged, signal_of
from tests.contracts.storage import Storage
from tests.contracts.streams.alarms import ConsumerRestartsContract, StandingAlarmsContract
from tests.contracts.streams.journal import JournalContract
from tests.contracts.work.agents import AgentRecordsContract


def postgres_storage(database: Database, *, other: Database) -> Storage:
    """Return the Postgres adapters over a database; `other` stands for a second process."""

    async def add_tenant(tenant: Tenant) -> None:
        async with database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO tenants VALUES ($1, $2, $3)",
                tenant.id,
                tenant.name,
                tenant.created_at,
            )

    async def set_rules_version(tenant_id: UUID, version: int) -> None:
        async with database.system.connection() as connection:
            await connection.execute(
                "INSERT INTO rule_sets VALUES ($1, $2)"
                " ON CONFLICT (tenant_id) DO UPDATE SET version = excluded.version",
                tenant_id,
                version,
            )

    async def audits(tenant_id: UUID) -> Sequence[AuditEntry]:
        async with database.system.connection() as connection:
            rows = await connection.fetch(
                "SELECT * FROM audit WHERE tenant_id = $1 ORDER BY id", tenant_id
            )
        return [
            AuditEntry(
                id=UUID(int=row["id"].int),
                tenant_id=tenant_id,
                account_id=UUID(int=row["account_id"].int) if row["account_id"] else None,
                actor=row["actor"],
                action=row["action"],
                subject=row["subject"],
                at=row["at"],
                market_at=row["market_at"],
                trace_id=row["trace_id"],
                detail=tuple(json.loads(row["detail"]).items()),
            )
            for row in rows
        ]

    return Storage(
        books=PostgresAccountBooks(database=database),
        directory=PostgresAccountDirectory(database=database),
        ledger=PostgresLedger(database=database),
        archive=PostgresOrderArchive(database=database),
        work=PostgresOrderWork(database=database),
        latches=PostgresLatches(database=database),
        passcodes=PostgresPasscodes(database=database),
        breaches=PostgresBreaches(database=database),
        barriers=[PostgresKillBarrier(database=database), PostgresKillBarrier(database=other)],
        journal=PostgresJournal(database=database),
        inbox=PostgresInbox(database=database),
        keys=PostgresIdempotencyKeys(database=database, ids=UuidV7Ids()),
        stream_alarms=PostgresStandingAlarms(database=database),
        consumer_restarts=PostgresConsumerRestarts(database=database),
        rule_sets=PostgresRuleSets(database=database),
        works=PostgresWorks(database),
        equity=PostgresEquityHistory(database=database),
        signals=PostgresSignalArchive(database=database),
        patterns=PostgresPatternStates(database=database),
        key_marks=PostgresKeyMarks(database=database),
        sealed=PostgresSealedStore(database=database),
        api_keys=PostgresApiKeys(database=database),
        cursor=PostgresReplayCursor(database=database),
        laps=PostgresReplayLaps(database=database),
        add_tenant=add_tenant,
        set_rules_version=set_rules_version,
        audits=audits,
    )


class OverPostgres:
    """Runs a storage contract over the Postgres adapters."""

    @pytest.fixture
    async def storage(self, database: Database, database_url: str) -> AsyncIterator[Storage]:
        other = Database()
        await other.start(url=database_url)
        try:
            yield postgres_storage(database, other=other)
        finally:
            await other.stop()


class TestPostgresAccountBooks(OverPostgres, AccountBooksContract):
    pass


class TestPostgresAccountDirectory(OverPostgres, AccountDirectoryContract):
    pass


class TestPostgresLedger(OverPostgres, LedgerContract):
    pass


class TestPostgresOrderArchive(OverPostgres, OrderArchiveContract):
    pass


class TestPostgresOrderWork(OverPostgres, OrderWorkContract):
    pass


class TestPostgresLatches(OverPostgres, LatchesContract):
    async def test_a_latch_that_cannot_be_told_is_not_stored(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        latch = builders.latch(scope=Scope(tenant_id=tenant_id))
        told = builders.notice(tenant_id=tenant_id, sequence=0, type="no text\x00")
        with pytest.raises(asyncpg.DataError):
            await storage.latches.engage(
                latch=latch, audit=builders.audit(tenant_id=tenant_id), notice=told
            )
        assert await storage.latches.find(tenant_id=tenant_id, latch_id=latch.id) is None
        assert list(await storage.audits(tenant_id)) == []


class TestPostgresBreaches(OverPostgres, BreachesContract):
    pass


class TestPostgresEquityHistory(OverPostgres, EquityHistoryContract):
    pass


class TestPostgresSignalArchive(OverPostgres, SignalArchiveContract):
    async def test_pages_hold_while_eight_processes_write(
        self, storage: Storage, database: Database
    ) -> None:
        tenant_id = (await storage.home()).tenant_id
        # Each has turns of its own: they meet in the database alone.
        writers = [replace(storage, works=PostgresWorks(database)) for _ in range(8)]
        seen: list[list[UUID]] = []

        async def write(own: Storage) -> None:
            for _ in range(20):
                await again(lambda: keep(own, signal_of(tenant_id)))

        writing = asyncio.gather(*(write(own) for own in writers))
        while not writing.done():
            pages = [one.id for one in await paged(storage, tenant_id, limit=3)]
            assert len(set(pages)) == len(pages)
            seen.append(pages)
        await writing
        last = [one.id for one in await paged(storage, tenant_id)]
        assert len(set(last)) == len(last) == 160
        # What was read once is the end of every later list: nothing came in below it.
        assert all(last[len(last) - len(pages) :] == pages for pages in seen)


class TestPostgresPatternStates(OverPostgres, PatternStatesContract):
    pass


class TestPostgresPasscodes(OverPostgres, PasscodesContract):
    pass


class TestPostgresKillBarrier(OverPostgres, KillBarrierContract):
    pass


class TestPostgresJournal(OverPostgres, JournalContract):
    pass


class TestPostgresAgentRecords(OverPostgres, AgentRecordsContract):
    pass


class TestPostgresPredictions(OverPostgres, PredictionsContract):
    pass


class TestPostgresSentiment(OverPostgres, SentimentContract):
    pass


class TestPostgresNewsSources(OverPostgres, NewsSourcesContract):
    pass


class TestPostgresKeyMarks(OverPostgres, KeyMarksContract):
    pass


class TestPostgresSealedStore(OverPostgres, SealedStoreContract):
    pass


class TestPostgresApiKeys(OverPostgres, ApiKeysContract):
    pass


class TestPostgresStandingAlarms(OverPostgres, StandingAlarmsContract):
    pass


class TestPostgresConsumerRestarts(OverPostgres, ConsumerRestartsContract):
    pass


class TestPostgresUsers(UsersContract):
    @pytest.fixture
    def users(self, database: Database) -> Users:
        return PostgresUsers(database=database)


class TestPostgresReplayCursor(ReplayCursorContract):
    @pytest.fixture
    def cursor(self, database: Database) -> ReplayCursor:
        return PostgresReplayCursor(database=database)


class TestPostgresReplayLaps(OverPostgres, ReplayLapsContract):
    pass


class TestPostgresIdempotencyKeys(IdempotencyKeysContract):
    @pytest.fixture
    def keys(self, database: Database) -> IdempotencyKeys:
        return PostgresIdempotencyKeys(database=database, ids=UuidV7Ids())

    @pytest.fixture
    def let_pass(self, database: Database) -> Pass:
        async def passing(seconds: float) -> None:
            # The claims grow older instead of the clock.
            async with database.system.connection() as connection:
                await connection.execute(
                    "UPDATE claims SET lapses_at = lapses_at - make_interval(secs => $1)", seconds
                )

        return passing


class TestPostgresInbox(OverPostgres, InboxContract):
    pass


class TestManyPostgresAccounts(OverPostgres, ManyAccountsContract):
    pass


class TestOtherBooksInPostgres(OverPostgres, OtherBooksContract):
    pass


class TestSymbolFencesInPostgres(OverPostgres, SymbolFencesContract):
    pass


class TestTakingInOverPostgres(OverPostgres, TakingInContract):
    pass


class TestFollowingOverPostgres(OverPostgres, FollowingContract):
    pass
