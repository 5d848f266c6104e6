"""Hand out challenges for passkeys, and use an answered one up: what every ceremony shares."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.identity.deps import IdentityDeps, actor_of
from application.identity.notify import notify
from domain.audit.entry import NOBODY
from domain.identity.passkey import (
    CHALLENGE_BYTES,
    CHALLENGE_LASTS,
    Passkey,
    PasskeyChallenge,
    Purpose,
    digest_of,
)
from domain.identity.tenant import User
from ports.identity_scope import IdentityScope
from ports.passkeys import PasskeyAnswer, PasskeyCeremonies

CLONE_SUSPECTED = "passkey.clone_suspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyOptions:
    """What the browser is to be asked, as JSON, and until when its answer counts."""

    options: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """A challenge that was just made, told to the browser and kept as its SHA-256."""

    challenge: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyUse:
    """Challenges and uses of passkeys, within somebody's transaction."""

    deps: IdentityDeps
    ceremonies: PasskeyCeremonies

    async def ask(
        self, scope: IdentityScope, purpose: Purpose, *, user: User | None, bound_to: UUID | None
    ) -> HandedOut:
        """Make a challenge that this user, or anybody, may answer once."""
        challenge = self.deps.randomness.token(CHALLENGE_BYTES)
        expires_at = self.deps.clock.now() + CHALLENGE_LASTS
        await scope.passkeys.ask(
            PasskeyChallenge(
                digest=digest_of(challenge),
                tenant_id=user.tenant_id if user is not None else NOBODY,
                purpose=purpose,
                user_id=user.id if user is not None else None,
                bound_to=bound_to,
                expires_at=expires_at,
            )
        )
        return HandedOut(challenge=challenge, expires_at=expires_at)

    async def take(
        self,
        scope: IdentityScope,
        challenge: bytes,
        *,
        purpose: Purpose,
        user: User | None,
        bound_to: UUID | None,
        at: datetime,
    ) -> bool:
        """Use a challenge up; tell whether it was made for this, and in time."""
        taken = await scope.passkeys.take(digest_of(challenge))
        user_id = user.id if user is not None else None
        return taken is not None and taken.is_for(
            purpose, user_id=user_id, bound_to=bound_to, now=at
        )

    async def count(
        self,
        scope: IdentityScope,
        user: User,
        *,
        passkey: Passkey,
        answered: PasskeyAnswer,
        at: datetime,
        trace_id: str,
    ) -> str:
        """Keep that a passkey was used; return why it may not be, empty when it was.

        A count that does not go on is kept as a suspected copy: the private key has signed it.
        """
        stored = await scope.passkeys.get(passkey.id)
        if stored is None or stored.user_id != user.id:
            return "removed"
        count = answered.sign_count
        if stored.counts_on(count):
            used = stored.used(sign_count=count, backed_up=answered.backed_up, at=at)
            await scope.passkeys.update(used)
            return ""
        await scope.audit.add(
            self.deps.entry(
                tenant_id=user.tenant_id,
                actor=actor_of(user.id),
                action=CLONE_SUSPECTED,
                subject=str(stored.id),
                at=at,
                trace_id=trace_id,
                detail=(("known", str(stored.sign_count)), ("shown", str(count))),
            )
        )
        await notify(
            scope,
            user,
            kind="passkey_clone_suspected",
            detail=(("label", stored.label),),
            deps=self.deps,
            trace_id=trace_id,
        )
        return "sign_count"
