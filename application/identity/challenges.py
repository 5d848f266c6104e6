"""Ask whoever knows the password for a second factor, and let them in once it was shown."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from application.identity.deps import IdentityDeps, actor_of
from application.identity.factor_tries import FactorTries, ProofRefused
from application.identity.issued import IssuedToken, issued
from application.identity.login_try import LoginTry
from application.identity.open_session import OpenedSession, OpenSession, still_right
from application.identity.proofs import Proof
from application.identity.throttle import LoginThrottle
from application.identity.try_source import source_of_token
from domain.identity.factors import Challenge, FactorKind, FactorLimits, Recovery
from domain.identity.fingerprint import Fingerprint
from domain.identity.one_time import LENGTH_MAX, Prefix, digest_of
from domain.identity.session import LABEL_MAX, Visitor
from domain.identity.tenant import User
from ports.identity import AccessTokens, Users
from ports.identity_scope import IdentityScope


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeOpened:
    """The password was right: the token, told here once, takes the factor that is still missing."""

    token: str = field(repr=False)
    kinds: Sequence[FactorKind]
    expires_at: datetime
    # An open request to take the factors away.
    recovery: Recovery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeOver:
    """The challenge is unknown, answered, lapsed or was tried too often: these look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeAnswer:
    """A challenge with what was shown for it, and the device that it is shown on."""

    token: str = field(repr=False)
    proof: Proof
    visitor: Visitor = field(default_factory=Visitor)
    trace_id: str = ""
    device_token: str | None = field(default=None, repr=False)
    # What the device says of itself.
    fingerprint: Fingerprint | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenChallenge:
    """Keep what a log-in asked for until it has shown a factor."""

    deps: IdentityDeps
    limits: FactorLimits

    async def __call__(
        self,
        user: User,
        tried: LoginTry,
        *,
        kinds: frozenset[FactorKind],
        renewed_hash: str | None = None,
    ) -> ChallengeOpened | None:
        """Return the challenge; None when the password lets nobody in any more."""
        token = self.deps.secret(Prefix.CHALLENGE)

        async def work(scope: IdentityScope) -> ChallengeOpened | None:
            at = self.deps.clock.now()
            stored = await still_right(scope, user, at=at, renewed_hash=renewed_hash)
            if stored is None:
                return None
            challenge = Challenge(
                id=self.deps.ids.new(),
                tenant_id=stored.tenant_id,
                user_id=stored.id,
                digest=digest_of(token),
                created_at=at,
                expires_at=at + self.limits.challenge,
                lasting=tried.lasting,
                remember=tried.remember,
                device_label=(tried.device_label or tried.visitor.user_agent)[:LABEL_MAX],
            )
            await scope.factors.keep_challenge(challenge)
            await scope.audit.add(
                self.deps.entry(
                    tenant_id=stored.tenant_id,
                    actor=actor_of(stored.id),
                    action="identity.challenge",
                    subject=actor_of(stored.id),
                    at=at,
                    trace_id=tried.trace_id,
                    detail=(("challenge", str(challenge.id)),),
                )
            )
            return ChallengeOpened(
                token=token,
                kinds=sorted(kinds),
                expires_at=challenge.expires_at,
                recovery=await scope.factors.recovery(stored.id),
            )

        return await self.deps.attempt(work)


@dataclass(frozen=True, slots=True, kw_only=True)
class Challenges:
    """Take what is shown for a challenge, of whatever kind it is."""

    deps: IdentityDeps
    users: Users
    tokens: AccessTokens
    throttle: LoginThrottle
    tries: FactorTries
    open: OpenSession

    async def answer(self, given: ChallengeAnswer) -> IssuedToken | ChallengeOver | ProofRefused:
        """Return tokens as a log-in does, or the refusal; raises SecretsSealed, storage errors."""
        user = await self.admitted(given.token, visitor=given.visitor)
        if user is None:
            return ChallengeOver()
        if isinstance(user, ProofRefused):
            return user
        spend = await given.proof(user)

        async def work(scope: IdentityScope) -> OpenedSession | ChallengeOver | ProofRefused:
            at = self.deps.clock.now()
            stored = await scope.users.get(user.id)
            challenge = await scope.factors.challenge(digest_of(given.token))
            if not self._is_open(challenge, at=at) or challenge is None:
                return ChallengeOver()
            if stored is None or stored.disabled_at is not None:
                return ChallengeOver()
            source = await source_of_token(
                scope, stored, visitor=given.visitor, token=given.device_token
            )
            shown = await self.tries.take(
                scope,
                stored,
                spend=spend,
                source=source,
                at=at,
                place="log-in",
                trace_id=given.trace_id,
            )
            if isinstance(shown, ProofRefused):
                if shown.retry_after_s is None:
                    await scope.factors.keep_challenge(
                        replace(challenge, tries=challenge.tries + 1)
                    )
                return shown
            await scope.factors.keep_challenge(replace(challenge, used_at=at))
            return await self.open.within(
                scope,
                stored,
                tried=_try_of(challenge, given, stored),
                at=at,
                known_at=at,
                factor=shown,
            )

        done = await self.deps.attempt(work)
        return issued(self.tokens, done) if isinstance(done, OpenedSession) else done

    async def admitted(self, token: str, *, visitor: Visitor) -> User | ProofRefused | None:
        """Count a try and return the user whose open challenge it is for; None for any other."""
        wait_s = await self.throttle.admit(visitor.network)
        user = await self.whose(token)
        if wait_s and user is not None:
            # Whoever holds an open one knew the password; its own tries are few.
            wait_s = await self.throttle.admit_known(digest_of(token).hex())
        if wait_s:
            return ProofRefused(retry_after_s=math.ceil(wait_s))
        return user

    async def whose(self, token: str) -> User | None:
        """Return the user whose open challenge a token is of, None for any other token."""
        if len(token) > LENGTH_MAX:
            return None
        found = await self.deps.look(lambda scope: scope.factors.challenge(digest_of(token)))
        if not self._is_open(found, at=self.deps.clock.now()) or found is None:
            return None
        return await self.users.find(user_id=found.user_id)

    def _is_open(self, challenge: Challenge | None, *, at: datetime) -> bool:
        allowed = self.tries.limits.tries_challenge
        return challenge is not None and challenge.is_open(at, tries_max=allowed)


def _try_of(challenge: Challenge, given: ChallengeAnswer, user: User) -> LoginTry:
    """Return the log-in that the challenge was of, from where it is answered now."""
    return LoginTry(
        email=user.email,
        # It was right, and is kept nowhere.
        password="",
        visitor=given.visitor,
        trace_id=given.trace_id,
        lasting=challenge.lasting,
        remember=challenge.remember,
        device_token=given.device_token,
        device_label=challenge.device_label,
        fingerprint=given.fingerprint,
    )
