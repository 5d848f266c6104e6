"""Setting passwords over memory: who may, what ends with the old one, and what is told."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

import pytest

from adapters.memory.breached_passwords import MemoryBreachedPasswords
from adapters.memory.security import QuickHasher
from adapters.memory.time import ManualSleeper
from application.identity.access_commands import NeedsPerson
from application.identity.passwords import (
    IssuedReset,
    PasswordPolicy,
    Passwords,
    PasswordSet,
    TokenSpent,
    WeakPassword,
    WrongPassword,
)
from application.identity.unknown_user import UserNotFound
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.factors import Recovery
from domain.identity.invitation import PasswordReset
from domain.identity.one_time import LENGTH_MAX, digest_of
from domain.identity.password import PasswordRules, Weakness
from domain.identity.session import SessionEnd
from domain.identity.tenant import PrincipalKind, User
from ports.identity import HasherBusy
from tests.unit.application.identity.door import BREACHED, NOW, PASSWORD
from tests.unit.application.identity.rig import HOUR, THERE, TRACE, Rig, Waits

NEW = "seven copper lanterns drift"


class Hasher(QuickHasher):
    """A quick hasher that can be busy, and lets something happen beside its work."""

    busy = False
    beside: Callable[[], None] = staticmethod(lambda: None)

    async def hash(self, password: str) -> str:
        """Hash, unless too many wait."""
        if self.busy:
            raise HasherBusy("busy")
        self.beside()
        return await super().hash(password)


@dataclass(slots=True)
class Context:
    """The passwords of a room's owner."""

    rig: Rig
    hasher: Hasher
    passwords: Passwords

    @property
    def owner(self) -> User:
        """The owner as they are stored."""
        return self.rig.database.users[self.rig.owner.id]

    async def holds(self, password: str) -> bool:
        """Tell whether that is the owner's password."""
        return await self.hasher.verify(password=password, hash=self.owner.password_hash)

    async def issued(self) -> IssuedReset:
        """Make a reset for the owner."""
        made = await self.passwords.issue_reset(self.rig.asking(), user_id=self.rig.owner.id)
        self.rig.fresh()
        return made

    async def reset(
        self, token: str, new: str = NEW
    ) -> PasswordSet | TokenSpent | WeakPassword | WrongPassword:
        """Set a password by a token."""
        return await self.passwords.reset(token=token, new=new, visitor=THERE, trace_id=TRACE)


@pytest.fixture
async def context() -> Context:
    rig = Rig()
    hasher = Hasher(randomness=rig.randomness, sleeper=ManualSleeper(rig.clock))
    rig.owner = replace(rig.owner, password_hash=await hasher.hash(PASSWORD))
    rig.database.users[rig.owner.id] = rig.owner
    passwords = Passwords(
        deps=rig.deps,
        users=rig.users,
        hasher=hasher,
        policy=PasswordPolicy(rules=PasswordRules(), breached=MemoryBreachedPasswords([BREACHED])),
        throttle=rig.throttle,
        reset_lasts=timedelta(hours=1),
        changed=rig.heard.append,
    )
    rig.clock.advance(60)
    return Context(rig, hasher, passwords)


def recovering(rig: Rig) -> Recovery:
    """Store an open request of the owner to take the factors away."""
    asked = Recovery(
        id=rig.ids.new(),
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    rig.database.recoveries[asked.id] = asked
    return asked


@pytest.mark.parametrize("way", ["change", "reset"])
async def test_a_new_password_ends_what_the_old_one_opened(context: Context, way: str) -> None:
    rig = context.rig
    own, other, asked = rig.session(), rig.session(), recovering(rig)
    token = (await context.issued()).token
    at = rig.clock.now()
    if way == "change":
        asking = rig.asking(session_id=own.id)
        done = await context.passwords.change(asking, current=PASSWORD, new=NEW)
        assert done == PasswordSet(sessions_ended=1)
        assert rig.database.sessions[own.id] == own
    else:
        assert await context.reset(token) == PasswordSet(sessions_ended=2)
        assert rig.database.sessions[own.id].ended_at == at
    # This process knows at once that they may do something else by now.
    assert rig.heard == [rig.owner.id]
    ended = replace(other, ended_at=at, end=SessionEnd.PASSWORD)
    assert rig.database.sessions[other.id] == ended
    assert await context.holds(NEW)
    assert replace(context.owner, password_hash="") == replace(
        rig.owner, password_hash="", tokens_from=at
    )
    assert rig.database.recoveries == {asked.id: replace(asked, canceled_at=at)}
    assert [one.used_at for one in rig.database.resets.values()] == [at]
    canceled = (("recovery", str(asked.id)), ("why", f"password.{way}"))
    count = ("sessions_ended", "1" if way == "change" else "2")
    assert rig.fresh() == [
        rig.entry("recovery.cancel", *canceled),
        rig.entry("notice.recovery_canceled", *canceled),
        rig.entry(f"password.{way}", count, subject=rig.owner.id),
    ]
    (change,) = rig.database.identity_changes
    assert change == IdentityChange(
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        kind=ChangeKind.SESSIONS_ENDED,
        at=at,
        seq=change.seq,
    )
    assert await context.reset(token) == TokenSpent()


async def test_a_reset_is_stored_as_a_digest_and_voids_the_one_before(context: Context) -> None:
    rig = context.rig
    first = await context.issued()
    rig.clock.advance(60)
    at = rig.clock.now()
    second = await context.passwords.issue_reset(rig.asking(), user_id=rig.owner.id)
    assert (second.user, second.expires_at) == (rig.owner, at + HOUR)
    before, stored = rig.database.resets.values()
    assert (before.digest, before.used_at) == (digest_of(first.token), at)
    assert stored == PasswordReset(
        id=stored.id,
        tenant_id=rig.tenant.id,
        user_id=rig.owner.id,
        digest=digest_of(second.token),
        created_at=at,
        expires_at=at + HOUR,
    )
    assert second.token.startswith("blp_")
    assert rig.fresh() == [rig.entry("password.reset_issue", subject=rig.owner.id)]
    assert await context.reset(first.token) == TokenSpent()


async def test_a_reset_is_for_a_user_of_ones_own_tenant(context: Context) -> None:
    rig = context.rig
    other = rig.user("ada@example.com")
    rig.database.users[other.id] = replace(other, tenant_id=UUID(int=8))
    for user_id in (other.id, UUID(int=9)):
        with pytest.raises(UserNotFound) as caught:
            await context.passwords.issue_reset(rig.asking(), user_id=user_id)
        assert caught.value.args == UserNotFound(user_id).args
    assert (rig.database.resets, rig.fresh()) == ({}, [])


async def test_a_reset_lapses_after_its_hour(context: Context) -> None:
    token = (await context.issued()).token
    context.rig.clock.advance(3_599.999)
    # A password that is not taken uses nothing up.
    weak = await context.reset(token, BREACHED)
    assert weak == WeakPassword(weakness=Weakness.BREACHED, length_min=15)
    context.rig.clock.advance(0.001)
    assert await context.reset(token) == TokenSpent()
    assert await context.holds(PASSWORD)


@pytest.mark.parametrize("what", ["used", "user", "reset"])
async def test_a_reset_that_is_over_while_a_password_is_hashed_sets_none(
    context: Context, what: str
) -> None:
    rig, token = context.rig, (await context.issued()).token
    ((reset_id, reset),) = rig.database.resets.items()

    def meanwhile() -> None:
        if what == "used":
            rig.database.resets[reset_id] = replace(reset, used_at=NOW)
        elif what == "user":
            del rig.database.users[rig.owner.id]
        else:
            del rig.database.resets[reset_id]

    context.hasher.beside = meanwhile
    assert await context.reset(token) == TokenSpent()
    assert rig.fresh() == []


@pytest.mark.parametrize(("length", "found"), [(LENGTH_MAX, True), (LENGTH_MAX + 1, False)])
async def test_a_token_longer_than_any_is_not_looked_up(
    context: Context, length: int, found: bool
) -> None:
    await context.issued()
    ((reset_id, reset),) = context.rig.database.resets.items()
    context.rig.database.resets[reset_id] = replace(reset, digest=digest_of("x" * length))
    assert isinstance(await context.reset("x" * length), PasswordSet if found else TokenSpent)


async def test_resets_are_counted_by_network_before_anything_is_looked_up(context: Context) -> None:
    token = (await context.issued()).token
    waits = Waits()
    slow = replace(context.passwords, throttle=replace(context.rig.throttle, limits=waits))
    told = await slow.reset(token=token, new=NEW, visitor=THERE, trace_id=TRACE)
    assert told == WrongPassword(retry_after_s=3)
    assert waits.asked == [("login-ip", THERE.ip)]
    assert isinstance(await context.reset(token), PasswordSet)


async def test_guesses_at_a_change_wait_and_a_right_one_forgets_them(context: Context) -> None:
    rig, change = context.rig, context.passwords.change
    asking = rig.asking()
    assert await change(asking, current="wrong", new=NEW) == WrongPassword()
    rig.clock.advance(0.25)
    soon = await change(asking, current=PASSWORD, new=NEW)
    assert soon == WrongPassword(retry_after_s=1)
    rig.clock.advance(0.75)
    # The right one is known, though the new one is not taken.
    weak = await change(asking, current=PASSWORD, new="short")
    assert weak == WeakPassword(weakness=Weakness.TOO_SHORT, length_min=15)
    assert await change(asking, current="wrong", new=NEW) == WrongPassword()
    rig.clock.advance(1)
    assert isinstance(await change(asking, current=PASSWORD, new=NEW), PasswordSet)


async def test_a_change_that_was_not_finished_is_no_failure(context: Context) -> None:
    asking = context.rig.asking()
    context.hasher.busy = True
    for _ in range(2):
        with pytest.raises(HasherBusy):
            await context.passwords.change(asking, current=PASSWORD, new=NEW)
    context.hasher.busy = False
    done = await context.passwords.change(asking, current=PASSWORD, new=NEW)
    assert done == PasswordSet(sessions_ended=0)


@pytest.mark.parametrize("what", ["password", "gone"])
async def test_of_two_changes_at_once_the_second_is_wrong(context: Context, what: str) -> None:
    users = context.rig.database.users

    def meanwhile() -> None:
        if what == "gone":
            del users[context.rig.owner.id]
        else:
            users[context.rig.owner.id] = replace(context.rig.owner, password_hash="other")

    context.hasher.beside = meanwhile
    done = await context.passwords.change(context.rig.asking(), current=PASSWORD, new=NEW)
    assert done == WrongPassword()
    assert (context.rig.fresh(), context.rig.heard) == ([], [])


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_only_a_person_changes_a_password(context: Context, kind: PrincipalKind) -> None:
    asking = context.rig.asking(kind=kind)
    assert await context.passwords.change(asking, current=PASSWORD, new=NEW) == NeedsPerson()
    with pytest.raises(UserNotFound) as caught:
        await context.passwords.change(
            context.rig.asking(user_id=UUID(int=9)), current=PASSWORD, new=NEW
        )
    assert caught.value.args == UserNotFound(UUID(int=9)).args
