"""Who changes what somebody may do is written down exactly, and whoever remembers it is told."""

from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens, MemoryRefusals
from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.ids import SeededIds
from adapters.memory.randomness import SeededRandomness
from adapters.memory.time import ManualClock
from application.accounts.book_store import AccountNotFound
from application.identity.access import AccessUseCases
from application.identity.access_commands import (
    MEMBERS_MAX,
    TOKENS_MAX,
    AreaTrail,
    By,
    ChangeMember,
    CreateToken,
    GrantAccount,
    MemberNotFound,
    NeedsPerson,
    TokenCreated,
    TokenNotFound,
)
from application.identity.add_machine import AddMachine
from application.identity.change_member import ChangeMembers
from application.identity.create_token import CreateTokens
from application.identity.grant_account import GrantAccounts
from application.identity.record_refusal import EVERY_S, KEPT_MAX, RecordRefusal
from application.identity.rights import Rights
from application.identity.roles import MemberRoles
from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel, Permission, Role, access_of
from domain.identity.factors import Recovery
from domain.identity.member import Member, MemberKind
from domain.identity.personal_token import digest_of, hint_of
from domain.identity.tenant import Principal, User
from domain.shared.values import InvalidValue
from ports.access import LastOwner, MemberChanged, NoSuchAccount, TooMany
from tests import builders

TENANT = UUID(int=1)
ABSENT = UUID(int=99)
OWNER = Member(
    id=UUID(int=2),
    tenant_id=TENANT,
    kind=MemberKind.PERSON,
    role=Role.OWNER,
    name="Ada",
    created_at=builders.AT,
)
TRADER = replace(OWNER, id=UUID(int=3), role=Role.TRADER, name="Ben")
MACHINE = replace(OWNER, id=UUID(int=4), role=Role.AGENT, kind=MemberKind.MACHINE, name="robot")


def by(member: Member, *, by_token: bool = False) -> By:
    access = access_of(member.role, grants=member.grants)
    if by_token:
        access = access.narrowed(scopes=Permission, accounts=None)
    principal = Principal(
        user_id=member.id,
        tenant_id=TENANT,
        token_id="jwt",
        expires_at=builders.AT,
        access=access,
    )
    return By(principal=principal, trace_id="trace-1")


class House:
    """The use cases over one memory, and who was told of a change."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        link = MemoryLink(self.database)
        self.clock = ManualClock(builders.AT)
        self.audited = AreaTrail(clock=self.clock, ids=SeededIds(clock=self.clock, seed=1))
        self.told: list[UUID] = []
        members, tokens = MemoryMembers(link), MemoryPersonalTokens(link)
        self.account = builders.account(tenant_id=TENANT)
        self.database.books[self.account.id] = builders.book(self.account)
        for member in (OWNER, TRADER, MACHINE):
            self.database.members[member.id] = member
        # What a person is as a user follows what they are as a member.
        self.database.users[TRADER.id] = User(
            id=TRADER.id,
            tenant_id=TENANT,
            email="ben@example.com",
            password_hash="",
            created_at=builders.AT,
        )
        rights = Rights(members=members, tokens=tokens, clock=self.clock)
        rights.subscribe(self.told.append)
        given: dict[str, Any] = {
            "members": members,
            "audited": self.audited,
            "changed": self.told.append,
        }
        self.access = AccessUseCases(
            rights=rights,
            members=members,
            tokens=tokens,
            audited=self.audited,
            adding=AddMachine(**given),
            changing=ChangeMembers(**given),
            granting=GrantAccounts(**given),
            creating=CreateTokens(
                members=members,
                tokens=tokens,
                directory=MemoryAccountDirectory(link),
                audited=self.audited,
                randomness=SeededRandomness(1),
                lasts_max=timedelta(days=90),
            ),
            refusing=RecordRefusal(refusals=MemoryRefusals(link), audited=self.audited),
        )

    def entry(self, **said: Any) -> AuditEntry:
        """Return what the last entry has to be, but for its id."""
        whole: dict[str, Any] = {
            "tenant_id": TENANT,
            "actor": f"user:{OWNER.id}",
            "at": self.clock.now(),
            "trace_id": "trace-1",
            **said,
        }
        return AuditEntry(id=self.database.audit[-1].id, **whole)

    @property
    def last(self) -> AuditEntry:
        return self.database.audit[-1]


@pytest.fixture
def house() -> House:
    return House()


async def test_a_machine_that_is_added(house: House) -> None:
    made = await house.access.add_machine(by=by(OWNER), name="second robot")
    assert isinstance(made, Member)
    assert made == Member(
        id=made.id,
        tenant_id=TENANT,
        kind=MemberKind.MACHINE,
        role=Role.AGENT,
        name="second robot",
        created_at=builders.AT,
    )
    assert house.last == house.entry(
        action="member.add", subject=str(made.id), detail=(("role", Role.AGENT),)
    )
    assert house.told == [made.id]
    assert MEMBERS_MAX == 1_000
    for number in range(MEMBERS_MAX - 4):
        member = replace(MACHINE, id=UUID(int=1_000 + number))
        house.database.members[member.id] = member
    assert await house.access.add_machine(by=by(OWNER), name="more") == TooMany(MEMBERS_MAX)
    assert house.told == [made.id]


async def test_a_member_who_is_disabled_while_a_recovery_waits(house: House) -> None:
    recovery = Recovery(
        id=UUID(int=77),
        tenant_id=TENANT,
        user_id=TRADER.id,
        asked_at=builders.AT,
        effective_at=builders.AT + timedelta(hours=48),
    )
    house.database.recoveries[recovery.id] = recovery
    # Another role lets it go on.
    for change in ({"role": Role.VIEWER}, {"disabled": True}):
        assert house.database.recoveries[recovery.id].is_open
        await house.access.change(ChangeMember(by=by(OWNER), member_id=TRADER.id, **change))
    canceled = house.database.recoveries[recovery.id]
    assert canceled == replace(recovery, canceled_at=house.clock.now())
    changed, entry, told = house.database.audit[-3:]
    assert (changed.action, told.action) == ("member.change", "notice.recovery_canceled")
    whole = house.entry(
        action="recovery.cancel",
        subject=f"user:{TRADER.id}",
        detail=(("recovery", str(recovery.id)), ("why", "user.disable")),
    )
    assert entry == replace(whole, id=entry.id)


async def test_a_member_that_is_changed(house: House) -> None:
    def change(**said: Any) -> ChangeMember:
        return ChangeMember(**{"by": by(OWNER), "member_id": TRADER.id, **said})

    changed = await house.access.change(change(role=Role.VIEWER, name="Benjamin"))
    expected = replace(TRADER, role=Role.VIEWER, name="Benjamin", version=2)
    assert changed == expected
    assert house.last == house.entry(
        action="member.change",
        subject=str(TRADER.id),
        detail=(
            ("role_before", "trader"),
            ("role", "viewer"),
            ("disabled_before", "false"),
            ("disabled", "false"),
        ),
    )
    assert house.told == [TRADER.id]
    house.clock.advance(5)
    out = await house.access.change(change(disabled=True, expected_version=2))
    assert out == replace(expected, disabled_at=house.clock.now(), version=3)
    assert dict(house.last.detail)["disabled_before"] == "false"
    assert dict(house.last.detail)["disabled"] == "true"
    # What is so already changes nothing, and is not written down.
    count = len(house.database.audit)
    house.clock.advance(5)
    assert await house.access.change(change(disabled=True)) == out
    assert len(house.database.audit) == count
    assert await house.access.change(change(disabled=False, expected_version=2)) == MemberChanged()
    back = await house.access.change(change(disabled=False, expected_version=3))
    assert back == replace(expected, version=4)
    assert dict(house.last.detail)["disabled_before"] == "true"
    with pytest.raises(MemberNotFound, match=f"^member {ABSENT} does not exist$"):
        await house.access.change(change(member_id=ABSENT))
    assert await house.access.change(change(member_id=OWNER.id, disabled=True)) == LastOwner()


async def test_an_account_that_is_granted_and_taken_back(house: House) -> None:
    def grant(level: GrantLevel | None, **said: Any) -> GrantAccount:
        given = {"by": by(OWNER), "member_id": TRADER.id, "account_id": house.account.id, **said}
        return GrantAccount(level=level, **given)

    granted = await house.access.grant(grant(GrantLevel.READ))
    assert isinstance(granted, Member)
    assert granted.grants == {house.account.id: GrantLevel.READ}
    said: dict[str, Any] = {"subject": str(TRADER.id), "account_id": house.account.id}
    assert house.last == house.entry(
        action="member.grant", detail=(("level", GrantLevel.READ),), **said
    )
    taken = await house.access.grant(grant(None))
    assert isinstance(taken, Member)
    assert taken.grants == {}
    assert house.last == house.entry(action="member.revoke", **said)
    assert house.told == [TRADER.id] * 2
    absent = await house.access.grant(grant(GrantLevel.ROLE, account_id=ABSENT))
    assert isinstance(absent, NoSuchAccount)
    with pytest.raises(MemberNotFound, match=f"^member {ABSENT} does not exist$"):
        await house.access.grant(grant(GrantLevel.ROLE, member_id=ABSENT))


def creating(**said: Any) -> CreateToken:
    given: dict[str, Any] = {
        "by": by(OWNER),
        "name": "backtest",
        "scopes": frozenset({Permission.ORDERS_READ, Permission.ACCOUNTS_READ}),
        "accounts": None,
        "lasts": timedelta(days=1),
        **said,
    }
    return CreateToken(**given)


async def test_a_token_for_some_accounts_is_stored_and_told_with_exactly_these(
    house: House,
) -> None:
    other = builders.account(tenant_id=TENANT)
    house.database.books[other.id] = builders.book(other)
    both = frozenset({other.id, house.account.id})
    made = await house.access.create_token(creating(accounts=both))
    assert isinstance(made, TokenCreated)
    assert house.database.personal_tokens[made.token.id].accounts == both
    told = ",".join(sorted(str(one) for one in both))
    assert dict(house.last.detail)["accounts"] == told
    assert isinstance(house.last.id, UUID)
    with pytest.raises(AccountNotFound) as caught:
        await house.access.create_token(creating(accounts=both | {ABSENT}))
    assert caught.value.args == AccountNotFound(ABSENT).args


async def test_a_token_that_is_made_and_revoked(house: House) -> None:
    made = await house.access.create_token(creating())
    assert isinstance(made, TokenCreated)
    token = made.token
    assert (token.digest, token.hint) == (digest_of(made.secret), hint_of(made.secret))
    assert (token.tenant_id, token.member_id, token.name) == (TENANT, OWNER.id, "backtest")
    assert (token.created_at, token.expires_at) == (
        builders.AT,
        builders.AT + timedelta(days=1),
    )
    assert (token.created_by, token.accounts) == (f"user:{OWNER.id}", None)
    assert token.scopes == {Permission.ORDERS_READ, Permission.ACCOUNTS_READ}
    ends = (builders.AT + timedelta(days=1)).isoformat()
    detail = (
        ("member", str(OWNER.id)),
        ("scopes", "accounts.read,orders.read"),
        ("accounts", "all that the member reaches"),
        ("expires_at", ends),
    )
    said: dict[str, Any] = {"subject": str(token.id)}
    assert house.last == house.entry(action="token.create", detail=detail, **said)
    some = await house.access.create_token(creating(accounts=frozenset({house.account.id})))
    assert isinstance(some, TokenCreated)
    assert dict(house.last.detail)["accounts"] == str(house.account.id)
    assert some.token.accounts == frozenset({house.account.id})
    assert await house.access.list_tokens(by=by(OWNER), everyone=False) == [token, some.token]
    assert await house.access.list_tokens(by=by(TRADER), everyone=False) == []
    assert len(await house.access.list_tokens(by=by(TRADER), everyone=True)) == 2
    missing = f"^token {token.id} does not exist, or is revoked$"
    with pytest.raises(TokenNotFound, match=missing):
        await house.access.revoke_token(by=by(TRADER), token_id=token.id)
    house.clock.advance(5)
    revoked = await house.access.revoke_token(by=by(OWNER), token_id=token.id)
    assert revoked == replace(token, revoked_at=house.clock.now())
    assert house.last == house.entry(action="token.revoke", **said)
    assert house.told == [OWNER.id]
    with pytest.raises(TokenNotFound, match=missing):
        await house.access.revoke_token(by=by(OWNER), token_id=token.id)


@pytest.mark.parametrize(
    ("changes", "field", "problem"),
    [
        ({"lasts": timedelta(seconds=59)}, "expires_in_s", "must be 60 to 7776000"),
        (
            {"lasts": timedelta(days=90, microseconds=1)},
            "expires_in_s",
            "must be 60 to 7776000",
        ),
        (
            {"by": by(TRADER), "scopes": {Permission.MARKET_STEER, Permission.AUDIT_READ}},
            "scopes",
            "the member may not audit.read, market.steer",
        ),
        ({"member_id": TRADER.id}, "member_id", "must be a machine, or yourself"),
        ({"name": ""}, "name", "must be 1 to 64 printable characters"),
    ],
)
async def test_a_token_that_is_not_made_says_why(
    house: House, changes: dict[str, Any], field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        await house.access.create_token(creating(**changes))
    assert (caught.value.field, caught.value.problem) == (field, problem)
    assert house.database.audit == []


async def test_who_may_make_a_token_for_whom(house: House) -> None:
    asked = creating(by=by(OWNER, by_token=True))
    assert await house.access.create_token(asked) == NeedsPerson()
    for wrong in (creating(member_id=ABSENT), creating(by=by(TRADER), member_id=MACHINE.id)):
        with pytest.raises(MemberNotFound, match=f"^member {wrong.member_id} does not exist$"):
            await house.access.create_token(wrong)
    of_machine = await house.access.create_token(creating(member_id=MACHINE.id))
    assert isinstance(of_machine, TokenCreated)
    assert of_machine.token.member_id == MACHINE.id
    for lasts in (timedelta(minutes=1), timedelta(days=90)):
        assert isinstance(await house.access.create_token(creating(lasts=lasts)), TokenCreated)
    # An account that is none, and one that the member does not reach.
    for asker, account_id in ((OWNER, ABSENT), (TRADER, house.account.id)):
        with pytest.raises(AccountNotFound):
            await house.access.create_token(
                creating(by=by(asker), accounts=frozenset({account_id}))
            )
    house.database.members[MACHINE.id] = replace(MACHINE, disabled_at=builders.AT)
    with pytest.raises(InvalidValue) as caught:
        await house.access.create_token(creating(member_id=MACHINE.id))
    assert (caught.value.field, caught.value.problem) == ("member_id", "is disabled")


async def test_a_member_has_a_hundred_tokens_at_most(house: House) -> None:
    for _ in range(TOKENS_MAX):
        assert isinstance(await house.access.create_token(creating()), TokenCreated)
    assert await house.access.create_token(creating()) == TooMany(TOKENS_MAX) == TooMany(100)


async def test_what_was_refused_is_written_down_once_a_minute(house: House) -> None:
    async def refused(permission: Permission, *, who: By | None = None) -> bool:
        return await house.access.refused(
            by=who or by(TRADER),
            permission=permission,
            account_id=house.account.id,
            place="POST /x",
        )

    assert not await refused(Permission.AUDIT_READ)
    assert not await refused(Permission.WORKSPACES_SELF)
    assert await refused(Permission.RISK_WRITE)
    assert house.last == house.entry(
        actor=f"user:{TRADER.id}",
        action="access.refused",
        subject="risk.write",
        account_id=house.account.id,
        detail=(("place", "POST /x"), ("role", "trader"), ("by_token", "false")),
    )
    house.clock.advance(EVERY_S - 0.001)
    assert not await refused(Permission.RISK_WRITE)
    # Of another permission, or somebody else, it is told at once.
    assert await refused(Permission.KILL_RELEASE)
    assert await refused(Permission.RISK_WRITE, who=by(MACHINE, by_token=True))
    assert dict(house.last.detail)["by_token"] == "true"
    house.clock.advance(0.001)
    assert await refused(Permission.RISK_WRITE)
    assert (EVERY_S, KEPT_MAX) == (60.0, 10_000)


async def test_members_are_listed_and_found_in_their_tenant(house: House) -> None:
    assert await house.access.list(tenant_id=TENANT) == [OWNER, TRADER, MACHINE]
    assert await house.access.get(tenant_id=TENANT, member_id=TRADER.id) == TRADER
    with pytest.raises(MemberNotFound, match=f"^member {TRADER.id} does not exist$"):
        await house.access.get(tenant_id=ABSENT, member_id=TRADER.id)


def test_an_entry_takes_the_time_that_is_given(house: House) -> None:
    later = builders.AT + timedelta(seconds=9)
    subject: Any = 1
    made = house.audited.entry(
        By(principal=by(OWNER).principal), action="a", subject=subject, at=later
    )
    assert (made.at, made.subject, made.trace_id, made.detail) == (later, "1", "", ())
    assert made.account_id is None


def test_a_person_is_invited_in_a_persons_role() -> None:
    roles = MemberRoles()
    for role in ("owner", "trader", "viewer", "trustee", "auditor"):
        roles.check(role)
    for role in ("agent", "", "Owner"):
        with pytest.raises(InvalidValue) as caught:
            roles.check(role)
        assert caught.value.field == "role"
        assert set(caught.value.problem.removeprefix("must be one of ").split(", ")) == {
            *("owner", "trader", "viewer", "trustee", "auditor")
        }
    assert roles.members_max == MEMBERS_MAX
    assert MappingProxyType({}) == OWNER.grants
