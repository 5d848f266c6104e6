"""Let a passkey stand beside a password: as a second factor, and for a step-up."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.challenges import ChallengeOver, Challenges
from application.identity.deps import Asking
from application.identity.factor_tries import ProofRefused
from application.identity.passkey_use import PasskeyOptions, PasskeyUse
from application.identity.proofs import Proof, Spend
from application.identity.step_up import has_session
from application.identity.unknown_user import UserNotFound
from domain.identity import one_time
from domain.identity.factors import FactorKind
from domain.identity.passkey import Purpose
from domain.identity.session import Visitor
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.passkeys import Assertion, PasskeyAnswer


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPasskey:
    """The user has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyFactors:
    """Passkeys as factors (port KeepsFactors)."""

    async def remove_all(self, scope: IdentityScope, *, user_id: UUID) -> int:
        """Take a user's passkeys, within a transaction; return how many it were."""
        found = await scope.passkeys.of(user_id)
        for one in found:
            await scope.passkeys.remove(one.id)
        return len(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyFactor:
    """Ask a user whom a password or a session names for one of their passkeys.

    That they were verified by it is preferred and not asked for: the password was.
    """

    use: PasskeyUse
    challenges: Challenges

    async def for_challenge(
        self, token: str, *, visitor: Visitor
    ) -> PasskeyOptions | ChallengeOver | NoPasskey | ProofRefused:
        """Return what the browser is asked of who has to answer a log-in's challenge."""
        user = await self.challenges.admitted(token, visitor=visitor)
        if user is None:
            return ChallengeOver()
        if isinstance(user, ProofRefused):
            return user

        async def work(scope: IdentityScope) -> PasskeyOptions | ChallengeOver | NoPasskey:
            challenge = await scope.factors.challenge(one_time.digest_of(token))
            if challenge is None:
                return ChallengeOver()
            return await self._ask(scope, user, Purpose.SECOND_FACTOR, bound_to=challenge.id)

        return await self.use.deps.look(work)

    async def for_step_up(self, asking: Asking) -> PasskeyOptions | NoPasskey | NeedsPerson:
        """Return what the browser is asked of who has to show again who they are."""
        if not has_session(asking):
            return NeedsPerson()

        async def work(scope: IdentityScope) -> PasskeyOptions | NoPasskey:
            user = await scope.users.get(asking.principal.user_id)
            if user is None:
                raise UserNotFound(asking.principal.user_id)
            bound_to = asking.principal.session_id
            return await self._ask(scope, user, Purpose.STEP_UP, bound_to=bound_to)

        return await self.use.deps.look(work)

    def answers(self, sent: Assertion, *, token: str) -> Proof:
        """Return the proof that an answer for a log-in's challenge is; raises InvalidValue."""

        async def bound_to(scope: IdentityScope) -> UUID | None:
            challenge = await scope.factors.challenge(one_time.digest_of(token))
            return challenge.id if challenge is not None else None

        return _PasskeyUse(
            use=self.use, sent=sent, purpose=Purpose.SECOND_FACTOR, bound_to=bound_to
        ).look

    def steps_up(self, sent: Assertion, *, asking: Asking) -> Proof:
        """Return the proof that an answer for a step-up is; raises InvalidValue."""

        async def bound_to(_: IdentityScope) -> UUID | None:
            return asking.principal.session_id

        return _PasskeyUse(
            use=self.use,
            sent=sent,
            purpose=Purpose.STEP_UP,
            bound_to=bound_to,
            trace_id=asking.trace_id,
        ).look

    async def _ask(
        self, scope: IdentityScope, user: User, purpose: Purpose, *, bound_to: UUID | None
    ) -> PasskeyOptions | NoPasskey:
        known = await scope.passkeys.of(user.id)
        if not known:
            return NoPasskey()
        asked = await self.use.ask(scope, purpose, user=user, bound_to=bound_to)
        options = self.use.ceremonies.request_options(
            challenge=asked.challenge, allowed=known, verified=False
        )
        return PasskeyOptions(options=options, expires_at=asked.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class _PasskeyUse:
    """An answer on its way to being used up."""

    use: PasskeyUse
    sent: Assertion
    purpose: Purpose
    bound_to: Callable[[IdentityScope], Awaitable[UUID | None]]
    trace_id: str = ""

    async def look(self, user: User) -> Spend:
        """Check the answer, before the transaction."""
        challenge = self.use.ceremonies.challenge_of(self.sent.client_data)
        passkey = await self.use.deps.look(
            lambda scope: scope.passkeys.by_credential(self.sent.credential_id)
        )
        answered = None
        if passkey is not None and passkey.user_id == user.id:
            answered = self.use.ceremonies.answered(
                self.sent, challenge=challenge, passkey=passkey, verified=False
            )

        async def spend(scope: IdentityScope, at: datetime) -> FactorKind | None:
            # Taken first: whatever comes of it, it was answered.
            fits = await self.use.take(
                scope,
                challenge,
                purpose=self.purpose,
                user=user,
                bound_to=await self.bound_to(scope),
                at=at,
            )
            if not fits or passkey is None or not isinstance(answered, PasskeyAnswer):
                return None
            wrong = await self.use.count(
                scope, user, passkey=passkey, answered=answered, at=at, trace_id=self.trace_id
            )
            return FactorKind.PASSKEY if not wrong else None

        return spend
