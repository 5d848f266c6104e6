"""Let a person show once more, within a session, that it is they (RFC 9470)."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking, IdentityDeps
from application.identity.factor_tries import FactorTries, ProofRefused
from application.identity.issued import IssuedToken, issued
from application.identity.login_memory import LoginMemory
from application.identity.open_session import OpenedSession, rights_of
from application.identity.passwords import WrongPassword
from application.identity.proofs import Proof
from application.identity.throttle import LoginThrottle
from application.identity.try_source import keep_proven, source_of_session
from application.identity.unknown_user import UserNotFound
from domain.identity.change import ChangeKind, IdentityChange
from domain.identity.factors import FactorKind
from domain.identity.session import Session
from domain.identity.tenant import PrincipalKind, User
from ports.factors_of import FactorsOf
from ports.identity import AccessTokens, HasherBusy, InvalidToken, PasswordHasher, Users
from ports.identity_scope import IdentityScope
from ports.storage import StorageUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorNeeded:
    """The user has a second factor: the password alone shows too little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepUp:
    """Renew the time at which a session's user was last sure to be there."""

    deps: IdentityDeps
    users: Users
    hasher: PasswordHasher
    tokens: AccessTokens
    throttle: LoginThrottle
    tries: FactorTries
    factors: FactorsOf
    memory: LoginMemory

    async def by_password(
        self, asking: Asking, *, password: str
    ) -> IssuedToken | WrongPassword | FactorNeeded | NeedsPerson:
        """Return a new access token for the password of who has no factor; raises HasherBusy."""
        if not has_session(asking):
            return NeedsPerson()
        user = await self._user(asking)
        if await self.factors.kinds(user.id):
            return FactorNeeded()
        # Shared with the change of a password: a stolen token is no way to guess it.
        key = f"password:{user.id}"
        waits = await self.throttle.begin(key)
        if waits is not None:
            return WrongPassword(retry_after_s=math.ceil(waits))
        try:
            right = await self.hasher.verify(password=password, hash=user.password_hash)
        except (HasherBusy, StorageUnavailable):
            await self.throttle.unchecked(key)
            raise
        if not right:
            return WrongPassword()
        await self.throttle.succeeded(key)

        async def work(scope: IdentityScope) -> OpenedSession | WrongPassword | FactorNeeded:
            stored = await scope.users.get(user.id)
            at = self.deps.clock.now()
            if stored is None or stored.password_hash != user.password_hash:
                return WrongPassword()
            if not stored.may_use_password(at):
                return WrongPassword()
            # The first may have come while the password was checked.
            if await self.factors.within(scope, user_id=user.id):
                return FactorNeeded()
            return await self._renew(scope, asking, at=at, shown="password")

        done = await self.deps.attempt(work)
        return issued(self.tokens, done) if isinstance(done, OpenedSession) else done

    async def by_factor(
        self, asking: Asking, *, proof: Proof
    ) -> IssuedToken | ProofRefused | NeedsPerson:
        """Return a new access token for a second factor; raises SecretsSealed."""
        if not has_session(asking):
            return NeedsPerson()
        user = await self._user(asking)
        spend = await proof(user)

        async def work(scope: IdentityScope) -> OpenedSession | ProofRefused:
            stored = await scope.users.get(user.id)
            if stored is None:
                raise UserNotFound(user.id)
            at = self.deps.clock.now()
            shown = await self.tries.take(
                scope,
                stored,
                spend=spend,
                source=await source_of_session(scope, stored, asking=asking),
                at=at,
                place="step-up",
                trace_id=asking.trace_id,
            )
            if not isinstance(shown, FactorKind):
                return shown
            await keep_proven(scope, stored, asking=asking, at=at)
            return await self._renew(scope, asking, at=at, shown=shown.value)

        done = await self.deps.attempt(work)
        return issued(self.tokens, done) if isinstance(done, OpenedSession) else done

    async def _user(self, asking: Asking) -> User:
        user = await self.users.find(user_id=asking.principal.user_id)
        if user is None:
            raise UserNotFound(asking.principal.user_id)
        return user

    async def _renew(
        self, scope: IdentityScope, asking: Asking, *, at: datetime, shown: str
    ) -> OpenedSession:
        session = await self._session(scope, asking, at=at)
        session = replace(session, authenticated_at=at)
        await scope.sessions.update(session)
        await self.memory.confirmed(scope, session)
        await scope.audit.add(
            self.deps.entry(
                tenant_id=session.tenant_id,
                actor=asking.principal.actor,
                action="session.step_up",
                subject=str(session.id),
                at=at,
                trace_id=asking.trace_id,
                detail=(("shown", shown),),
            )
        )
        recovery = await scope.factors.recovery(session.user_id)
        # Whoever has a token from before is not who has just shown who they are.
        await scope.endings.tell(
            IdentityChange(
                tenant_id=session.tenant_id,
                user_id=session.user_id,
                session_id=session.id,
                kind=ChangeKind.TOKEN_ENDED,
                at=at,
            )
        )
        access = await rights_of(scope, session)
        return OpenedSession(session=session, recovery=recovery, access=access)

    async def _session(self, scope: IdentityScope, asking: Asking, *, at: datetime) -> Session:
        session_id = asking.principal.session_id
        found = await scope.sessions.get(session_id) if session_id is not None else None
        if found is None or found.user_id != asking.principal.user_id or not found.is_open(at):
            raise InvalidToken("the session is over: log in again")
        return found


def has_session(asking: Asking) -> bool:
    """Tell whether a person asks, from a session of their own."""
    principal = asking.principal
    return principal.kind is PrincipalKind.PERSON and principal.session_id is not None
