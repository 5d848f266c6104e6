"""Let users have passkeys: ask for one, keep it, show, rename and remove it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking, IdentityDeps
from application.identity.unknown_user import UserNotFound
from domain.identity.passkey import (
    CHALLENGE_BYTES,
    CHALLENGE_LASTS,
    PASSKEYS_MAX,
    TRANSPORT_LENGTH_MAX,
    TRANSPORTS_MAX,
    Passkey,
    PasskeyChallenge,
    Purpose,
    digest_of,
)
from domain.identity.tenant import PrincipalKind
from ports.identity_scope import IdentityScope
from ports.passkeys import Flaw, MadeCredential, NewCredential, PasskeyCeremonies


class PasskeyNotFound(Exception):
    """There is no such passkey, or it is another user's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyOptions:
    """What the browser is to be asked, as JSON, and until when its answer counts."""

    options: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ChallengeSpent:
    """The challenge is unknown, answered, lapsed or not that user's: these look the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyRefused:
    """What the browser sent can be read and does not hold."""

    flaw: Flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyTaken:
    """Somebody has that credential already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TooManyPasskeys:
    """The user has as many as there may be."""


NotAdded = NeedsPerson | ChallengeSpent | PasskeyRefused | PasskeyTaken | TooManyPasskeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """A user's own passkeys."""

    deps: IdentityDeps
    ceremonies: PasskeyCeremonies

    async def options(self, asking: Asking) -> PasskeyOptions | NeedsPerson | TooManyPasskeys:
        """Return what a browser needs to make a passkey; good once, for this session."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        challenge = self.deps.randomness.token(CHALLENGE_BYTES)
        expires_at = self.deps.clock.now() + CHALLENGE_LASTS

        async def work(scope: IdentityScope) -> PasskeyOptions | TooManyPasskeys:
            user = await scope.users.get(asking.principal.user_id)
            if user is None:
                raise UserNotFound(asking.principal.user_id)
            known = await scope.passkeys.of(user.id)
            if len(known) >= PASSKEYS_MAX:
                return TooManyPasskeys()
            await scope.passkeys.ask(
                PasskeyChallenge(
                    digest=digest_of(challenge),
                    tenant_id=user.tenant_id,
                    purpose=Purpose.REGISTER,
                    user_id=user.id,
                    session_id=asking.principal.session_id,
                    expires_at=expires_at,
                )
            )
            options = self.ceremonies.creation_options(challenge=challenge, user=user, known=known)
            return PasskeyOptions(options=options, expires_at=expires_at)

        return await self.deps.attempt(work)

    async def add(self, asking: Asking, *, sent: NewCredential, label: str) -> Passkey | NotAdded:
        """Keep the passkey that a browser made; raises InvalidValue.

        Whatever comes of it, the challenge that it answers is used up.
        """
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        challenge = self.ceremonies.challenge_of(sent.client_data)
        made = self.ceremonies.made(sent, challenge=challenge)

        async def work(scope: IdentityScope) -> Passkey | NotAdded:
            at = self.deps.clock.now()
            # Held until the exit: two of one user's are counted one after the other.
            user = await scope.users.get(asking.principal.user_id)
            if user is None:
                raise UserNotFound(asking.principal.user_id)
            taken = await scope.passkeys.take(digest_of(challenge))
            if taken is None or not taken.is_for(
                Purpose.REGISTER,
                user_id=user.id,
                session_id=asking.principal.session_id,
                now=at,
            ):
                return ChallengeSpent()
            if isinstance(made, Flaw):
                return PasskeyRefused(flaw=made)
            if len(await scope.passkeys.of(user.id)) >= PASSKEYS_MAX:
                return TooManyPasskeys()
            passkey = self._passkey(asking, made, sent=sent, label=label, at=at)
            if not await scope.passkeys.add(passkey):
                return PasskeyTaken()
            await self._record(scope, asking, passkey, action="passkey.add", at=at)
            return passkey

        return await self.deps.attempt(work)

    async def list(self, asking: Asking) -> Sequence[Passkey]:
        """Return the passkeys of who asks, oldest first."""
        async with self.deps.transactions.begin() as scope:
            return await scope.passkeys.of(asking.principal.user_id)

    async def rename(
        self, asking: Asking, *, passkey_id: UUID, label: str
    ) -> Passkey | NeedsPerson:
        """Give one of the user's another label; raises PasskeyNotFound, InvalidValue."""

        async def work(scope: IdentityScope) -> Passkey | NeedsPerson:
            found = await _own(scope, asking, passkey_id=passkey_id)
            if asking.principal.kind is not PrincipalKind.PERSON:
                return NeedsPerson()
            renamed = found.renamed(label)
            await scope.passkeys.update(renamed)
            at = self.deps.clock.now()
            await self._record(
                scope, asking, renamed, action="passkey.rename", at=at, before=found.label
            )
            return renamed

        return await self.deps.attempt(work)

    async def remove(self, asking: Asking, *, passkey_id: UUID) -> NeedsPerson | None:
        """Delete one of the user's; raises PasskeyNotFound."""

        async def work(scope: IdentityScope) -> NeedsPerson | None:
            found = await _own(scope, asking, passkey_id=passkey_id)
            if asking.principal.kind is not PrincipalKind.PERSON:
                return NeedsPerson()
            await scope.passkeys.remove(found.id)
            at = self.deps.clock.now()
            await self._record(scope, asking, found, action="passkey.remove", at=at)
            return None

        return await self.deps.attempt(work)

    def _passkey(
        self,
        asking: Asking,
        made: MadeCredential,
        *,
        sent: NewCredential,
        label: str,
        at: datetime,
    ) -> Passkey:
        transports = sorted({one for one in sent.transports if len(one) <= TRANSPORT_LENGTH_MAX})
        return Passkey(
            id=self.deps.ids.new(),
            tenant_id=asking.tenant_id,
            user_id=asking.principal.user_id,
            credential_id=made.credential_id,
            public_key=made.public_key,
            sign_count=made.sign_count,
            transports=tuple(transports[:TRANSPORTS_MAX]),
            aaguid=made.aaguid,
            backup_eligible=made.backup_eligible,
            backed_up=made.backed_up,
            label=label,
            created_at=at,
        )

    async def _record(
        self,
        scope: IdentityScope,
        asking: Asking,
        passkey: Passkey,
        *,
        action: str,
        at: datetime,
        before: str = "",
    ) -> None:
        detail = [("label", passkey.label), ("backed_up", str(passkey.backed_up).lower())]
        if before:
            detail.append(("label_before", before))
        await scope.audit.add(
            self.deps.entry(
                tenant_id=passkey.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(passkey.id),
                at=at,
                trace_id=asking.trace_id,
                detail=tuple(detail),
            )
        )


async def _own(scope: IdentityScope, asking: Asking, *, passkey_id: UUID) -> Passkey:
    found = await scope.passkeys.get(passkey_id)
    if found is None or found.user_id != asking.principal.user_id:
        raise PasskeyNotFound(f"no passkey {passkey_id}")
    return found
