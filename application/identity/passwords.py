"""Set passwords: by who knows the old one, or by who holds a one-time reset."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.cancel_recovery import cancel_recovery
from application.identity.deps import Asking, IdentityDeps, actor_of, end_all
from application.identity.throttle import LoginThrottle
from application.identity.unknown_user import UserNotFound
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.invitation import PasswordReset
from domain.identity.one_time import LENGTH_MAX, Prefix, digest_of
from domain.identity.password import PasswordRules, Weakness
from domain.identity.session import SessionEnd, Visitor
from domain.identity.tenant import PrincipalKind, User
from ports.breached_passwords import BreachedPasswords
from ports.identity import HasherBusy, PasswordHasher, Users
from ports.identity_scope import IdentityScope
from ports.storage import StorageUnavailable

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeakPassword:
    """The new password is not taken, and why; length_min is what the rules ask for."""

    weakness: Weakness
    length_min: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPassword:
    """The old password is wrong, or it is too soon to try again."""

    retry_after_s: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordSet:
    """The new password holds; so many sessions were ended."""

    sessions_ended: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenSpent:
    """The one-time token is unknown, used, withdrawn or lapsed: these look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedReset:
    """A one-time token, told here and nowhere else."""

    token: str = field(repr=False)
    user: User
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    """What a new password has to be."""

    rules: PasswordRules
    breached: BreachedPasswords

    async def problem(self, password: str, *, words: Iterable[str]) -> WeakPassword | None:
        """Return why a password is not taken, None when it is; raises StorageUnavailable."""
        weakness = self.rules.weakness(password, words=words)
        if weakness is None and await self.breached.holds(password):
            weakness = Weakness.BREACHED
        if weakness is None:
            return None
        return WeakPassword(weakness=weakness, length_min=self.rules.length_min)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passwords:
    """Changes and resets of passwords."""

    deps: IdentityDeps
    users: Users
    hasher: PasswordHasher
    policy: PasswordPolicy
    throttle: LoginThrottle
    reset_lasts: timedelta
    # Told in this process at once of whoever has another password; the others hear of it by the
    # feed.
    changed: Callable[[UUID], None]

    async def change(
        self, asking: Asking, *, current: str, new: str
    ) -> PasswordSet | WrongPassword | WeakPassword | NeedsPerson:
        """Set a new password and end the user's other sessions; raises HasherBusy."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        user = await self.users.find(user_id=asking.principal.user_id)
        if user is None:
            raise UserNotFound(asking.principal.user_id)
        # A stolen token must not be a way to guess the password.
        key = f"password:{user.id}"
        waits = await self.throttle.begin(key)
        if waits is not None:
            return WrongPassword(retry_after_s=math.ceil(waits))
        try:
            if not await self.hasher.verify(password=current, hash=user.password_hash):
                return WrongPassword()
            await self.throttle.succeeded(key)
            problem = await self._problem(user, new)
            if problem is not None:
                return problem
            made = await self.hasher.hash(new)
        except (HasherBusy, StorageUnavailable):
            await self.throttle.unchecked(key)
            raise

        async def work(scope: IdentityScope) -> PasswordSet | WrongPassword:
            stored = await scope.users.get(user.id)
            if stored is None or stored.password_hash != user.password_hash:
                return WrongPassword()
            return await self._set(
                scope,
                stored,
                made=made,
                but=asking.principal.session_id,
                action="password.change",
                trace_id=asking.trace_id,
            )

        return self._told(user, await self.deps.attempt(work))

    async def issue_reset(self, asking: Asking, *, user_id: UUID) -> IssuedReset:
        """Return a one-time token for a user of the tenant; raises UserNotFound."""
        token = self.deps.secret(Prefix.RESET)

        async def work(scope: IdentityScope) -> IssuedReset:
            at = self.deps.clock.now()
            user = await scope.users.get(user_id)
            if user is None or user.tenant_id != asking.tenant_id:
                raise UserNotFound(user_id)
            await scope.invitations.void_resets(user_id=user.id, at=at)
            reset = PasswordReset(
                id=self.deps.ids.new(),
                tenant_id=user.tenant_id,
                user_id=user.id,
                digest=digest_of(token),
                created_at=at,
                expires_at=at + self.reset_lasts,
            )
            await scope.invitations.keep_reset(reset)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=user.tenant_id,
                    actor=asking.principal.actor,
                    action="password.reset_issue",
                    subject=str(user.id),
                    at=at,
                    trace_id=asking.trace_id,
                )
            )
            return IssuedReset(token=token, user=user, expires_at=reset.expires_at)

        return await self.deps.attempt(work)

    async def reset(
        self, *, token: str, new: str, visitor: Visitor, trace_id: str
    ) -> PasswordSet | TokenSpent | WeakPassword | WrongPassword:
        """Set a new password by a one-time token, and end all of the user's sessions.

        WrongPassword says only that too many ask from that network; raises HasherBusy.
        """
        waits = await self.throttle.admit(visitor.network)
        if waits:
            return WrongPassword(retry_after_s=math.ceil(waits))
        user = await self._user_of(token)
        if user is None:
            return TokenSpent()
        problem = await self._problem(user, new)
        if problem is not None:
            return problem
        made = await self.hasher.hash(new)

        async def work(scope: IdentityScope) -> PasswordSet | TokenSpent:
            at = self.deps.clock.now()
            reset = await scope.invitations.find_reset(digest_of(token))
            if reset is None or not reset.is_open(at):
                return TokenSpent()
            stored = await scope.users.get(reset.user_id)
            if stored is None:
                return TokenSpent()
            return await self._set(
                scope, stored, made=made, but=None, action="password.reset", trace_id=trace_id
            )

        return self._told(user, await self.deps.attempt(work))

    def _told(self, user: User, done: T) -> T:
        if isinstance(done, PasswordSet):
            self.changed(user.id)
        return done

    async def _problem(self, user: User, new: str) -> WeakPassword | None:
        problem = await self.policy.problem(new, words=words_of(user))
        if problem is not None or user.password_until is None:
            return problem
        # What was printed at the first start may stand in a log: it must not stay.
        if await self.hasher.verify(password=new, hash=user.password_hash):
            length_min = self.policy.rules.length_min
            return WeakPassword(weakness=Weakness.FIRST, length_min=length_min)
        return None

    async def _user_of(self, token: str) -> User | None:
        if len(token) > LENGTH_MAX:
            return None

        async def work(scope: IdentityScope) -> User | None:
            reset = await scope.invitations.find_reset(digest_of(token))
            if reset is None or not reset.is_open(self.deps.clock.now()):
                return None
            return await scope.users.get(reset.user_id)

        return await self.deps.attempt(work)

    async def _set(
        self,
        scope: IdentityScope,
        stored: User,
        *,
        made: str,
        but: UUID | None,
        action: str,
        trace_id: str,
    ) -> PasswordSet:
        at = self.deps.clock.now()
        user, ended = await end_all(scope, stored, at=at, end=SessionEnd.PASSWORD, but=but)
        await scope.users.update(replace(user, password_hash=made, password_until=None))
        # Whoever asked for it knew the old password, and may be why there is a new one.
        await cancel_recovery(scope, user, deps=self.deps, at=at, trace_id=trace_id, why=action)
        # Also the one that was just used.
        await scope.invitations.void_resets(user_id=user.id, at=at)
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=actor_of(user.id),
                action=action,
                subject=str(user.id),
                at=at,
                trace_id=trace_id,
                detail=(("sessions_ended", str(ended)),),
            )
        )
        await scope.endings.tell(
            IdentityChange(
                tenant_id=user.tenant_id, user_id=user.id, kind=ChangeKind.SESSIONS_ENDED, at=at
            )
        )
        return PasswordSet(sessions_ended=ended)


def words_of(user: User) -> tuple[str, ...]:
    """Return what everybody may know of a user, which makes no password."""
    before, _, behind = user.email.partition("@")
    return (user.email, before, behind.partition(".")[0], user.name, *user.name.split(), "ballast")
