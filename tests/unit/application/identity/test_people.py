"""An owner invites people, keeps them out and lets them in again."""

from dataclasses import replace

import pytest

from adapters.memory.access import MemoryMembers
from adapters.memory.identity import MemoryPeople
from application.identity.deps import Asking
from application.identity.invitations import (
    AddressTaken,
    InvitationNotFound,
    Invited,
    Joined,
    JoinTry,
)
from application.identity.login import LoginRefused
from application.identity.passwords import TokenSpent, WeakPassword
from application.identity.people import ManageUsers, NotOneself
from application.identity.roles import MemberRoles
from application.identity.unknown_user import UserNotFound
from domain.identity.access import Permission, Role
from domain.identity.change import ChangeKind
from domain.identity.tenant import User
from domain.shared.values import InvalidValue
from ports.invited_roles import TenantFull
from tests import builders
from tests.unit.application.identity.door import HOME, NOW, PASSWORD, Door
from tests.unit.application.identity.rig import Rig

ADA = "ada@example.com"


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def owner(door: Door) -> Asking:
    return await door.asking((await door.log_in()).issued)


async def _invited(door: Door, owner: Asking, *, email: str = ADA) -> Invited:
    made = await door.identity.invitations.invite(owner, email=email, role="trader")
    assert isinstance(made, Invited)
    return made


async def _join(door: Door, token: str, *, password: str = PASSWORD) -> object:
    return await door.identity.invitations.accept(
        JoinTry(token=token, name="Ada", password=password, visitor=HOME)
    )


async def _joined(door: Door, owner: Asking) -> User:
    joined = await _join(door, (await _invited(door, owner)).token)
    assert isinstance(joined, Joined)
    return joined.user


async def test_the_invited_chooses_name_and_password_and_logs_in(door: Door, owner: Asking) -> None:
    made = await _invited(door, owner)
    assert made.token not in repr(made)
    joined = await _join(door, made.token)
    assert isinstance(joined, Joined)
    assert (joined.user.email, joined.user.name) == (ADA, "Ada")
    assert joined.user.tenant_id == door.tenant_id
    visit = await door.log_in(email=ADA)
    assert visit.issued.principal.user_id == joined.user.id
    assert await _join(door, made.token) == TokenSpent()
    actions = await door.actions()
    assert actions.count("invitation.make") == actions.count("invitation.accept") == 1


async def test_a_later_invitation_withdraws_the_earlier(door: Door, owner: Asking) -> None:
    first = await _invited(door, owner)
    second = await _invited(door, owner, email=ADA.upper())
    assert await _join(door, first.token) == TokenSpent()
    assert isinstance(await _join(door, second.token), Joined)


async def test_an_invitation_lapses_and_can_be_taken_back(door: Door, owner: Asking) -> None:
    made = await _invited(door, owner)
    door.clock.advance(72 * 3_600)
    assert await _join(door, made.token) == TokenSpent()
    made = await _invited(door, owner)
    withdrawn = await door.identity.invitations.withdraw(owner, invitation_id=made.invitation.id)
    assert withdrawn.withdrawn_at is not None
    assert await _join(door, made.token) == TokenSpent()
    with pytest.raises(InvitationNotFound):
        await door.identity.invitations.withdraw(owner, invitation_id=builders.new_id())
    listed = await door.identity.invitations.list(owner, limit=9)
    assert len(listed) == 2


async def test_weak_passwords_and_taken_addresses_are_refused(door: Door, owner: Asking) -> None:
    made = await _invited(door, owner)
    assert isinstance(await _join(door, made.token, password="ada@example.com!"), WeakPassword)
    assert isinstance(await _join(door, made.token), Joined)
    again = await door.identity.invitations.invite(owner, email="ADA@example.com", role="viewer")
    assert again == AddressTaken()


@pytest.mark.parametrize(("email", "role"), [("ada", "trader"), (ADA, "agent"), (ADA, "king")])
async def test_what_is_no_address_or_no_role_is_refused(
    door: Door, owner: Asking, email: str, role: str
) -> None:
    with pytest.raises(InvalidValue):
        await door.identity.invitations.invite(owner, email=email, role=role)


async def test_who_is_disabled_is_out_at_once_and_logs_in_anew_after(
    door: Door, owner: Asking
) -> None:
    user = await _joined(door, owner)
    visit = await door.log_in(email=ADA)
    disabled = await door.identity.users.disable(owner, user_id=user.id)
    assert isinstance(disabled, User)
    assert disabled.disabled_at is not None
    assert not await door.holds(visit.issued.token)
    assert not isinstance(await door.try_(email=ADA), type(visit.issued))
    enabled = await door.identity.users.enable(owner, user_id=user.id)
    assert enabled.disabled_at is None
    assert not await door.holds(visit.issued.token)
    door.clock.advance(1)
    await door.log_in(email=ADA)
    assert await door.told() == [ChangeKind.USER_DISABLED, ChangeKind.USER_ENABLED]
    assert [one.id for one in await door.identity.users.list(owner, limit=9)] == [
        door.user_id,
        user.id,
    ]


async def test_doing_it_twice_tells_it_once(door: Door, owner: Asking) -> None:
    user = await _joined(door, owner)
    await door.identity.users.note_keys([(door.tenant_id, "k-1")])
    for _ in range(2):
        await door.identity.users.disable(owner, user_id=user.id)
    assert (await door.actions()).count("user.disable") == 1
    for enabled in (False, False, True, True):
        await door.identity.users.set_key(owner, key_id="k-1", enabled=enabled)
    kinds = [ChangeKind.USER_DISABLED, ChangeKind.KEY_DISABLED, ChangeKind.KEY_ENABLED]
    assert await door.told() == kinds


async def test_nobody_disables_themselves_or_a_stranger(door: Door, owner: Asking) -> None:
    assert await door.identity.users.disable(owner, user_id=door.user_id) == NotOneself()
    with pytest.raises(UserNotFound):
        await door.identity.users.disable(owner, user_id=builders.new_id())


async def test_who_joins_is_a_member_in_the_invited_role(door: Door, owner: Asking) -> None:
    user = await _joined(door, owner)
    member = await door.storage.members.of(member_id=user.id)
    assert member is not None
    assert (member.tenant_id, member.role, member.name) == (door.tenant_id, Role.TRADER, "Ada")
    ada = (await door.log_in(email=ADA)).issued.token
    access = (await door.identity.authenticate(ada)).access
    assert access.role is Role.TRADER
    assert not access.may(Permission.IDENTITY_MANAGE)
    assert owner.principal.access.may(Permission.IDENTITY_MANAGE)


async def test_nobody_joins_a_tenant_that_is_full(door: Door, owner: Asking) -> None:
    made = await _invited(door, owner)
    full = replace(door.identity.invitations, roles=MemberRoles(members_max=1))
    tried = JoinTry(token=made.token, name="Ada", password=PASSWORD, visitor=HOME)
    with pytest.raises(TenantFull):
        await full.accept(tried)
    assert list(await door.storage.users.with_email(email=ADA)) == []
    assert isinstance(await door.identity.invitations.accept(tried), Joined)


async def test_disabling_a_member_and_a_user_are_one_thing(door: Door, owner: Asking) -> None:
    user = await _joined(door, owner)
    visit = await door.log_in(email=ADA)
    member = await door.storage.members.of(member_id=user.id)
    assert member is not None
    entry = builders.audit(tenant_id=door.tenant_id)
    await door.storage.members.change(
        member=replace(member, disabled_at=NOW), audit=entry, cancels=builders.canceled
    )
    assert not await door.holds(visit.issued.token)
    assert isinstance(await door.try_(email=ADA), LoginRefused)
    assert (
        await door.identity.sessions.list(Asking(principal=visit.issued.principal), limit=9) == []
    )
    enabled = await door.identity.users.enable(owner, user_id=user.id)
    assert enabled.disabled_at is None
    after = await door.storage.members.of(member_id=user.id)
    assert after is not None
    assert after.disabled_at is None


async def test_users_are_listed_by_pages() -> None:
    rig = Rig()
    users = ManageUsers(
        deps=rig.deps,
        people=MemoryPeople(rig.link),
        users=rig.users,
        members=MemoryMembers(rig.link),
        changed=lambda _: None,
    )
    every = [rig.owner, *(rig.user(f"{number}@example.com") for number in range(3))]
    asking = rig.asking()
    assert await users.list(asking, limit=9) == every
    assert await users.list(asking, limit=2) == every[:2]
    assert await users.list(asking, limit=9, after=every[1].id) == every[2:]
