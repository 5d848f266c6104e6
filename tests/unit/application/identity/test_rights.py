"""What everyone may do is remembered, and never for longer than it is known to hold."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.access import MemoryMembers, MemoryPersonalTokens
from adapters.memory.database import MemoryDatabase, MemoryLink
from adapters.memory.time import ManualClock
from application.identity import rights
from application.identity.rights import AGE_MAX_S, USED_EVERY_S, VOUCHED_S, Rights
from application.identity.roles import MemberRoles
from domain.identity.access import Access, GrantLevel, Permission, Role
from domain.identity.member import NAME_LENGTH_MAX, Member, MemberKind
from domain.identity.personal_token import (
    SECRET_BYTES,
    PersonalToken,
    digest_of,
    hint_of,
    secret_of,
)
from domain.identity.tenant import Principal, PrincipalKind
from ports.identity import InvalidToken
from ports.identity_scope import IdentityScope
from ports.invited_roles import TenantFull
from ports.storage import StorageUnavailable
from tests import builders
from tests.unit.application.identity.rig import Rig

TENANT, OTHER = UUID(int=1), UUID(int=2)
ACCOUNT = UUID(int=3)
SECRET = secret_of(b"\x07" * SECRET_BYTES)
MEMBER = Member(
    id=UUID(int=4),
    tenant_id=TENANT,
    kind=MemberKind.PERSON,
    role=Role.TRADER,
    name="Ann",
    created_at=builders.AT,
    grants=MappingProxyType({ACCOUNT: GrantLevel.ROLE}),
)
ASKING = Principal(
    user_id=MEMBER.id,
    tenant_id=TENANT,
    token_id="jwt",
    expires_at=builders.AT + timedelta(minutes=5),
)
TOKEN = PersonalToken(
    id=UUID(int=5),
    tenant_id=TENANT,
    member_id=MEMBER.id,
    name="backtest",
    digest=digest_of(SECRET),
    hint=hint_of(SECRET),
    scopes=frozenset({Permission.ORDERS_READ}),
    accounts=None,
    created_at=builders.AT,
    expires_at=builders.AT + timedelta(days=1),
    created_by="user:x",
)


class Storage:
    """Members and tokens that count how often they are read, and can be away."""

    def __init__(self) -> None:
        self.database = MemoryDatabase()
        self.reads = 0
        self.away = False
        # Set, a read waits until it is opened, with what it has read in its hands.
        self.gate: asyncio.Event | None = None
        link = MemoryLink(self.database, check=self._check)
        self.inner = MemoryMembers(link)
        self.tokens = MemoryPersonalTokens(link)
        self.database.members[MEMBER.id] = MEMBER
        self.database.personal_tokens[TOKEN.id] = TOKEN

    def _check(self) -> None:
        if self.away:
            raise StorageUnavailable("away")

    def __getattr__(self, name: str) -> object:
        return getattr(self.inner, name)

    async def of(self, *, member_id: UUID) -> Member | None:
        self.reads += 1
        found = await self.inner.of(member_id=member_id)
        if self.gate is not None:
            await self.gate.wait()
        return found

    def put(self, member: Member) -> None:
        self.database.members[member.id] = member


class Hall:
    """Rights over a storage that counts, on a clock that moves when told."""

    def __init__(self, *, storage: Storage | None = None) -> None:
        self.storage = storage or Storage()
        self.clock = ManualClock(builders.AT)
        self.current = False
        members: Any = self.storage
        self.rights = Rights(
            members=members,
            tokens=self.storage.tokens,
            clock=self.clock,
            is_current=lambda: self.current,
        )

    async def enter(self) -> Principal:
        known = self.rights.known(ASKING)
        return known if known is not None else await self.rights.of(ASKING)


async def test_a_known_member_is_not_looked_up_again() -> None:
    hall = Hall()
    first = await hall.enter()
    assert first.access == MEMBER.access
    assert replace(first, access=ASKING.access) == ASKING
    assert hall.rights.known(ASKING) is first
    hall.clock.advance(AGE_MAX_S)
    assert hall.rights.known(ASKING) is first
    assert hall.storage.reads == 1


async def test_who_logged_in_with_a_drawn_password_may_do_nothing_and_scripts_go_on() -> None:
    hall = Hall()

    class Drawn(MemoryMembers):
        """Whoever it is, their password was drawn for them."""

        async def of(self, *, member_id: UUID) -> Member | None:
            found = await MemoryMembers.of(self, member_id=member_id)
            return replace(found, first_password=True) if found is not None else None

    hall.storage.inner = Drawn(hall.storage.inner.link)
    session = replace(ASKING, token_id="of a session", session_id=UUID(int=9))
    held_up = Access(role=MEMBER.role, first_password=True)
    assert (await hall.rights.of(session)).access == held_up
    assert (await hall.rights.of(ASKING)).access == MEMBER.access
    script = await hall.rights.of_personal(SECRET)
    assert script.access.may(Permission.ORDERS_READ)
    known = await hall.rights.of_member(tenant_id=TENANT, member_id=MEMBER.id)
    assert known == MEMBER.access
    # Whoever is out is out.
    hall.storage.put(replace(MEMBER, disabled_at=builders.AT))
    hall.rights.drop(MEMBER.id)
    with pytest.raises(InvalidToken):
        await hall.rights.of(session)


async def test_what_is_remembered_holds_for_a_quarter_of_a_second() -> None:
    hall = Hall()
    await hall.enter()
    hall.storage.put(replace(MEMBER, role=Role.VIEWER))
    hall.clock.advance(AGE_MAX_S + 0.001)
    assert hall.rights.known(ASKING) is None
    assert (await hall.enter()).access.role is Role.VIEWER


async def test_who_hears_of_every_change_remembers_until_then() -> None:
    hall = Hall()
    hall.current = True
    first = await hall.enter()
    hall.clock.advance(3_600)
    assert hall.rights.known(ASKING) is first
    # Whoever hears nothing any more asks again.
    hall.current = False
    assert hall.rights.known(ASKING) is None


async def test_a_dropped_member_is_looked_up_at_once_and_others_are_told() -> None:
    hall = Hall()
    told: list[UUID] = []
    hall.rights.subscribe(told.append)
    await hall.enter()
    hall.storage.put(replace(MEMBER, grants=MappingProxyType({})))
    hall.rights.drop(MEMBER.id)
    assert told == [MEMBER.id]
    assert not (await hall.enter()).access.sees(ACCOUNT)


async def test_who_may_have_missed_a_change_forgets_everyone() -> None:
    hall = Hall()
    hall.current = True
    await hall.enter()
    hall.storage.put(replace(MEMBER, role=Role.VIEWER))
    hall.rights.forget()
    assert (await hall.enter()).access.role is Role.VIEWER


async def test_what_was_read_before_a_change_is_not_kept_after_it() -> None:
    hall = Hall()
    hall.current = True
    hall.storage.gate = asyncio.Event()
    asking = [asyncio.create_task(hall.enter()) for _ in range(5)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert hall.storage.reads == 1
    hall.storage.put(replace(MEMBER, role=Role.VIEWER))
    hall.rights.drop(MEMBER.id)
    hall.storage.gate.set()
    assert {one.access.role for one in await asyncio.gather(*asking)} == {Role.VIEWER}
    assert (await hall.enter()).access.role is Role.VIEWER


async def test_many_who_come_at_once_are_looked_up_once() -> None:
    hall = Hall()
    await asyncio.gather(*(hall.enter() for _ in range(64)))
    assert hall.storage.reads == 1


async def test_while_storage_is_away_nobody_unknown_comes_in() -> None:
    hall = Hall()
    await hall.enter()
    hall.storage.away = True
    assert hall.rights.known(ASKING) is not None
    hall.clock.advance(AGE_MAX_S * 2)
    for _ in range(2):
        with pytest.raises(StorageUnavailable):
            await hall.enter()
    hall.storage.away = False
    assert (await hall.enter()).access == MEMBER.access


@pytest.mark.parametrize(
    "member",
    [None, replace(MEMBER, tenant_id=OTHER), replace(MEMBER, disabled_at=builders.AT)],
    ids=["nobody", "another tenant's", "disabled"],
)
async def test_a_token_of_no_member_lets_nobody_in(member: Member | None) -> None:
    hall = Hall()
    hall.storage.database.members.clear()
    if member is not None:
        hall.storage.put(member)
    for _ in range(2):
        with pytest.raises(InvalidToken):
            await hall.enter()
        with pytest.raises(InvalidToken):
            await hall.rights.of_personal(SECRET)


async def test_a_command_finds_its_members_rights_and_no_other_tenants() -> None:
    hall = Hall()
    of = hall.rights.of_member
    assert await of(tenant_id=TENANT, member_id=MEMBER.id) == MEMBER.access
    assert await of(tenant_id=OTHER, member_id=MEMBER.id) is None
    assert await of(tenant_id=TENANT, member_id=OTHER) is None


async def test_a_personal_token_narrows_its_member() -> None:
    hall = Hall()
    principal = await hall.rights.of_personal(SECRET)
    assert principal.user_id == MEMBER.id
    assert principal.access.permissions == {Permission.ORDERS_READ}
    assert principal.access.by_token
    assert await hall.rights.of_personal(SECRET) is principal
    # It follows its member.
    hall.storage.put(replace(MEMBER, grants=MappingProxyType({})))
    hall.clock.advance(AGE_MAX_S * 2)
    assert not (await hall.rights.of_personal(SECRET)).access.sees(ACCOUNT)


async def test_a_token_that_another_process_revoked_is_dead_within_the_second() -> None:
    hall = Hall()
    await hall.rights.of_personal(SECRET)
    revoked = replace(TOKEN, revoked_at=builders.AT)
    hall.storage.database.personal_tokens[TOKEN.id] = revoked
    hall.clock.advance(AGE_MAX_S * 2)
    with pytest.raises(InvalidToken):
        await hall.rights.of_personal(SECRET)


async def test_a_token_dies_by_the_drop_of_its_member_and_by_its_time() -> None:
    hall = Hall()
    hall.current = True
    await hall.rights.of_personal(SECRET)
    hall.clock.advance(86_399)
    await hall.rights.of_personal(SECRET)
    hall.clock.advance(1)
    with pytest.raises(InvalidToken):
        await hall.rights.of_personal(SECRET)
    hall = Hall()
    hall.current = True
    await hall.rights.of_personal(SECRET)
    hall.storage.database.personal_tokens[TOKEN.id] = replace(TOKEN, revoked_at=builders.AT)
    hall.rights.drop(MEMBER.id)
    with pytest.raises(InvalidToken):
        await hall.rights.of_personal(SECRET)


async def _stopping() -> Hall:
    """Return a hall where a token that may stop trading was good, and storage is away."""
    hall = Hall()
    scopes = frozenset({Permission.KILL_ACTIVATE})
    hall.storage.database.personal_tokens[TOKEN.id] = replace(
        TOKEN, scopes=scopes, expires_at=builders.AT + timedelta(days=30)
    )
    await hall.rights.of_personal(SECRET)
    hall.storage.away = True
    hall.clock.advance(AGE_MAX_S * 2)
    with pytest.raises(StorageUnavailable):
        await hall.rights.of_personal(SECRET)
    return hall


async def test_a_token_that_was_good_stops_while_storage_is_away() -> None:
    hall = await _stopping()
    principal = hall.rights.vouched(SECRET)
    assert (principal.user_id, principal.tenant_id) == (MEMBER.id, MEMBER.tenant_id)
    assert principal.access.permissions == {Permission.KILL_ACTIVATE}
    hall.clock.advance(VOUCHED_S + 1)
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)


async def test_nobody_vouches_for_a_token_of_whom_anything_was_heard_or_missed() -> None:
    hall = await _stopping()
    hall.rights.drop(MEMBER.id)
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)
    hall = await _stopping()
    hall.rights.forget()
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)


async def test_nobody_vouches_for_a_token_that_was_found_revoked_or_is_over() -> None:
    hall = await _stopping()
    hall.storage.away = False
    good = hall.storage.database.personal_tokens[TOKEN.id]
    hall.storage.database.personal_tokens[TOKEN.id] = replace(good, revoked_at=builders.AT)
    with pytest.raises(InvalidToken):
        await hall.rights.of_personal(SECRET)
    hall.storage.away = True
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)
    hall = await _stopping()
    hall.clock.set_wall(builders.AT + timedelta(days=31))
    with pytest.raises(InvalidToken):
        hall.rights.vouched(SECRET)


async def test_nobody_vouches_for_a_token_that_may_stop_nothing_or_was_never_seen() -> None:
    hall = Hall()
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)
    await hall.rights.of_personal(SECRET)
    with pytest.raises(StorageUnavailable):
        hall.rights.vouched(SECRET)


@pytest.mark.parametrize("secret", ["blst_", SECRET[:-1], secret_of(b"\x08" * SECRET_BYTES)])
async def test_no_other_secret_lets_in(secret: str) -> None:
    with pytest.raises(InvalidToken):
        await Hall().rights.of_personal(secret)


async def test_the_last_use_is_noted_once_a_minute_and_keeps_nobody_out() -> None:
    hall = Hall()
    hall.current = True
    tokens = hall.storage.database.personal_tokens
    await hall.rights.of_personal(SECRET)
    assert tokens[TOKEN.id].last_used_at == builders.AT
    hall.clock.advance(USED_EVERY_S - 1)
    await hall.rights.of_personal(SECRET)
    assert tokens[TOKEN.id].last_used_at == builders.AT
    hall.clock.advance(1)
    hall.storage.away = True
    await hall.rights.of_personal(SECRET)
    hall.storage.away = False
    hall.clock.advance(USED_EVERY_S)
    await hall.rights.of_personal(SECRET)
    assert tokens[TOKEN.id].last_used_at == hall.clock.now()


async def test_rights_are_read_once_for_all_tokens_of_a_member(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rights, "_TOKENS_OF_ONE_MAX", 2)
    hall = Hall()
    hall.clock.advance(1_000)
    tokens = [replace(ASKING, token_id=f"jwt-{number}") for number in range(3)]
    for one in tokens[:2]:
        assert (await hall.rights.of(one)).token_id == one.token_id
    assert hall.storage.reads == 1
    assert [hall.rights.known(one) is not None for one in tokens] == [True, True, False]
    # A third is one too many to be remembered beside the others.
    await hall.rights.of(tokens[2])
    assert [hall.rights.known(one) is not None for one in tokens] == [False, False, True]
    hall.clock.advance(AGE_MAX_S)
    await hall.rights.of(tokens[0])
    assert hall.storage.reads == 1
    hall.clock.advance(0.001)
    await hall.rights.of(tokens[0])
    assert hall.storage.reads == 2


async def test_a_token_reaches_its_own_accounts_only_and_tells_what_it_is() -> None:
    hall = Hall()
    other = UUID(int=33)
    both = {ACCOUNT: GrantLevel.ROLE, other: GrantLevel.ROLE}
    hall.storage.put(replace(MEMBER, grants=MappingProxyType(both)))
    tokens = hall.storage.database.personal_tokens
    tokens[TOKEN.id] = replace(TOKEN, accounts=frozenset({ACCOUNT}))
    principal = await hall.rights.of_personal(SECRET)
    assert principal.kind is PrincipalKind.TOKEN
    assert principal.access.accounts == frozenset({ACCOUNT})
    assert principal.access.permissions == {Permission.ORDERS_READ}
    machine = replace(MEMBER, kind=MemberKind.MACHINE, role=Role.AGENT)
    hall.storage.put(machine)
    hall.clock.advance(AGE_MAX_S + 0.001)
    assert (await hall.rights.of_personal(SECRET)).kind is PrincipalKind.AGENT


async def test_a_tokens_use_is_noted_once_a_minute_whatever_is_dropped() -> None:
    hall = Hall()
    tokens = hall.storage.database.personal_tokens

    async def used_at() -> object:
        await hall.rights.of_personal(SECRET)
        return tokens[TOKEN.id].last_used_at

    first = hall.clock.now()
    assert await used_at() == first
    hall.clock.advance(USED_EVERY_S - 0.001)
    hall.rights.drop(MEMBER.id)
    assert await used_at() == first
    hall.clock.advance(0.001)
    assert await used_at() == hall.clock.now()


async def test_so_many_members_and_tokens_are_remembered_the_latest() -> None:
    hall = Hall()
    hall.current = True
    database = hall.storage.database
    members = [replace(MEMBER, id=UUID(int=40 + number)) for number in range(3)]
    secrets = [secret_of(bytes([number]) * SECRET_BYTES) for number in range(3)]
    for member, secret in zip(members, secrets, strict=True):
        hall.storage.put(member)
        token_id = UUID(int=member.id.int + 10)
        database.personal_tokens[token_id] = replace(
            TOKEN, id=token_id, member_id=member.id, digest=digest_of(secret)
        )
    readable: Any = hall.storage
    few = Rights(
        members=readable,
        tokens=hall.storage.tokens,
        clock=hall.clock,
        is_current=lambda: True,
        kept_max=2,
    )
    people = [replace(ASKING, user_id=member.id) for member in members]
    for one in people[:2]:
        await few.of(one)
    assert [few.known(one) is not None for one in people] == [True, True, False]
    await few.of(people[2])
    assert [few.known(one) is not None for one in people] == [False, True, True]
    for secret in secrets[1:]:
        await few.of_personal(secret)
    assert list(few._known_tokens) == [digest_of(one) for one in secrets[1:]]
    await few.of_personal(secrets[0])
    assert list(few._known_tokens) == [digest_of(one) for one in (secrets[2], secrets[0])]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada", "Ada"),
        ("", "ada@example.com"),
        ("A\nda", "ada@example.com"),
        ("x" * (NAME_LENGTH_MAX + 1), "x" * NAME_LENGTH_MAX),
    ],
)
async def test_who_joins_is_a_member_under_a_name_that_can_be_shown(name: str, shown: str) -> None:
    rig = Rig()
    user = replace(rig.user("ada@example.com"), name=name, created_at=builders.AT)
    roles = MemberRoles(members_max=1)

    async def assign(scope: IdentityScope) -> None:
        await roles.assign(scope, user=user, role="trader")

    await rig.within(assign)
    assert rig.database.members == {
        user.id: Member(
            id=user.id,
            tenant_id=rig.tenant.id,
            kind=MemberKind.PERSON,
            role=Role.TRADER,
            name=shown,
            created_at=builders.AT,
            email="ada@example.com",
        )
    }
    with pytest.raises(TenantFull) as caught:
        await rig.within(assign)
    assert caught.value.args == TenantFull(1).args
