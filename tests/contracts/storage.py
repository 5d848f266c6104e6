"""What a contract suite needs of an adapter family, and the fixture that brings it.

To run every storage contract over another family, write one class like OverMemory with
its own `storage` fixture, and in tests/contracts/<area>/test_<family>.py one empty test
class per suite that inherits from it and from the suite.
"""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

import pytest

from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.breaches import MemoryBreaches
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.idempotency import MemoryIdempotencyKeys
from adapters.memory.ids import SeededIds
from adapters.memory.inbox import MemoryInbox
from adapters.memory.kill_switch import MemoryKillBarrier, MemoryLatches, MemoryPasscodes
from adapters.memory.ledger import MemoryLedger
from adapters.memory.market import MemoryReplayCursor, MemoryReplayLaps
from adapters.memory.orders import MemoryOrderArchive, MemoryOrderWork
from adapters.memory.patterns import MemoryPatternStates
from adapters.memory.performance import MemoryEquityHistory
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.secrets import MemoryApiKeys, MemoryKeyMarks, MemorySealedStore
from adapters.memory.signals import MemorySignalArchive
from adapters.memory.stream_monitor import MemoryConsumerRestarts, MemoryStandingAlarms
from adapters.memory.streams import MemoryJournal
from adapters.memory.time import ManualClock
from adapters.memory.work import MemoryWorks
from domain.accounts.account import Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.audit.entry import AuditEntry
from domain.identity.tenant import Tenant
from ports.accounts import AccountBooks, AccountDirectory, BookCommit, Ledger
from ports.api_keys import ApiKeys
from ports.breaches import Breaches
from ports.consumers import ConsumerRestarts
from ports.idempotency import IdempotencyKeys
from ports.inbox import Inbox
from ports.kill_switch import KillBarrier, Latches, Passcodes
from ports.market import ReplayCursor, ReplayLaps
from ports.orders import OrderArchive, OrderWork
from ports.patterns import PatternStates
from ports.performance import EquityHistory
from ports.risk import RuleSets
from ports.secrets import KeyMarks, SealedStore
from ports.signals import SignalArchive
from ports.stream_monitor import StandingAlarms
from ports.streams import Journal
from ports.work import Works
from tests import builders
from tests.contracts.contract import Contract


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """The storage ports over one empty database, and the little that has no port.

    barriers are those of as many processes as the family can have over one database.
    """

    books: AccountBooks
    directory: AccountDirectory
    ledger: Ledger
    archive: OrderArchive
    work: OrderWork
    latches: Latches
    passcodes: Passcodes
    breaches: Breaches
    barriers: Sequence[KillBarrier]
    journal: Journal
    inbox: Inbox
    keys: IdempotencyKeys
    stream_alarms: StandingAlarms
    consumer_restarts: ConsumerRestarts
    rule_sets: RuleSets
    works: Works
    equity: EquityHistory
    signals: SignalArchive
    patterns: PatternStates
    key_marks: KeyMarks
    sealed: SealedStore
    api_keys: ApiKeys
    cursor: ReplayCursor
    laps: ReplayLaps
    # Store a tenant, whether or not there is one already.
    add_tenant: Callable[[Tenant], Awaitable[None]]
    # Make the tenant's rule set be of a version, as changes of rules would.
    set_rules_version: Callable[[UUID, int], Awaitable[None]]
    # Read a tenant's audit entries, oldest first.
    audits: Callable[[UUID], Awaitable[Sequence[AuditEntry]]]

    async def home(self) -> Portfolio:
        """Store a tenant with a portfolio and return the portfolio."""
        tenant = builders.tenant()
        await self.add_tenant(tenant)
        portfolio = builders.portfolio(tenant_id=tenant.id)
        await self.directory.add_portfolio(portfolio)
        return portfolio

    async def opened(
        self, *, within: Portfolio | None = None, broker: str = "paper"
    ) -> AccountBook:
        """Store an account with 100,000 in cash, of a tenant of its own if none is given."""
        portfolio = within if within is not None else await self.home()
        account = builders.account(
            tenant_id=portfolio.tenant_id, portfolio_id=portfolio.id, broker=broker
        )
        book = builders.book(account)
        await self.directory.open(book=book, funding=builders.funding(book))
        return book

    async def store(self, change: BookChange) -> AccountBook:
        """Commit a change that must hold, and return the book after it."""
        outcome = await self.books.commit(change)
        assert outcome == BookCommit()
        return change.book


class StorageContract(Contract):
    """Subclasses give a fixture `storage` over an empty database."""

    @pytest.fixture
    @abstractmethod
    async def storage(self) -> Storage: ...


class OverMemory:
    """Runs a storage contract over the memory adapters."""

    @pytest.fixture
    async def storage(self) -> Storage:
        return memory_storage(MemoryDatabase())


def memory_storage(database: MemoryDatabase) -> Storage:
    """Return the memory adapters over a database."""
    link = MemoryLink(database)

    clock = ManualClock(builders.AT)
    cursor = MemoryReplayCursor()

    async def add_tenant(tenant: Tenant) -> None:
        database.tenants[tenant.id] = tenant

    async def set_rules_version(tenant_id: UUID, version: int) -> None:
        database.rules_versions[tenant_id] = version

    async def audits(tenant_id: UUID) -> Sequence[AuditEntry]:
        return [entry for entry in database.audit if entry.tenant_id == tenant_id]

    return Storage(
        books=MemoryAccountBooks(link=link),
        directory=MemoryAccountDirectory(link=link),
        ledger=MemoryLedger(link=link),
        archive=MemoryOrderArchive(link=link),
        work=MemoryOrderWork(link=link),
        latches=MemoryLatches(link=link),
        passcodes=MemoryPasscodes(link=link),
        breaches=MemoryBreaches(link),
        barriers=[MemoryKillBarrier(link=link)],
        journal=MemoryJournal(link=link),
        inbox=MemoryInbox(link=link),
        keys=MemoryIdempotencyKeys(
            clock=clock, ids=SeededIds(clock=clock, seed=9), database=database
        ),
        stream_alarms=MemoryStandingAlarms(link),
        consumer_restarts=MemoryConsumerRestarts(link),
        rule_sets=MemoryRuleSets(link=link),
        works=MemoryWorks(link),
        equity=MemoryEquityHistory(link),
        signals=MemorySignalArchive(link),
        patterns=MemoryPatternStates(),
        key_marks=MemoryKeyMarks(link),
        sealed=MemorySealedStore(link),
        api_keys=MemoryApiKeys(link),
        cursor=cursor,
        laps=MemoryReplayLaps(link=link, cursor=cursor),
        add_tenant=add_tenant,
        set_rules_version=set_rules_version,
        audits=audits,
    )
