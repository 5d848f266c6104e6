"""Choose where data is kept: in memory, in a Postgres of our own, or in one that is given."""

from dataclasses import dataclass
from typing import Any, Protocol

from adapters.memory import identity as memory_identity
from adapters.memory.access import MemoryMembers, MemoryPersonalTokens, MemoryRefusals
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.audit import MemoryAuditSealing, MemoryAuditTrail
from adapters.memory.breaches import MemoryBreaches
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.idempotency import MemoryIdempotencyKeys
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.inbox import MemoryInbox
from adapters.memory.kill_switch import MemoryKillBarrier, MemoryLatches, MemoryPasscodes
from adapters.memory.ledger import MemoryLedger
from adapters.memory.market import MemoryReplayCursor, MemoryReplayLaps
from adapters.memory.orders import MemoryOrderArchive, MemoryOrderWork
from adapters.memory.patterns import MemoryPatternStates
from adapters.memory.performance import MemoryEquityHistory
from adapters.memory.retention import MemorySpentRecords
from adapters.memory.risk import MemoryRuleSets
from adapters.memory.secrets import MemoryApiKeys, MemoryKeyMarks, MemorySealedStore
from adapters.memory.server import MemoryServer
from adapters.memory.signals import MemorySignalArchive
from adapters.memory.stream_monitor import MemoryConsumerRestarts, MemoryStandingAlarms
from adapters.memory.streams import MemoryJournal
from adapters.memory.work import MemoryWorks
from bootstrap.audit.keys import key_reader
from bootstrap.binaries import postgres_environment
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.sections import Settings
from bootstrap.shared import SharedPorts
from bootstrap.system import System
from ports.access import Members, PersonalTokens, Refusals
from ports.accounts import AccountBooks, AccountDirectory, Ledger
from ports.api_keys import ApiKeys
from ports.audit import AuditSealing, AuditTrail
from ports.book_checks import BookChecks
from ports.breaches import Breaches
from ports.consumers import ConsumerRestarts
from ports.idempotency import IdempotencyKeys
from ports.identity import People, Users
from ports.identity_changes import CredentialStatus, IdentityFeed
from ports.identity_scope import IdentityScope
from ports.ids import Ids
from ports.inbox import Inbox
from ports.kill_switch import KillBarrier, Latches, Passcodes
from ports.market import ReplayCursor, ReplayLaps
from ports.orders import OrderArchive, OrderWork
from ports.patterns import PatternStates
from ports.performance import EquityHistory
from ports.retention import SpentRecords
from ports.risk import RuleSets
from ports.secrets import KeyMarks, SealedStore
from ports.signals import SignalArchive
from ports.stream_monitor import StandingAlarms
from ports.streams import Journal
from ports.time import Clock
from ports.transactions import Transactions
from ports.work import Works

# Each send in progress holds a connection for the kill barrier, and takes a second one to
# store what came of it: the pool must be larger than the sends, or they starve each other.
_CONNECTIONS_BESIDE_SENDS = 16


class StorageServer(Protocol):
    """What stands behind the storage: to be started, asked and stopped."""

    async def start(self) -> None:
        """Be ready for use, migrated; raises what says why not."""
        ...

    async def stop(self) -> None:
        """Give everything back."""
        ...

    async def check(self) -> None:
        """Return when writes are taken; raises StorageUnavailable."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Every port that keeps data."""

    server: StorageServer
    books: AccountBooks
    directory: AccountDirectory
    ledger: Ledger
    archive: OrderArchive
    work: OrderWork
    latches: Latches
    passcodes: Passcodes
    breaches: Breaches
    barrier: KillBarrier
    journal: Journal
    users: Users
    members: Members
    personal_tokens: PersonalTokens
    refusals: Refusals
    people: People
    identity: Transactions[IdentityScope]
    identity_feed: IdentityFeed
    credential_status: CredentialStatus
    replay_cursor: ReplayCursor
    replay_laps: ReplayLaps
    rule_sets: RuleSets
    works: Works
    equity: EquityHistory
    signals: SignalArchive
    patterns: PatternStates
    keys: IdempotencyKeys
    inbox: Inbox
    stream_alarms: StandingAlarms
    consumer_restarts: ConsumerRestarts
    spent: SpentRecords
    trail: AuditTrail
    sealing: AuditSealing
    key_marks: KeyMarks
    sealed: SealedStore
    api_keys: ApiKeys
    # None where no other process can use the storage.
    shared: SharedPorts | None = None
    # Where who does not speak to the brokers asks to have books compared: at the host, too.
    checks: BookChecks | None = None


def build_storage(settings: Settings, system: System, plan: Plan) -> Storage:
    """Keep everything where the profile says."""
    if settings.profile == "memory":
        return build_memory(system)
    return build_postgres(settings=settings, system=system, plan=plan)


def build_memory(system: System) -> Storage:
    """Keep everything in this process, for as long as it lives."""
    return over_memory(MemoryLink(MemoryDatabase()), clock=system.clock, ids=system.ids)


def over_memory(link: MemoryLink, *, clock: Clock, ids: Ids) -> Storage:
    """Keep everything in the database of the link."""
    return Storage(
        server=MemoryServer(),
        books=MemoryAccountBooks(link),
        directory=MemoryAccountDirectory(link),
        ledger=MemoryLedger(link),
        archive=MemoryOrderArchive(link),
        work=MemoryOrderWork(link),
        latches=MemoryLatches(link),
        passcodes=MemoryPasscodes(link),
        breaches=MemoryBreaches(link),
        barrier=MemoryKillBarrier(link=link),
        journal=MemoryJournal(link),
        users=memory_identity.MemoryUsers(link),
        members=MemoryMembers(link),
        personal_tokens=MemoryPersonalTokens(link),
        refusals=MemoryRefusals(link),
        people=memory_identity.MemoryPeople(link),
        identity=MemoryIdentityTransactions(link),
        identity_feed=memory_identity.MemoryIdentityFeed(link),
        credential_status=memory_identity.MemoryCredentialStatus(link),
        replay_cursor=(cursor := MemoryReplayCursor()),
        replay_laps=MemoryReplayLaps(link=link, cursor=cursor),
        rule_sets=MemoryRuleSets(link=link),
        works=MemoryWorks(link),
        equity=MemoryEquityHistory(link),
        signals=MemorySignalArchive(link),
        patterns=MemoryPatternStates(),
        inbox=MemoryInbox(link),
        keys=MemoryIdempotencyKeys(clock=clock, ids=ids, database=link.database),
        stream_alarms=MemoryStandingAlarms(link),
        consumer_restarts=MemoryConsumerRestarts(link),
        spent=MemorySpentRecords(link=link, clock=clock),
        trail=MemoryAuditTrail(link),
        sealing=MemoryAuditSealing(link),
        key_marks=MemoryKeyMarks(link),
        sealed=MemorySealedStore(link),
        api_keys=MemoryApiKeys(link),
    )


def build_postgres(*, settings: Settings, system: System, plan: Plan | None = None) -> Storage:
    """Keep everything in Postgres: the one that is given, else one of our own."""
    from adapters.postgres import kill_switch
    from adapters.postgres.accounts import PostgresAccountDirectory, PostgresLedger
    from adapters.postgres.audit.sealing import PostgresAuditSealing
    from adapters.postgres.audit.trail import PostgresAuditTrail
    from adapters.postgres.book_checks import PostgresBookChecks
    from adapters.postgres.books import PostgresAccountBooks
    from adapters.postgres.breaches import PostgresBreaches
    from adapters.postgres.idempotency import PostgresIdempotencyKeys
    from adapters.postgres.identity import users as identity
    from adapters.postgres.identity.access import PostgresMembers
    from adapters.postgres.identity.api_keys import PostgresApiKeys
    from adapters.postgres.identity.personal_tokens import PostgresPersonalTokens, PostgresRefusals
    from adapters.postgres.identity.scope import PostgresIdentityTransactions
    from adapters.postgres.inbox import PostgresInbox
    from adapters.postgres.kill_barrier import PostgresKillBarrier
    from adapters.postgres.market import PostgresReplayCursor, PostgresReplayLaps
    from adapters.postgres.orders import PostgresOrderArchive, PostgresOrderWork
    from adapters.postgres.patterns import PostgresPatternStates
    from adapters.postgres.performance import PostgresEquityHistory
    from adapters.postgres.retention import PostgresSpentRecords
    from adapters.postgres.risk import PostgresRuleSets
    from adapters.postgres.secrets import PostgresKeyMarks, PostgresSealedStore
    from adapters.postgres.signals import PostgresSignalArchive
    from adapters.postgres.stream_monitor import PostgresConsumerRestarts, PostgresStandingAlarms
    from adapters.postgres.streams import PostgresJournal
    from adapters.postgres.work import PostgresWorks

    database, server = _database(settings, plan=plan)
    return Storage(
        server=server,
        books=PostgresAccountBooks(database=database),
        directory=PostgresAccountDirectory(database=database),
        ledger=PostgresLedger(database=database),
        archive=PostgresOrderArchive(database=database),
        work=PostgresOrderWork(database=database),
        latches=kill_switch.PostgresLatches(database=database),
        passcodes=kill_switch.PostgresPasscodes(database=database),
        breaches=PostgresBreaches(database=database),
        barrier=PostgresKillBarrier(database=database),
        journal=PostgresJournal(database=database),
        users=identity.PostgresUsers(database=database),
        members=PostgresMembers(database=database),
        personal_tokens=PostgresPersonalTokens(database=database),
        refusals=PostgresRefusals(database=database),
        people=identity.PostgresPeople(database=database),
        identity=PostgresIdentityTransactions(database=database),
        identity_feed=identity.PostgresIdentityFeed(database=database),
        credential_status=identity.PostgresCredentialStatus(database=database),
        replay_cursor=PostgresReplayCursor(database=database),
        replay_laps=PostgresReplayLaps(database=database),
        rule_sets=PostgresRuleSets(database=database),
        works=PostgresWorks(database),
        equity=PostgresEquityHistory(database=database),
        signals=PostgresSignalArchive(database=database),
        patterns=PostgresPatternStates(database=database),
        keys=PostgresIdempotencyKeys(database=database, ids=system.ids),
        inbox=PostgresInbox(database=database),
        stream_alarms=PostgresStandingAlarms(database=database),
        consumer_restarts=PostgresConsumerRestarts(database=database),
        spent=PostgresSpentRecords(database=database),
        trail=PostgresAuditTrail(database=database),
        sealing=PostgresAuditSealing(database=database),
        key_marks=PostgresKeyMarks(database=database),
        sealed=PostgresSealedStore(database=database),
        api_keys=PostgresApiKeys(database=database),
        shared=_shared(database, system=system) if settings.profile == "cluster" else None,
        checks=PostgresBookChecks(database=database),
    )


def _database(settings: Settings, *, plan: Plan | None) -> tuple[Any, StorageServer]:
    """Return the database, not yet open, and what opens it."""
    from adapters.postgres.link.database import Database, DatabaseLimits
    from adapters.postgres.server import PostgresServer

    sends = settings.dispatch.accounts_at_once * len(settings.every_broker)
    if plan is not None and Role.DISPATCH not in plan.roles:
        sends = 0
    limits = DatabaseLimits(pool_size_max=sends + _CONNECTIONS_BESIDE_SENDS)
    database = Database(limits=limits)
    server = PostgresServer(
        database=database,
        url=settings.database_url,
        requests_url=settings.database_app_url,
        bound=settings.database_row_security == "enforced",
        data_dir=settings.data_dir,
        environment=postgres_environment(settings.pg_bindir),
        read_keys=key_reader(settings),
    )
    return database, server


def _shared(database: Any, *, system: System) -> SharedPorts:
    """Share with every other process of the database."""
    from adapters.postgres.book_checks import PostgresBookChecks
    from adapters.postgres.health import PostgresHealthReports
    from adapters.postgres.identity.attempts import PostgresAttempts
    from adapters.postgres.leases import PostgresLeases
    from adapters.postgres.market import PostgresReplayCursor, PostgresReplayPulses
    from adapters.postgres.tickets import PostgresTickets
    from adapters.postgres.wakeups import PostgresWakeups

    return SharedPorts(
        leases=PostgresLeases(database=database),
        pulses=PostgresReplayPulses(database=database),
        reports=PostgresHealthReports(database=database),
        checks=PostgresBookChecks(database=database),
        wakeups=PostgresWakeups(database=database),
        attempts=PostgresAttempts(database=database),
        tickets=PostgresTickets(database=database, randomness=system.randomness),
        fenced_cursor=lambda fence: PostgresReplayCursor(database=database, fence=fence),
    )
