"""What every adapter of Members promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel, Role
from domain.identity.member import Member, MemberKind, founder
from domain.identity.tenant import Tenant, User
from ports.access import (
    LastOwner,
    MemberChanged,
    Members,
    NoSuchAccount,
    PersonalTokens,
    TooMany,
)
from ports.accounts import AccountDirectory
from ports.identity import Users
from ports.storage import ConstraintBroken
from ports.transactions import Conflict
from ports.work import Work, Works
from tests import builders
from tests.contracts.contract import Contract
from tests.tenants import add_tenant, add_user

AT = datetime(2026, 1, 2, 15, 4, 5, 678_901, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Keep:
    """The ports that members are kept behind, of one adapter."""

    users: Users
    members: Members
    tokens: PersonalTokens
    directory: AccountDirectory
    works: Works
    audits: Callable[[UUID], Awaitable[Sequence[AuditEntry]]]


@dataclass(slots=True)
class Household:
    """Two tenants with an owner and an account each."""

    storage: Keep
    home: Tenant
    owner: Member
    account_id: UUID
    strangers: Tenant
    stranger: Member
    their_account_id: UUID
    drawn: int = 1_000

    async def audits(self) -> Sequence[AuditEntry]:
        """Return what the audit trail of the first tenant has."""
        return list(await self.storage.audits(self.home.id))

    def new_id(self) -> UUID:
        """Return an id behind all others."""
        self.drawn += 1
        return UUID(int=(0x01900000_0000_7000_8000_000000000000 + self.drawn))

    def entry(self, subject: UUID, *, action: str = "member.change") -> AuditEntry:
        """Return an audit entry of the first tenant."""
        return AuditEntry(
            id=self.new_id(),
            tenant_id=self.home.id,
            actor="user:owner",
            action=action,
            subject=str(subject),
            at=AT,
            detail=(("role", "viewer"),),
        )

    async def user(self, role: Role) -> Member:
        """Store a user of the first tenant."""
        user_id = self.new_id()
        user = User(
            id=user_id,
            tenant_id=self.home.id,
            email=f"{user_id}@example.com",
            password_hash="x",
            created_at=AT,
        )
        return await add_user(self.storage.members, user, role=role)

    def machine(self, name: str = "momentum") -> Member:
        """Return a machine of the first tenant that is not stored."""
        return Member(
            id=self.new_id(),
            tenant_id=self.home.id,
            kind=MemberKind.MACHINE,
            role=Role.AGENT,
            name=name,
            created_at=AT,
        )

    async def grant(self, member: Member, level: GrantLevel | None) -> Member:
        """Grant the first tenant's account to a member."""
        granted = await self.storage.members.grant(
            tenant_id=self.home.id,
            member_id=member.id,
            account_id=self.account_id,
            level=level,
            audit=self.entry(member.id, action="member.grant"),
        )
        assert isinstance(granted, Member)
        return granted


async def household(storage: Keep) -> Household:
    """Store two tenants with an owner and an account each."""
    found: list[tuple[Tenant, Member, UUID]] = []
    for number, name in ((1, "Home"), (2, "Strangers")):
        tenant = Tenant(id=UUID(int=number), name=name, created_at=AT)
        owner = User(
            id=UUID(int=10 + number),
            tenant_id=tenant.id,
            email=f"owner{number}@example.com",
            password_hash="x",
            created_at=AT,
        )
        if number == 1:
            assert await storage.users.found(tenant=tenant, owner=owner)
            member = founder(owner)
        else:
            await add_tenant(storage.members, tenant)
            member = await add_user(storage.members, owner, role=Role.OWNER)
        portfolio = builders.portfolio(tenant_id=tenant.id)
        await storage.directory.add_portfolio(portfolio)
        book = builders.book(
            builders.account(
                id=UUID(int=20 + number), tenant_id=tenant.id, portfolio_id=portfolio.id
            )
        )
        await storage.directory.open(book=book, funding=None)
        found.append((tenant, member, book.account.id))
    (home, owner_of_home, account), (strangers, stranger, theirs) = found
    return Household(
        storage=storage,
        home=home,
        owner=owner_of_home,
        account_id=account,
        strangers=strangers,
        stranger=stranger,
        their_account_id=theirs,
    )


class MembersContract(Contract):
    """Subclasses give a fixture `place` with two tenants."""

    @pytest.fixture
    @abstractmethod
    async def place(self) -> Household: ...

    async def test_who_founded_the_tenant_owns_it(self, place: Household) -> None:
        members = place.storage.members
        assert await members.of(member_id=place.owner.id) == place.owner
        assert place.owner.role is Role.OWNER
        assert list(await members.list(tenant_id=place.home.id)) == [place.owner]

    async def test_another_tenants_member_is_not_found(self, place: Household) -> None:
        members = place.storage.members
        assert (await members.find(tenant_id=place.home.id, member_id=place.stranger.id)) is None
        assert await members.of(member_id=place.stranger.id) == place.stranger
        changed = await members.change(
            member=replace(place.stranger, tenant_id=place.home.id, name="ours"),
            audit=place.entry(place.stranger.id),
            cancels=builders.canceled,
        )
        assert changed == MemberChanged()
        granted = await members.grant(
            tenant_id=place.home.id,
            member_id=place.stranger.id,
            account_id=place.account_id,
            level=GrantLevel.ROLE,
            audit=place.entry(place.stranger.id),
        )
        assert granted is None
        assert await members.of(member_id=place.stranger.id) == place.stranger
        assert await place.audits() == []

    async def test_a_machine_is_added_with_its_audit_entry(self, place: Household) -> None:
        members, machine = place.storage.members, place.machine()
        entry = place.entry(machine.id, action="member.add")
        assert await members.add(member=machine, members_max=9, audit=entry) is None
        assert await members.of(member_id=machine.id) == machine
        assert list(await place.audits()) == [entry]

    async def test_there_are_no_more_members_than_there_may_be(self, place: Household) -> None:
        members = place.storage.members
        first, second = place.machine("one"), place.machine("two")
        entry = place.entry(first.id)
        assert await members.add(member=first, members_max=2, audit=entry) is None
        refused = await members.add(member=second, members_max=2, audit=place.entry(second.id))
        assert refused == TooMany(2)
        assert await members.of(member_id=second.id) is None
        assert list(await place.audits()) == [entry]

    async def test_a_person_who_is_no_user_is_refused(self, place: Household) -> None:
        nobody = replace(place.owner, id=place.new_id())
        with pytest.raises(ConstraintBroken):
            await place.storage.members.add(
                member=nobody, members_max=9, audit=place.entry(nobody.id)
            )
        assert await place.audits() == []

    async def test_a_change_counts_and_is_audited(self, place: Household) -> None:
        members = place.storage.members
        user = await place.user(Role.VIEWER)
        entry = place.entry(user.id)
        changed = await members.change(
            member=replace(user, role=Role.TRADER, name="Ann", disabled_at=AT),
            audit=entry,
            cancels=builders.canceled,
        )
        assert changed == replace(user, role=Role.TRADER, name="Ann", disabled_at=AT, version=2)
        assert await members.find(tenant_id=place.home.id, member_id=user.id) == changed
        assert list(await place.audits()) == [entry]

    async def test_a_change_of_what_was_changed_meanwhile_is_none(self, place: Household) -> None:
        members = place.storage.members
        user = await place.user(Role.VIEWER)
        await members.change(
            member=replace(user, role=Role.TRADER),
            audit=place.entry(user.id),
            cancels=builders.canceled,
        )
        late = await members.change(
            member=replace(user, role=Role.TRUSTEE),
            audit=place.entry(user.id),
            cancels=builders.canceled,
        )
        assert late == MemberChanged()
        assert len(await place.audits()) == 1

    @pytest.mark.parametrize("change", [{"role": Role.VIEWER}, {"disabled_at": AT}])
    async def test_the_last_owner_stays_one(self, place: Household, change: dict[str, Any]) -> None:
        members = place.storage.members
        changed = replace(place.owner, **change)
        refused = await members.change(
            member=changed, audit=place.entry(place.owner.id), cancels=builders.canceled
        )
        assert refused == LastOwner()
        assert await members.of(member_id=place.owner.id) == place.owner
        assert await place.audits() == []
        # A disabled owner is none.
        other = await place.user(Role.OWNER)
        disabled = await members.change(
            member=replace(other, disabled_at=AT),
            audit=place.entry(other.id),
            cancels=builders.canceled,
        )
        assert isinstance(disabled, Member)
        refused = await members.change(
            member=changed, audit=place.entry(place.owner.id), cancels=builders.canceled
        )
        assert refused == LastOwner()
        back = await members.change(
            member=replace(disabled, disabled_at=None),
            audit=place.entry(other.id),
            cancels=builders.canceled,
        )
        assert isinstance(back, Member)
        done = await members.change(
            member=changed, audit=place.entry(place.owner.id), cancels=builders.canceled
        )
        assert isinstance(done, Member)

    async def test_two_owners_who_demote_each_other_leave_one(self, place: Household) -> None:
        members = place.storage.members
        other = await place.user(Role.OWNER)
        outcomes = await asyncio.gather(
            *(
                members.change(
                    member=replace(one, role=Role.VIEWER),
                    audit=place.entry(one.id),
                    cancels=builders.canceled,
                )
                for one in (place.owner, other)
            )
        )
        assert sorted(isinstance(one, Member) for one in outcomes) == [False, True]
        assert LastOwner() in outcomes
        owners = [one for one in await members.list(tenant_id=place.home.id) if one.rules]
        assert len(owners) == 1

    async def test_a_change_of_records_sees_the_tenant_s_members_as_they_are(
        self, place: Household
    ) -> None:
        user = await place.user(Role.TRUSTEE)
        await place.grant(user, GrantLevel.READ)
        async with place.storage.works.begin(place.home.id) as work:
            seen = await work.members()
            assert seen == await place.storage.members.list(tenant_id=place.home.id)
        assert [one.id for one in seen] == sorted([place.owner.id, user.id])

    async def test_what_is_decided_by_a_member_is_stored_before_they_change_or_anew(
        self, place: Household
    ) -> None:
        user = await place.user(Role.TRUSTEE)
        disabling: list[asyncio.Task[object]] = []

        async def decide(work: Work) -> tuple[int, bool]:
            standing = [one for one in await work.members() if one.disabled_at is None]
            if not disabling:
                change = place.storage.members.change(
                    member=replace(user, disabled_at=AT),
                    audit=place.entry(user.id, action="disabled"),
                    cancels=builders.canceled,
                )
                disabling.append(asyncio.create_task(change))
                # It has to wait for us, or is done at once and we come too late.
                await asyncio.wait(disabling, timeout=0.5)
            await work.audit(place.entry(user.id, action="decided"))
            return len(standing), disabling[0].done()

        while True:
            try:
                async with place.storage.works.begin(place.home.id) as work:
                    decided = await decide(work)
                break
            except Conflict:
                continue
        assert decided in ((2, False), (1, True))
        assert isinstance(await disabling[0], Member)
        told = sorted(one.action for one in await place.audits())
        assert told == ["decided", "disabled"]

    async def test_accounts_are_granted_and_taken_back(self, place: Household) -> None:
        user = await place.user(Role.TRADER)
        granted = await place.grant(user, GrantLevel.ROLE)
        assert dict(granted.grants) == {place.account_id: GrantLevel.ROLE}
        assert granted.version == 2
        assert await place.grant(user, GrantLevel.ROLE) == granted
        lowered = await place.grant(user, GrantLevel.READ)
        assert dict(lowered.grants) == {place.account_id: GrantLevel.READ}
        assert await place.storage.members.of(member_id=user.id) == lowered
        gone = await place.grant(user, None)
        assert dict(gone.grants) == {}
        assert await place.grant(user, None) == gone
        # Asking again changed nothing, and told of nothing.
        assert len(await place.audits()) == 3

    async def test_another_tenants_account_cannot_be_granted(self, place: Household) -> None:
        user = await place.user(Role.TRADER)
        for account_id in (place.their_account_id, place.new_id()):
            refused = await place.storage.members.grant(
                tenant_id=place.home.id,
                member_id=user.id,
                account_id=account_id,
                level=GrantLevel.ROLE,
                audit=place.entry(user.id),
            )
            assert refused == NoSuchAccount()
        assert await place.storage.members.of(member_id=user.id) == user
        assert await place.audits() == []
