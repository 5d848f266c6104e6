"""One address in several tenants: none of them hears of the others, and its user gets in."""

from dataclasses import replace

import pytest

from application.identity.deps import Asking
from application.identity.invitations import AddressTaken, Invited, Joined, JoinTry
from application.identity.issued import IssuedToken
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.operator_factors import OperatorFactors, SeveralUsers
from domain.identity.access import Role
from domain.identity.factors import FactorKind
from domain.identity.tenant import Tenant, User
from ports.identity import HasherBusy
from tests import builders
from tests.tenants import add_tenant, add_user
from tests.unit.application.identity.door import EMAIL, HOME, NOW, PASSWORD, Door
from tests.unit.application.identity.factor_door import enrol

THEIRS = "a drawer of quiet umbrellas"
THEIR_OWNER = "theirs@example.com"


@pytest.fixture
async def door() -> Door:
    return await Door().furnish()


@pytest.fixture
async def stranger(door: Door) -> Asking:
    """Ask as the owner of another tenant."""
    tenant = Tenant(id=builders.new_id(), name="Theirs", created_at=NOW)
    await add_tenant(door.storage.members, tenant)
    owner = User(
        id=builders.new_id(),
        tenant_id=tenant.id,
        email=THEIR_OWNER,
        password_hash=await door.hasher.hash(PASSWORD),
        created_at=NOW,
    )
    await add_user(door.storage.members, owner, role=Role.OWNER)
    return await door.asking((await door.log_in(email=THEIR_OWNER)).issued)


async def join(door: Door, by: Asking, *, password: str = THEIRS) -> User:
    """Let the owner's address join another tenant too."""
    made = await door.identity.invitations.invite(by, email=EMAIL.upper(), role="viewer")
    assert isinstance(made, Invited)
    joined = await door.identity.invitations.accept(
        JoinTry(token=made.token, name="Ada", password=password, visitor=HOME)
    )
    assert isinstance(joined, Joined)
    return joined.user


async def entered(door: Door, password: str, **given: object) -> User | None:
    """Log in by the shared address, and return who that is."""
    said = await door.identity.login(
        # Fields by name: mypy cannot tell which is of what type.
        LoginTry(email=EMAIL, password=password, visitor=HOME, **given)  # type: ignore[arg-type]
    )
    if isinstance(said, LoginRefused):
        return None
    assert isinstance(said, IssuedToken)
    user = await door.storage.users.find(user_id=said.principal.user_id)
    assert user is not None
    assert said.principal.tenant_id == user.tenant_id
    return user


async def test_an_invitation_says_nothing_of_another_tenant_s_users(
    door: Door, stranger: Asking
) -> None:
    invite = door.identity.invitations.invite
    # A user elsewhere and nobody at all look alike, to the inviter and to who joins.
    for email in (EMAIL, "nobody@example.com"):
        made = await invite(stranger, email=email, role="viewer")
        assert isinstance(made, Invited)
        joined = await door.identity.invitations.accept(
            JoinTry(token=made.token, name="Ada", password=THEIRS, visitor=HOME)
        )
        assert isinstance(joined, Joined)
        assert await invite(stranger, email=email, role="viewer") == AddressTaken()
    own = await door.asking((await door.log_in()).issued)
    assert await invite(own, email=EMAIL, role="viewer") == AddressTaken()
    assert isinstance(await invite(own, email=THEIR_OWNER, role="viewer"), Invited)


async def test_the_password_tells_which_user_logs_in(door: Door, stranger: Asking) -> None:
    theirs = await join(door, stranger)
    first, second = await entered(door, PASSWORD), await entered(door, THEIRS)
    assert first is not None
    assert first.id == door.user_id
    assert second == theirs
    assert await entered(door, "neither of the two") is None


async def test_with_one_password_for_both_the_tenant_or_the_device_tells(
    door: Door, stranger: Asking
) -> None:
    theirs = await join(door, stranger, password=PASSWORD)
    plain = await entered(door, PASSWORD)
    assert plain is not None
    assert plain.id == door.user_id
    assert await entered(door, PASSWORD, tenant_id=theirs.tenant_id) == theirs
    visit = await door.identity.login(
        LoginTry(
            email=EMAIL,
            password=PASSWORD,
            visitor=HOME,
            lasting=True,
            tenant_id=theirs.tenant_id,
        )
    )
    assert isinstance(visit, IssuedToken)
    assert visit.refresh is not None
    device = visit.refresh.device_token
    assert await entered(door, PASSWORD, lasting=True, device_token=device) == theirs
    # A device is its user's: with it no other's password is tried.
    own = await entered(door, PASSWORD, device_token=device, tenant_id=door.tenant_id)
    assert own is not None
    assert own.id == door.user_id


async def test_a_known_device_tries_no_other_user_s_password(door: Door, stranger: Asking) -> None:
    await join(door, stranger)
    device = (await door.log_in()).refresh.device_token
    before = door.hasher.verified
    assert await entered(door, THEIRS, lasting=True, device_token=device) is None
    assert door.hasher.verified == before + 1


async def test_another_tenant_s_name_lets_nobody_in_and_costs_the_same(
    door: Door, stranger: Asking
) -> None:
    before = door.hasher.verified
    assert await entered(door, PASSWORD, tenant_id=stranger.tenant_id) is None
    door.clock.advance(1)
    assert await entered(door, PASSWORD, tenant_id=builders.new_id()) is None
    assert door.hasher.verified == before + 2
    entries = [one for one in await door.audits() if one.action == "identity.login_failed"]
    assert [one.actor for one in entries] == ["unknown", "unknown"]


async def test_a_wrong_password_is_told_to_every_tenant_it_was_tried_in(
    door: Door, stranger: Asking
) -> None:
    theirs = await join(door, stranger)
    assert await entered(door, "neither of the two") is None
    entries = [one for one in await door.audits() if one.action == "identity.login_failed"]
    assert {(one.tenant_id, one.actor) for one in entries} == {
        (door.tenant_id, f"user:{door.user_id}"),
        (theirs.tenant_id, f"user:{theirs.id}"),
    }
    # One wait for the address, whichever tenant is named.
    for tenant_id in (None, theirs.tenant_id, door.tenant_id):
        said = await door.identity.login(
            LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME, tenant_id=tenant_id)
        )
        assert said == LoginRefused(retry_after_s=1)


async def test_nobody_guesses_without_end_by_logging_in_elsewhere_after_each_guess(
    door: Door, stranger: Asking
) -> None:
    # Whoever invites an address chooses its password there.
    theirs = await join(door, stranger)
    waits = []
    for _ in range(4):
        for named in (None, theirs.tenant_id):
            assert await entered(door, "a guess at the owner's") is None
            said = await door.identity.login(
                LoginTry(email=EMAIL, password=THEIRS, visitor=HOME, tenant_id=named)
            )
            assert isinstance(said, LoginRefused)
            assert said.retry_after_s is not None
            waits.append(said.retry_after_s)
            door.clock.advance(said.retry_after_s)
            assert await entered(door, THEIRS, tenant_id=named) == theirs
    assert waits == [1, 2, 4, 8, 16, 32, 64, 128]


async def test_a_guess_counts_though_the_hasher_has_no_place_for_the_second_user(
    door: Door, stranger: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    await join(door, stranger)
    verify = door.hasher.verify

    async def once(*, password: str, hash: str) -> bool:
        right = await verify(password=password, hash=hash)
        monkeypatch.setattr(door.hasher, "verify", full)
        return right

    async def full(*, password: str, hash: str) -> bool:
        raise HasherBusy("no place")

    monkeypatch.setattr(door.hasher, "verify", once)
    with pytest.raises(HasherBusy):
        await entered(door, "a guess at the owner's")
    monkeypatch.undo()
    tried = LoginTry(email=EMAIL, password=PASSWORD, visitor=HOME)
    assert await door.identity.login(tried) == LoginRefused(retry_after_s=1)


async def test_a_known_device_is_known_however_many_tenants_have_the_address(door: Door) -> None:
    for number in range(4):
        tenant = Tenant(id=builders.new_id(), name=f"Tenant {number}", created_at=NOW)
        await add_tenant(door.storage.members, tenant)
        last = User(
            id=builders.new_id(),
            tenant_id=tenant.id,
            email=EMAIL,
            password_hash=await door.hasher.hash(THEIRS + str(number)),
            created_at=NOW,
        )
        await add_user(door.storage.members, last, role=Role.VIEWER)
    said = await door.identity.login(
        LoginTry(
            email=EMAIL,
            password=f"{THEIRS}3",
            visitor=HOME,
            lasting=True,
            tenant_id=last.tenant_id,
        )
    )
    assert isinstance(said, IssuedToken)
    assert said.refresh is not None
    device = said.refresh.device_token
    assert await entered(door, f"{THEIRS}3", lasting=True, device_token=device) == last


async def test_who_is_kept_out_of_one_tenant_gets_into_the_other(
    door: Door, stranger: Asking
) -> None:
    theirs = await join(door, stranger, password=PASSWORD)
    async with door.storage.identity.begin() as scope:
        own = await scope.users.get(door.user_id)
        assert own is not None
        await scope.users.update(replace(own, disabled_at=NOW))
    assert await entered(door, PASSWORD) == theirs


async def test_one_try_costs_three_hashes_at_most(door: Door) -> None:
    for number in range(4):
        tenant = Tenant(id=builders.new_id(), name=f"Tenant {number}", created_at=NOW)
        await add_tenant(door.storage.members, tenant)
        last = User(
            id=builders.new_id(),
            tenant_id=tenant.id,
            email=EMAIL,
            password_hash=await door.hasher.hash(f"a drawer of {number} umbrellas"),
            created_at=NOW,
        )
        await add_user(door.storage.members, last, role=Role.VIEWER)
    before = door.hasher.verified
    assert await entered(door, "a drawer of 3 umbrellas") is None
    assert door.hasher.verified == before + 3
    door.clock.advance(1)
    assert await entered(door, "a drawer of 3 umbrellas", tenant_id=last.tenant_id) == last


async def test_whoever_holds_the_folder_takes_nobody_s_factors_for_another_s(
    door: Door, stranger: Asking
) -> None:
    await enrol(door)
    theirs = await join(door, stranger)
    deps = door.identity.factors.deps
    operating = OperatorFactors(
        deps=deps, users=door.storage.users, factors=door.identity.factors.kinds
    )
    with pytest.raises(SeveralUsers, match="2 tenants") as told:
        await operating.remove(email=EMAIL, actor="system")
    assert list(told.value.tenants) == [door.tenant_id, theirs.tenant_id]
    with pytest.raises(SeveralUsers):
        await operating.kinds(email=EMAIL)
    assert await operating.remove(email=EMAIL, actor="system", tenant_id=theirs.tenant_id) == 0
    kinds = await operating.kinds(email=EMAIL, tenant_id=door.tenant_id)
    assert kinds == frozenset({FactorKind.TOTP, FactorKind.BACKUP_CODE})
    assert await operating.remove(email=EMAIL, actor="system", tenant_id=door.tenant_id) == 1
    assert await operating.kinds(email=THEIR_OWNER) == frozenset()
    assert await operating.kinds(email="nobody@example.com") is None
