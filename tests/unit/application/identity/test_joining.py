"""Invitations over memory: who joins and who does not, and what a list shows."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.memory.breached_passwords import MemoryBreachedPasswords
from adapters.memory.identity import MemoryPeople
from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualSleeper
from application.identity.invitations import Invitations, Joined, JoinTry
from application.identity.passwords import PasswordPolicy, TokenSpent, WeakPassword, WrongPassword
from domain.identity.invitation import Invitation
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.password import PasswordRules, Weakness
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from tests.unit.application.identity.door import NOW, PASSWORD
from tests.unit.application.identity.rig import HOUR, THERE, TRACE, Rig, Waits

EMAIL = "ada@example.com"


class Roles:
    """Any role; notes who was given which (port InvitedRoles)."""

    def __init__(self) -> None:
        self.given: list[tuple[User, str]] = []

    def check(self, role: str) -> None:
        """Refuse none."""

    async def assign(self, scope: IdentityScope, *, user: User, role: str) -> None:
        """Note it."""
        assert await scope.users.get(user.id) == user
        self.given.append((user, role))


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def roles() -> Roles:
    return Roles()


@pytest.fixture
def invitations(rig: Rig, roles: Roles) -> Invitations:
    return Invitations(
        deps=rig.deps,
        users=rig.users,
        people=MemoryPeople(rig.link),
        hasher=QuickHasher(randomness=rig.randomness, sleeper=ManualSleeper(rig.clock)),
        policy=PasswordPolicy(rules=PasswordRules(), breached=MemoryBreachedPasswords([])),
        throttle=rig.throttle,
        roles=roles,
        lasts=timedelta(days=7),
    )


def invited(rig: Rig, token: str = "token", **given: Any) -> Invitation:
    """Store an invitation of the tenant."""
    whole: dict[str, Any] = {
        "id": rig.ids.new(),
        "tenant_id": rig.tenant.id,
        "email": EMAIL,
        "role": "viewer",
        "digest": digest_of(token),
        "invited_by": rig.owner.id,
        "created_at": NOW,
        "expires_at": NOW + HOUR,
        **given,
    }
    # Fields by name: mypy cannot tell which is of what type.
    made = Invitation(**whole)
    rig.database.invitations[made.id] = made
    return made


def joining(token: str = "token", **given: Any) -> JoinTry:
    whole: dict[str, Any] = {
        "name": "Ada",
        "password": PASSWORD,
        "visitor": THERE,
        "trace_id": TRACE,
        **given,
    }
    return JoinTry(token=token, **whole)


async def test_who_joins_is_stored_whole_and_the_invitation_is_used(
    rig: Rig, roles: Roles, invitations: Invitations
) -> None:
    invitation = invited(rig)
    rig.clock.advance(60)
    at = rig.clock.now()
    joined = await invitations.accept(joining())
    assert isinstance(joined, Joined)
    user = joined.user
    assert user == User(
        id=user.id,
        tenant_id=rig.tenant.id,
        email=EMAIL,
        password_hash=user.password_hash,
        created_at=at,
        name="Ada",
    )
    assert await invitations.hasher.verify(password=PASSWORD, hash=user.password_hash)
    assert rig.database.users[user.id] == user
    assert roles.given == [(user, "viewer")]
    assert rig.database.invitations == {invitation.id: invitation.accepted(at)}
    detail = (("role", "viewer"), ("user", str(user.id)))
    told = rig.entry("invitation.accept", *detail, actor=f"user:{user.id}", subject=invitation.id)
    assert rig.fresh() == [told]
    assert await invitations.accept(joining()) == TokenSpent()


async def test_the_name_that_is_chosen_makes_no_password(
    rig: Rig, invitations: Invitations
) -> None:
    invited(rig)
    refused = await invitations.accept(joining(name="Lovelace", password="LovelaceLovelace"))
    assert refused == WeakPassword(weakness=Weakness.PERSONAL, length_min=15)
    assert rig.fresh() == []


async def test_joining_is_counted_by_network_before_anything_is_looked_up(
    rig: Rig, invitations: Invitations
) -> None:
    invited(rig)
    waits = Waits()
    slow = replace(invitations, throttle=replace(rig.throttle, limits=waits))
    assert await slow.accept(joining()) == WrongPassword(retry_after_s=3)
    assert waits.asked == [("login-ip", THERE.ip)]
    assert isinstance(await invitations.accept(joining()), Joined)


@pytest.mark.parametrize(
    "change", [{"accepted_at": NOW}, {"withdrawn_at": NOW}, {"expires_at": NOW}, None]
)
async def test_an_invitation_that_is_over_lets_nobody_in(
    rig: Rig, invitations: Invitations, change: dict[str, Any] | None
) -> None:
    invitation = invited(rig)
    if change is None:
        rig.database.invitations = {}
    else:
        rig.database.invitations[invitation.id] = replace(invitation, **change)
    assert await invitations.accept(joining()) == TokenSpent()
    # Nor is a password looked at for it.
    assert await invitations.accept(joining(password="short")) == TokenSpent()
    assert len(rig.database.users) == 1


async def test_an_invitation_that_is_withdrawn_while_a_password_is_hashed_is_spent(
    rig: Rig, invitations: Invitations
) -> None:
    invitation = invited(rig)

    class Slow(QuickHasher):
        async def hash(self, password: str) -> str:
            rig.database.invitations[invitation.id] = invitation.withdrawn(NOW)
            return await super().hash(password)

    slow = Slow(randomness=rig.randomness, sleeper=ManualSleeper(rig.clock))
    assert await replace(invitations, hasher=slow).accept(joining()) == TokenSpent()
    assert len(rig.database.users) == 1


@pytest.mark.parametrize(("length", "found"), [(LENGTH_MAX, True), (LENGTH_MAX + 1, False)])
async def test_a_token_longer_than_any_is_not_looked_up(
    rig: Rig, invitations: Invitations, length: int, found: bool
) -> None:
    invited(rig, "x" * length)
    joined = await invitations.accept(joining("x" * length))
    assert isinstance(joined, Joined if found else TokenSpent)


async def test_invitations_are_listed_by_pages(rig: Rig, invitations: Invitations) -> None:
    one, two, three = (invited(rig, str(number)) for number in range(3))
    asking = rig.asking()
    assert await invitations.list(asking, limit=9) == [one, two, three]
    assert await invitations.list(asking, limit=2) == [one, two]
    assert await invitations.list(asking, limit=9, after=one.id) == [two, three]
    assert await invitations.list(asking, limit=1, after=one.id) == [two]
