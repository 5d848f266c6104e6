"""What processes of one database share keeps its promises on a real server."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import pytest
import pytest_asyncio

from adapters.postgres.book_checks import PostgresBookChecks
from adapters.postgres.health import PostgresHealthReports
from adapters.postgres.identity.attempts import PostgresAttempts
from adapters.postgres.leases import PostgresLeases
from adapters.postgres.link.database import Database
from adapters.postgres.market import PostgresReplayCursor, PostgresReplayPulses
from adapters.postgres.streams import PostgresJournal
from adapters.postgres.tickets import PostgresTickets
from adapters.postgres.wakeups import PostgresWakeups
from adapters.system.randomness import SystemRandomness
from ports.attempts import Attempts
from ports.book_checks import BookChecks
from ports.health import HealthReports
from ports.leases import Leases
from ports.market import ReplayCursor, ReplayPulses
from ports.streams import Journal, Wakeup
from ports.tickets import Tickets
from tests.contracts.attempts import AttemptsContract
from tests.contracts.book_checks import BookChecksContract
from tests.contracts.health import HealthReportsContract
from tests.contracts.leases import LeasesContract
from tests.contracts.market.pulses import ReplayPulsesContract
from tests.contracts.passing import Pass
from tests.contracts.streams.wakeup import WakeupContract
from tests.contracts.tickets import TicketsContract, session


@pytest_asyncio.fixture
async def other(database_url: str) -> AsyncIterator[Database]:
    """Give the same database as another process has it."""
    started = Database()
    await started.start(url=database_url)
    try:
        yield started
    finally:
        await started.stop()


class TestPostgresLeases(LeasesContract):
    @pytest.fixture
    def leases(self, database: Database) -> Leases:
        return PostgresLeases(database=database)

    @pytest.fixture
    def journal(self, database: Database) -> Journal:
        return PostgresJournal(database=database)

    @pytest.fixture
    def let_pass(self, database: Database) -> Pass:
        return _older(database, "UPDATE leases SET expires_at = expires_at - {}")


class TestPostgresTickets(TicketsContract):
    @pytest.fixture
    async def tickets(self, database: Database, other: Database) -> Sequence[Tickets]:
        return [
            PostgresTickets(database=one, randomness=SystemRandomness())
            for one in (database, other)
        ]

    @pytest.fixture
    async def passes(self, database: Database) -> Pass:
        return _older(database, "UPDATE stream_tickets SET lapses_at = lapses_at - {}")

    async def test_neither_the_ticket_nor_the_token_is_kept(
        self, tickets: Sequence[Tickets], database: Database
    ) -> None:
        ticket = await tickets[0].issue(session("the token"), lasts_s=30)
        async with database.system.connection() as connection:
            row = await connection.fetchrow("SELECT * FROM stream_tickets")
        assert row is not None
        kept = b"".join(value for value in row.values() if isinstance(value, bytes))
        assert ticket.encode() not in kept
        assert b"token" not in kept


class TestPostgresAttempts(AttemptsContract):
    @pytest.fixture
    async def attempts(self, database: Database, other: Database) -> Sequence[Attempts]:
        return [PostgresAttempts(database=one) for one in (database, other)]

    @pytest.fixture
    async def passes(self, database: Database) -> Pass:
        return _older(database, "UPDATE attempts SET open_at = open_at - {}")

    async def test_a_wait_of_a_clock_ahead_lasts_no_longer_than_the_longest(
        self, attempts: Sequence[Attempts], passes: Pass
    ) -> None:
        key = str(uuid4())
        await attempts[0].begin(key=key, first_wait_s=10, longest_wait_s=60)
        await passes(-86_400)
        for one in attempts:
            wait_s = await one.begin(key=key, first_wait_s=10, longest_wait_s=60)
            assert wait_s is not None
            assert 10 < wait_s <= 60
        await passes(60)
        assert await attempts[0].begin(key=key, first_wait_s=10, longest_wait_s=60) is None


class TestPostgresHealthReports(HealthReportsContract):
    @pytest.fixture
    def reports(self, database: Database) -> HealthReports:
        return PostgresHealthReports(database=database)


class TestPostgresReplayPulses(ReplayPulsesContract):
    @pytest.fixture
    def cursor(self, database: Database) -> ReplayCursor:
        return PostgresReplayCursor(database=database)

    @pytest.fixture
    def pulses(self, database: Database) -> ReplayPulses:
        return PostgresReplayPulses(database=database)


class TestPostgresBookChecks(BookChecksContract):
    @pytest.fixture
    def checks(self, database: Database) -> BookChecks:
        return PostgresBookChecks(database=database)


class TestPostgresWakeup(WakeupContract):
    @pytest.fixture
    async def wakeup(self, database: Database) -> AsyncIterator[Wakeup]:
        async with _carried(database) as wakeups:
            yield wakeups.wakeup("dispatch")


class TestPostgresWakeupOfAnotherProcess(WakeupContract):
    @pytest.fixture
    async def wakeup(self, database: Database) -> AsyncIterator[Wakeup]:
        async with _carried(database) as ours, _carried(database) as theirs:
            yield _Elsewhere(ours.wakeup("dispatch"), theirs.wakeup("dispatch"))


class _Elsewhere:
    """A hint given in one process and waited for in another."""

    def __init__(self, here: Wakeup, there: Wakeup) -> None:
        self._here = here
        self._there = there

    def set(self) -> None:
        self._there.set()

    async def wait(self, *, timeout_s: float) -> None:
        await self._here.wait(timeout_s=timeout_s)


@asynccontextmanager
async def _carried(database: Database) -> AsyncIterator[PostgresWakeups]:
    wakeups = PostgresWakeups(database=database)
    running = asyncio.create_task(wakeups.run())
    await asyncio.sleep(0.1)
    try:
        yield wakeups
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _older(database: Database, statement: str) -> Pass:
    """Let rows grow older instead of the clock."""

    async def passing(seconds: float) -> None:
        async with database.system.connection() as connection:
            await connection.execute(statement.format("make_interval(secs => $1)"), seconds)

    return passing
