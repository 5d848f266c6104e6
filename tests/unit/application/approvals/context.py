"""Pending changes over the memory adapters: one tenant, a limit, and what changes it."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from adapters.memory.access import MemoryMembers
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.identity import MemoryCredentialStatus
from adapters.memory.identity_scope import MemoryIdentityTransactions
from adapters.memory.ids import SeededIds
from adapters.memory.time import ManualClock, ManualSleeper
from adapters.memory.work import MemoryWorks
from application.approvals.decide_change import DecideChange
from application.approvals.deps import PENDING_CHANGES, ApprovalContext, Approvers
from application.approvals.propose import Proposal, ProposeChange
from application.approvals.sweep_changes import SweepChanges
from application.assets.keep_assets import ASSETS
from application.shared.asker import Asker
from application.shared.change import Changes
from domain.approvals.change import ApprovalPolicy, PendingChange
from domain.assets.asset import Asset, AssetKind
from domain.identity.access import Role
from domain.identity.member import Member
from domain.identity.tenant import Tenant, User
from ports.work import Work
from tests import builders
from tests.tenants import add_user

START = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
TENANT = UUID(int=1)
KIND = "value"


@dataclass(slots=True)
class ValueApplier:
    """Writes a value, as the payload says, to the asset that a change is of."""

    heard: list[UUID] = field(default_factory=list)

    async def apply(self, work: Work, change: PendingChange, *, by: Asker) -> bool:
        """Write it if the asset is of that version."""
        del by
        records = work.records(ASSETS)
        found = await records.get(change.subject)
        if found is None or found.version != change.subject_version:
            return False
        value = Decimal(change.payload)
        return await records.update(replace(found, value=value, version=found.version + 1))

    async def applied(self, *, tenant_id: UUID) -> None:
        """Keep that it was."""
        self.heard.append(tenant_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything, wired."""

    link: MemoryLink
    clock: ManualClock
    changes: Changes
    members: MemoryMembers
    proposing: ProposeChange
    deciding: DecideChange
    sweep: SweepChanges
    applier: ValueApplier
    failures: list[str]

    async def owner(self, name: str, *, role: Role = Role.OWNER) -> Asker:
        """Add a member and return them as who asks."""
        user = User(
            id=builders.new_id(),
            tenant_id=TENANT,
            email=f"{name}@example.com",
            password_hash="-",
            created_at=START,
        )
        member: Member = await add_user(self.members, user, role=role)
        return Asker(tenant_id=TENANT, actor=f"user:{member.id}")

    async def asset(self, *, tenant_id: UUID = TENANT) -> Asset:
        """Store what is to be changed."""
        asset = Asset(
            id=builders.new_id(),
            tenant_id=tenant_id,
            kind=AssetKind.REAL_ESTATE,
            name=f"house {builders.new_id()}",
            value=Decimal(1),
            currency="EUR",
            valued_on=START.date(),
            owner="",
            appreciation=Decimal(0),
            note="",
            created_at=START,
        )
        async with self.changes.works.begin(tenant_id) as work:
            await work.records(ASSETS).add(asset)
        return asset

    async def value(self, asset: Asset) -> Decimal:
        """Return what an asset is worth now."""
        async with self.changes.works.look(asset.tenant_id) as look:
            found = await look.records(ASSETS).get(asset.id)
        assert found is not None
        return found.value

    async def propose(
        self, asset: Asset, *, by: Asker, value: str = "2", until: datetime | None = None
    ) -> PendingChange | None:
        """Propose another value, and return the change if it waits."""
        hurdle = await self.proposing.hurdle(tenant_id=TENANT)
        proposal = Proposal(
            kind=KIND,
            subject=asset.id,
            subject_version=asset.version,
            payload=value,
            before={"value": "1"},
            after={"value": value},
            until=until,
        )

        async def propose(work: Work) -> PendingChange | None:
            return await self.proposing.hold(
                work, proposal, reason="earnings week", by=by, hurdle=hurdle
            )

        return await self.changes.run(propose, tenant_id=TENANT)

    async def stored(self, change: PendingChange) -> PendingChange:
        """Return a change as it is stored now."""
        async with self.changes.works.look(change.tenant_id) as look:
            found = await look.records(PENDING_CHANGES).get(change.id)
        assert found is not None
        return found

    async def actions(self) -> list[str]:
        """Return what the trail says, in order."""
        return [entry.action for entry in (await self.link.enter()).audit]


def make_context(
    policy: ApprovalPolicy = ApprovalPolicy.AUTO, *, live: frozenset[str] = frozenset()
) -> Context:
    """Wire pending changes over a fresh database."""
    database = MemoryDatabase()
    link = MemoryLink(database=database)
    database.tenants[TENANT] = Tenant(id=TENANT, name="Home", created_at=START)
    book = builders.book(builders.account(tenant_id=TENANT))
    database.books[book.account.id] = book
    clock = ManualClock(START)
    changes = Changes(works=MemoryWorks(link), clock=clock, ids=SeededIds(clock=clock, seed=1))
    members = MemoryMembers(link)
    context = ApprovalContext(
        changes=changes,
        approvers=Approvers(
            policy=policy,
            members=members,
            directory=MemoryAccountDirectory(link),
            live_brokers=live,
        ),
    )
    applier = ValueApplier()
    context.register({KIND: applier})
    failures: list[str] = []
    return Context(
        link=link,
        clock=clock,
        changes=changes,
        members=members,
        proposing=ProposeChange(context=context),
        deciding=DecideChange(context=context),
        sweep=SweepChanges(
            context=context,
            identity=MemoryIdentityTransactions(link),
            credential_status=MemoryCredentialStatus(link),
            sleeper=ManualSleeper(clock),
            on_failure=lambda _, problem: failures.append(str(problem)),
        ),
        applier=applier,
        failures=failures,
    )


def hours(number: float) -> timedelta:
    """Return so many hours."""
    return timedelta(hours=number)
