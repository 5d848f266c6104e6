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
from tests.unit.application.identity.room import HOUR, THERE, TRACE, Room, Waits

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

    room: Room
    hasher: Hasher
    passwords: Passwords

    @property
    def owner(self) -> User:
        """The owner as they are stored."""
        return self.room.database.users[self.room.owner.id]

    async def holds(self, password: str) -> bool:
        """Tell whether that is the owner's password."""
        return await self.hasher.verify(password=password, hash=self.owner.password_hash)

    async def issued(self) -> IssuedReset:
        """Make a reset for the owner."""
        made = await self.passwords.issue_reset(self.room.asking(), user_id=self.room.owner.id)
        self.room.fresh()
        return made

    async def reset(
        self, token: str, new: str = NEW
    ) -> PasswordSet | TokenSpent | WeakPassword | WrongPassword:
        """Set a password by a token."""
        return await self.passwords.reset(token=token, new=new, visitor=THERE, trace_id=TRACE)


@pytest.fixture
async def context() -> Context:
    room = Room()
    hasher = Hasher(randomness=room.randomness, sleeper=ManualSleeper(room.clock))
    room.owner = replace(room.owner, password_hash=await hasher.hash(PASSWORD))
    room.database.users[room.owner.id] = room.owner
    passwords = Passwords(
        deps=room.deps,
        users=room.users,
        hasher=hasher,
        policy=PasswordPolicy(rules=PasswordRules(), breached=MemoryBreachedPasswords([BREACHED])),
        throttle=room.throttle,
        reset_lasts=timedelta(hours=1),
        changed=room.heard.append,
    )
    room.clock.advance(60)
    return Context(room, hasher, passwords)


def recovering(room: Room) -> Recovery:
    """Store an open request of the owner to take the factors away."""
    asked = Recovery(
        id=room.ids.new(),
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        asked_at=NOW,
        effective_at=NOW + 48 * HOUR,
    )
    room.database.recoveries[asked.id] = asked
    return asked


@pytest.mark.parametrize("way", ["change", "reset"])
async def test_a_new_password_ends_what_the_old_one_opened(context: Context, way: str) -> None:
    room = context.room
    own, other, asked = room.session(), room.session(), recovering(room)
    token = (await context.issued()).token
    at = room.clock.now()
    if way == "change":
        asking = room.asking(session_id=own.id)
        done = await context.passwords.change(asking, current=PASSWORD, new=NEW)
        assert done == PasswordSet(sessions_ended=1)
        assert room.database.sessions[own.id] == own
    else:
        assert await context.reset(token) == PasswordSet(sessions_ended=2)
        assert room.database.sessions[own.id].ended_at == at
    # This process knows at once that they may do something else by now.
    assert room.heard == [room.owner.id]
    ended = replace(other, ended_at=at, end=SessionEnd.PASSWORD)
    assert room.database.sessions[other.id] == ended
    assert await context.holds(NEW)
    assert replace(context.owner, password_hash="") == replace(
        room.owner, password_hash="", tokens_from=at
    )
    assert room.database.recoveries == {asked.id: replace(asked, canceled_at=at)}
    assert [one.used_at for one in room.database.resets.values()] == [at]
    canceled = (("recovery", str(asked.id)), ("why", f"password.{way}"))
    count = ("sessions_ended", "1" if way == "change" else "2")
    assert room.fresh() == [
        room.entry("recovery.cancel", *canceled),
        room.entry("notice.recovery_canceled", *canceled),
        room.entry(f"password.{way}", count, subject=room.owner.id),
    ]
    (change,) = room.database.identity_changes
    assert change == IdentityChange(
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        kind=ChangeKind.SESSIONS_ENDED,
        at=at,
        seq=change.seq,
    )
    assert await context.reset(token) == TokenSpent()


async def test_a_reset_is_stored_as_a_digest_and_voids_the_one_before(context: Context) -> None:
    room = context.room
    first = await context.issued()
    room.clock.advance(60)
    at = room.clock.now()
    second = await context.passwords.issue_reset(room.asking(), user_id=room.owner.id)
    assert (second.user, second.expires_at) == (room.owner, at + HOUR)
    before, stored = room.database.resets.values()
    assert (before.digest, before.used_at) == (digest_of(first.token), at)
    assert stored == PasswordReset(
        id=stored.id,
        tenant_id=room.tenant.id,
        user_id=room.owner.id,
        digest=digest_of(second.token),
        created_at=at,
        expires_at=at + HOUR,
    )
    assert second.token.startswith("blp_")
    assert room.fresh() == [room.entry("password.reset_issue", subject=room.owner.id)]
    assert await context.reset(first.token) == TokenSpent()


async def test_a_reset_is_for_a_user_of_ones_own_tenant(context: Context) -> None:
    room = context.room
    other = room.user("ada@example.com")
    room.database.users[other.id] = replace(other, tenant_id=UUID(int=8))
    for user_id in (other.id, UUID(int=9)):
        with pytest.raises(UserNotFound) as caught:
            await context.passwords.issue_reset(room.asking(), user_id=user_id)
        assert caught.value.args == UserNotFound(user_id).args
    assert (room.database.resets, room.fresh()) == ({}, [])


async def test_a_reset_lapses_after_its_hour(context: Context) -> None:
    token = (await context.issued()).token
    context.room.clock.advance(3_599.999)
    # A password that is not taken uses nothing up.
    weak = await context.reset(token, BREACHED)
    assert weak == WeakPassword(weakness=Weakness.BREACHED, length_min=15)
    context.room.clock.advance(0.001)
    assert await context.reset(token) == TokenSpent()
    assert await context.holds(PASSWORD)


@pytest.mark.parametrize("what", ["used", "user", "reset"])
async def test_a_reset_that_is_over_while_a_password_is_hashed_sets_none(
    context: Context, what: str
) -> None:
    room, token = context.room, (await context.issued()).token
    ((reset_id, reset),) = room.database.resets.items()

    def meanwhile() -> None:
        if what == "used":
            room.database.resets[reset_id] = replace(reset, used_at=NOW)
        elif what == "user":
            del room.database.users[room.owner.id]
        else:
            del room.database.resets[reset_id]

    context.hasher.beside = meanwhile
    assert await context.reset(token) == TokenSpent()
    assert room.fresh() == []


@pytest.mark.parametrize(("length", "found"), [(LENGTH_MAX, True), (LENGTH_MAX + 1, False)])
async def test_a_token_longer_than_any_is_not_looked_up(
    context: Context, length: int, found: bool
) -> None:
    await context.issued()
    ((reset_id, reset),) = context.room.database.resets.items()
    context.room.database.resets[reset_id] = replace(reset, digest=digest_of("x" * length))
    assert isinstance(await context.reset("x" * length), PasswordSet if found else TokenSpent)


async def test_resets_are_counted_by_network_before_anything_is_looked_up(context: Context) -> None:
    token = (await context.issued()).token
    waits = Waits()
    slow = replace(context.passwords, throttle=replace(context.room.throttle, limits=waits))
    told = await slow.reset(token=token, new=NEW, visitor=THERE, trace_id=TRACE)
    assert told == WrongPassword(retry_after_s=3)
    assert waits.asked == [("login-ip", THERE.ip)]
    assert isinstance(await context.reset(token), PasswordSet)


async def test_guesses_at_a_change_wait_and_a_right_one_forgets_them(context: Context) -> None:
    room, change = context.room, context.passwords.change
    asking = room.asking()
    assert await change(asking, current="wrong", new=NEW) == WrongPassword()
    room.clock.advance(0.25)
    soon = await change(asking, current=PASSWORD, new=NEW)
    assert soon == WrongPassword(retry_after_s=1)
    room.clock.advance(0.75)
    # The right one is known, though the new one is not taken.
    weak = await change(asking, current=PASSWORD, new="short")
    assert weak == WeakPassword(weakness=Weakness.TOO_SHORT, length_min=15)
    assert await change(asking, current="wrong", new=NEW) == WrongPassword()
    room.clock.advance(1)
    assert isinstance(await change(asking, current=PASSWORD, new=NEW), PasswordSet)


async def test_a_change_that_was_not_finished_is_no_failure(context: Context) -> None:
    asking = context.room.asking()
    context.hasher.busy = True
    for _ in range(2):
        with pytest.raises(HasherBusy):
            await context.passwords.change(asking, current=PASSWORD, new=NEW)
    context.hasher.busy = False
    done = await context.passwords.change(asking, current=PASSWORD, new=NEW)
    assert done == PasswordSet(sessions_ended=0)


@pytest.mark.parametrize("what", ["password", "gone"])
async def test_of_two_changes_at_once_the_second_is_wrong(context: Context, what: str) -> None:
    users = context.room.database.users

    def meanwhile() -> None:
        if what == "gone":
            del users[context.room.owner.id]
        else:
            users[context.room.owner.id] = replace(context.room.owner, password_hash="other")

    context.hasher.beside = meanwhile
    done = await context.passwords.change(context.room.asking(), current=PASSWORD, new=NEW)
    assert done == WrongPassword()
    assert (context.room.fresh(), context.room.heard) == ([], [])


@pytest.mark.parametrize("kind", [PrincipalKind.TOKEN, PrincipalKind.AGENT])
async def test_only_a_person_changes_a_password(context: Context, kind: PrincipalKind) -> None:
    asking = context.room.asking(kind=kind)
    assert await context.passwords.change(asking, current=PASSWORD, new=NEW) == NeedsPerson()
    with pytest.raises(UserNotFound) as caught:
        await context.passwords.change(
            context.room.asking(user_id=UUID(int=9)), current=PASSWORD, new=NEW
        )
    assert caught.value.args == UserNotFound(UUID(int=9)).args
