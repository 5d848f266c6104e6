"""Let a user in who shows a passkey and themselves to it, and tell nobody who exists."""

import math
from dataclasses import dataclass, field
from datetime import datetime

from application.identity.deps import IdentityDeps, actor_of
from application.identity.login import IssuedToken, LoginRefused, issued
from application.identity.open_session import LoginTry, OpenSession
from application.identity.passkeys import PasskeyOptions
from application.identity.throttle import LoginThrottle
from domain.audit.entry import NOBODY
from domain.audit.suspicion import LOGIN_FAILED
from domain.identity.passkey import (
    CHALLENGE_BYTES,
    CHALLENGE_LASTS,
    Passkey,
    PasskeyChallenge,
    Purpose,
    digest_of,
)
from domain.identity.session import Visitor
from domain.identity.tenant import User
from ports.identity import AccessTokens, Users
from ports.identity_scope import IdentityScope
from ports.passkeys import Answered, Assertion, Flaw, PasskeyCeremonies
from ports.rate_limits import RateLimit, RateLimits

METHOD = "passkey"
CLONE_SUSPECTED = "passkey.clone_suspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyTry:
    """Who wants to come in by a passkey, from where, and for how long."""

    sent: Assertion
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""
    remember: bool = False
    device_token: str | None = field(default=None, repr=False)
    device_label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooSoon:
    """Too many ask from that network; whole seconds to wait."""

    retry_after_s: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyLogin:
    """Ask whoever comes for a passkey, and open a session for who answers with one."""

    deps: IdentityDeps
    ceremonies: PasskeyCeremonies
    users: Users
    tokens: AccessTokens
    throttle: LoginThrottle
    open: OpenSession

    async def options(self, visitor: Visitor) -> PasskeyOptions | TooSoon:
        """Return what any browser is asked, whoever is behind it: only the challenge differs."""
        waits = await self._admit_asking(visitor.network)
        if waits:
            return TooSoon(retry_after_s=math.ceil(waits))
        challenge = self.deps.randomness.token(CHALLENGE_BYTES)
        expires_at = self.deps.clock.now() + CHALLENGE_LASTS
        asked = PasskeyChallenge(
            digest=digest_of(challenge),
            tenant_id=NOBODY,
            purpose=Purpose.LOG_IN,
            user_id=None,
            session_id=None,
            expires_at=expires_at,
        )

        async def work(scope: IdentityScope) -> None:
            await scope.passkeys.ask(asked)

        await self.deps.attempt(work)
        options = self.ceremonies.request_options(challenge=challenge)
        return PasskeyOptions(options=options, expires_at=expires_at)

    async def __call__(self, tried: PasskeyTry) -> IssuedToken | LoginRefused:
        """Return tokens for a good answer to an open challenge; raises InvalidValue.

        Whatever comes of it, the challenge that is answered is used up, in the transaction
        that opens the session or records the refusal.
        """
        waits = await self.throttle.admit(tried.visitor.network)
        if waits:
            return LoginRefused(retry_after_s=math.ceil(waits))
        challenge = self.ceremonies.challenge_of(tried.sent.client_data)
        passkey = await self._find(tried.sent.credential_id)
        user = await self.users.find(user_id=passkey.user_id) if passkey is not None else None
        if passkey is None or user is None:
            return await self._refused(None, tried, reason="unknown", challenge=challenge)
        found: Answered | Flaw = Flaw.USER_HANDLE
        # Without its own name for the user an authenticator did not choose who logs in.
        if tried.sent.user_handle is not None:
            found = self.ceremonies.answered(tried.sent, challenge=challenge, passkey=passkey)
        if isinstance(found, Flaw):
            return await self._refused(user, tried, reason=found.value, challenge=challenge)
        proof = _Proof(
            login=self, tried=tried, challenge=challenge, passkey=passkey, answered=found
        )
        opened = await self.open(user, proof.login_try, admitted=proof.holds)
        if opened is not None:
            return issued(self.tokens, opened)
        if proof.recorded:
            return LoginRefused()
        return await self._refused(user, tried, reason="disabled", challenge=challenge)

    async def _find(self, credential_id: bytes) -> Passkey | None:
        async with self.deps.transactions.begin() as scope:
            return await scope.passkeys.by_credential(credential_id)

    async def _admit_asking(self, network: str) -> float:
        """Count a request for a challenge apart: asking guesses nothing, but leaves a row."""
        if not network:
            return 0.0
        limits: RateLimits = self.throttle.limits
        per_minute = self.throttle.per_ip
        limit = RateLimit(name="passkey-ip", per_s=per_minute / 60.0, burst=per_minute)
        return await limits.take(limit=limit, key=network)

    async def _refused(
        self, user: User | None, tried: PasskeyTry, *, reason: str, challenge: bytes
    ) -> LoginRefused:
        """Use the challenge up and record that somebody was not let in."""

        async def work(scope: IdentityScope) -> None:
            await scope.passkeys.take(digest_of(challenge))
            await self.record_refusal(scope, user, tried, reason=reason)

        await self.deps.attempt(work)
        return LoginRefused()

    async def record_refusal(
        self, scope: IdentityScope, user: User | None, tried: PasskeyTry, *, reason: str
    ) -> None:
        """Write the entry of somebody who was not let in; None is nobody's passkey."""
        actor = actor_of(user.id) if user is not None else "unknown"
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id if user is not None else NOBODY,
                actor=actor,
                action=LOGIN_FAILED,
                subject=actor,
                at=self.deps.clock.now(),
                trace_id=tried.trace_id,
                detail=(("method", METHOD), ("reason", reason)),
            )
        )


@dataclass(slots=True, kw_only=True)
class _Proof:
    """An answer that its passkey signed: it holds once, while challenge and count do."""

    login: PasskeyLogin
    tried: PasskeyTry
    challenge: bytes
    passkey: Passkey
    answered: Answered
    recorded: bool = field(default=False, init=False)

    @property
    def login_try(self) -> LoginTry:
        """What the session is opened for."""
        return LoginTry(
            email="",
            password="",
            method=METHOD,
            visitor=self.tried.visitor,
            trace_id=self.tried.trace_id,
            lasting=True,
            remember=self.tried.remember,
            device_token=self.tried.device_token,
            device_label=self.tried.device_label,
        )

    async def holds(self, scope: IdentityScope, user: User, at: datetime) -> bool:
        """Use the challenge and the count, in the transaction that opens the session."""
        # The work may be done again after a conflict.
        self.recorded = False
        taken = await scope.passkeys.take(digest_of(self.challenge))
        reason = ""
        if taken is None or not taken.is_for(Purpose.LOG_IN, user_id=None, session_id=None, now=at):
            reason = Flaw.CHALLENGE.value
        else:
            reason = await self._use(scope, user, at)
        if not reason:
            return True
        self.recorded = True
        await self.login.record_refusal(scope, user, self.tried, reason=reason)
        return False

    async def _use(self, scope: IdentityScope, user: User, at: datetime) -> str:
        """Keep the passkey's use; return why not, empty when it was."""
        stored = await scope.passkeys.get(self.passkey.id)
        if stored is None or stored.user_id != user.id:
            return "removed"
        count = self.answered.sign_count
        if not stored.counts_on(count):
            await scope.audit.add(
                self.login.deps.entry(
                    tenant_id=user.tenant_id,
                    actor=actor_of(user.id),
                    action=CLONE_SUSPECTED,
                    subject=str(stored.id),
                    at=at,
                    trace_id=self.tried.trace_id,
                    detail=(("known", str(stored.sign_count)), ("shown", str(count))),
                )
            )
            return "sign_count"
        used = stored.used(sign_count=count, backed_up=self.answered.backed_up, at=at)
        await scope.passkeys.update(used)
        return ""
