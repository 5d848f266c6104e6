"""Let a user in who shows a passkey and themselves to it, and tell nobody who exists."""

import math
from dataclasses import dataclass, field
from datetime import datetime

from application.identity.deps import actor_of
from application.identity.factor_tries import FactorTries
from application.identity.issued import IssuedToken, issued
from application.identity.login import LoginRefused
from application.identity.login_try import LoginTry
from application.identity.open_session import OpenedSession, OpenSession
from application.identity.passkey_use import PasskeyOptions, PasskeyUse
from application.identity.throttle import LoginThrottle
from domain.audit.entry import NOBODY
from domain.audit.suspicion import LOGIN_FAILED
from domain.identity.factors import FactorKind
from domain.identity.fingerprint import Fingerprint
from domain.identity.passkey import Passkey, Purpose
from domain.identity.session import Visitor
from domain.identity.tenant import User
from ports.identity import AccessTokens, Users
from ports.identity_scope import IdentityScope
from ports.passkeys import Assertion, Flaw, PasskeyAnswer
from ports.rate_limits import RateLimit

METHOD = "passkey"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyTry:
    """Who wants to come in by a passkey, from where, and for how long."""

    sent: Assertion
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""
    remember: bool = False
    device_token: str | None = field(default=None, repr=False)
    device_label: str = ""
    # What the device says of itself.
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSoon:
    """Too many ask from that network; whole seconds to wait."""

    retry_after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyLogin:
    """Ask whoever comes for a passkey, and open a session for who answers with one."""

    use: PasskeyUse
    users: Users
    tokens: AccessTokens
    throttle: LoginThrottle
    tries: FactorTries
    open: OpenSession

    async def options(self, visitor: Visitor) -> PasskeyOptions | TooSoon:
        """Return what any browser is asked, whoever is behind it: only the challenge differs."""
        waits = await self._admit_asking(visitor.network)
        if waits:
            return TooSoon(retry_after_s=math.ceil(waits))
        asked = await self.use.deps.look(
            lambda scope: self.use.ask(scope, Purpose.LOG_IN, user=None, bound_to=None)
        )
        options = self.use.ceremonies.request_options(challenge=asked.challenge)
        return PasskeyOptions(options=options, expires_at=asked.expires_at)

    async def __call__(self, tried: PasskeyTry) -> IssuedToken | LoginRefused:
        """Return tokens for a good answer to an open challenge; raises InvalidValue.

        Whatever comes of it, the challenge that is answered is used up, in the transaction
        that opens the session or records the refusal.
        """
        waits = await self.throttle.admit(tried.visitor.network)
        if waits:
            return LoginRefused(retry_after_s=math.ceil(waits))
        challenge = self.use.ceremonies.challenge_of(tried.sent.client_data)
        passkey = await self.use.deps.look(
            lambda scope: scope.passkeys.by_credential(tried.sent.credential_id)
        )
        user = await self.users.find(user_id=passkey.user_id) if passkey is not None else None
        answered: PasskeyAnswer | Flaw | None = None
        if passkey is not None and user is not None:
            answered = self._looked_at(tried.sent, challenge=challenge, passkey=passkey)

        async def work(scope: IdentityScope) -> OpenedSession | LoginRefused:
            at = self.use.deps.clock.now()
            stored = await scope.users.get(user.id) if user is not None else None
            if passkey is None or stored is None or answered is None:
                # Recorded first: it is nobody's, as a log-in's challenge is, and after it no
                # challenge of a tenant's user can be used up.
                refused = await self._refused(scope, None, tried, reason="unknown")
                await self._take(scope, challenge, at=at)
                return refused
            fits = await self._take(scope, challenge, at=at)
            if isinstance(answered, Flaw):
                return await self._refused(scope, stored, tried, reason=answered.value)
            if not fits:
                return await self._refused(scope, stored, tried, reason=Flaw.CHALLENGE.value)
            if stored.disabled_at is not None:
                return await self._refused(scope, stored, tried, reason="disabled")
            wrong = await self.use.count(
                scope,
                stored,
                passkey=passkey,
                answered=answered,
                at=at,
                trace_id=tried.trace_id,
            )
            if wrong:
                return await self._refused(scope, stored, tried, reason=wrong)
            return await self._open(scope, stored, tried)

        opened = await self.use.deps.attempt(work)
        return issued(self.tokens, opened) if isinstance(opened, OpenedSession) else opened

    async def _take(self, scope: IdentityScope, challenge: bytes, *, at: datetime) -> bool:
        return await self.use.take(
            scope, challenge, purpose=Purpose.LOG_IN, user=None, bound_to=None, at=at
        )

    def _looked_at(
        self, sent: Assertion, *, challenge: bytes, passkey: Passkey
    ) -> PasskeyAnswer | Flaw:
        # Without its own name for the user an authenticator did not choose who logs in.
        if sent.user_handle is None:
            return Flaw.USER_HANDLE
        return self.use.ceremonies.answered(sent, challenge=challenge, passkey=passkey)

    async def _open(self, scope: IdentityScope, user: User, tried: PasskeyTry) -> OpenedSession:
        at = self.use.deps.clock.now()
        # It is not lost, so nobody needs a way in without it.
        await self.tries.cancel(scope, user, at=at, trace_id=tried.trace_id, why="passkey shown")
        asked = LoginTry(
            email=user.email,
            password="",
            method=METHOD,
            visitor=tried.visitor,
            trace_id=tried.trace_id,
            lasting=True,
            remember=tried.remember,
            device_token=tried.device_token,
            device_label=tried.device_label,
            fingerprint=tried.fingerprint,
        )
        return await self.open.within(
            scope, user, tried=asked, at=at, known_at=at, factor=FactorKind.PASSKEY
        )

    async def _admit_asking(self, network: str) -> float:
        """Count a request for a challenge apart: asking guesses nothing, but leaves a row."""
        if not network:
            return 0.0
        per_minute = self.throttle.per_ip
        limit = RateLimit(name="passkey-ip", per_s=per_minute / 60.0, burst=per_minute)
        return await self.throttle.limits.take(limit=limit, key=network)

    async def _refused(
        self, scope: IdentityScope, user: User | None, tried: PasskeyTry, *, reason: str
    ) -> LoginRefused:
        """Record that somebody was not let in; None is nobody's passkey."""
        actor = actor_of(user.id) if user is not None else "unknown"
        if user is not None:
            await self.open.memory.refused(scope, user, visitor=tried.visitor)
        await scope.audit.add(
            self.use.deps.entry(
                tenant_id=user.tenant_id if user is not None else NOBODY,
                actor=actor,
                action=LOGIN_FAILED,
                subject=actor,
                at=self.use.deps.clock.now(),
                trace_id=tried.trace_id,
                detail=(("method", METHOD), ("reason", reason)),
            )
        )
        return LoginRefused()
