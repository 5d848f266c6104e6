"""Let users have passkeys: ask for one, keep it, show, rename and remove it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from application.identity.access_commands import NeedsPerson
from application.identity.deps import Asking
from application.identity.factor_added import EarlierAccess, FactorAdded, NewFactor
from application.identity.notify import notify
from application.identity.passkey_use import PasskeyOptions, PasskeyUse
from application.identity.unknown_user import UserNotFound
from domain.identity.factors import FactorKind
from domain.identity.passkey import (
    PASSKEYS_MAX,
    TRANSPORT_LENGTH_MAX,
    TRANSPORTS_MAX,
    Passkey,
    Purpose,
)
from domain.identity.tenant import PrincipalKind, User
from domain.shared.refusals import Absent
from ports.factors_of import FactorsOf
from ports.identity_scope import IdentityScope
from ports.passkeys import Flaw, MadeCredential, NewCredential


class PasskeyNotFound(Absent):
    """There is no such passkey, or it is another user's."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyAdded:
    """A new passkey, and what let its user in before."""

    passkey: Passkey
    earlier: EarlierAccess


NotAdded = NeedsPerson | ChallengeSpent | PasskeyRefused | PasskeyTaken | TooManyPasskeys


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkeys:
    """A user's own passkeys."""

    use: PasskeyUse
    kinds: FactorsOf
    added: FactorAdded

    async def options(self, asking: Asking) -> PasskeyOptions | NeedsPerson | TooManyPasskeys:
        """Return what a browser needs to make a passkey; good once, for this session."""
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()

        async def work(scope: IdentityScope) -> PasskeyOptions | TooManyPasskeys:
            user = await _user(scope, asking)
            known = await scope.passkeys.of(user.id)
            if len(known) >= PASSKEYS_MAX:
                return TooManyPasskeys()
            asked = await self.use.ask(
                scope, Purpose.REGISTER, user=user, bound_to=asking.principal.session_id
            )
            options = self.use.ceremonies.creation_options(
                challenge=asked.challenge, user=user, known=known
            )
            return PasskeyOptions(options=options, expires_at=asked.expires_at)

        return await self.use.deps.look(work)

    async def add(
        self, asking: Asking, *, sent: NewCredential, label: str, keep_others: bool = False
    ) -> PasskeyAdded | NotAdded:
        """Keep the passkey that a browser made; raises InvalidValue.

        Whatever comes of it, the challenge that it answers is used up. If it is the user's
        first factor their other sessions end, unless keep_others.
        """
        if asking.principal.kind is not PrincipalKind.PERSON:
            return NeedsPerson()
        challenge = self.use.ceremonies.challenge_of(sent.client_data)
        made = self.use.ceremonies.made(sent, challenge=challenge)
        personal_tokens = await self.added.good_tokens(asking)

        async def work(scope: IdentityScope) -> PasskeyAdded | NotAdded:
            at = self.use.deps.clock.now()
            # Held until the exit: two of one user's are counted one after the other.
            user = await _user(scope, asking)
            first = not await self.kinds.within(scope, user_id=user.id)
            bound_to = asking.principal.session_id
            if not await self.use.take(
                scope, challenge, purpose=Purpose.REGISTER, user=user, bound_to=bound_to, at=at
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
            new = NewFactor(
                named=_named(passkey),
                asking=asking,
                at=at,
                first=first,
                keep_others=keep_others,
                personal_tokens=personal_tokens,
            )
            earlier = await self.added(scope, user, new)
            return PasskeyAdded(passkey=passkey, earlier=earlier)

        return await self.use.deps.attempt(work)

    async def list(self, asking: Asking) -> Sequence[Passkey]:
        """Return the passkeys of who asks, oldest first."""
        return await self.use.deps.look(lambda scope: scope.passkeys.of(asking.principal.user_id))

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
            at = self.use.deps.clock.now()
            await self._record(
                scope, asking, renamed, action="passkey.rename", at=at, before=found.label
            )
            return renamed

        return await self.use.deps.attempt(work)

    async def remove(self, asking: Asking, *, passkey_id: UUID) -> NeedsPerson | None:
        """Delete one of the user's; raises PasskeyNotFound."""

        async def work(scope: IdentityScope) -> NeedsPerson | None:
            user = await _user(scope, asking)
            found = await _own(scope, asking, passkey_id=passkey_id)
            if asking.principal.kind is not PrincipalKind.PERSON:
                return NeedsPerson()
            await scope.passkeys.remove(found.id)
            at = self.use.deps.clock.now()
            apps = await scope.factors.totps(user.id)
            if not await scope.passkeys.of(user.id) and not any(one.is_active for one in apps):
                # With the last factor what stands for one is void.
                await scope.factors.put_codes((), user_id=user.id, at=at)
            await self._record(scope, asking, found, action="passkey.remove", at=at)
            await notify(
                scope,
                user,
                kind="factor_removed",
                detail=_named(found),
                deps=self.use.deps,
                trace_id=asking.trace_id,
            )
            return None

        return await self.use.deps.attempt(work)

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
            id=self.use.deps.ids.new(),
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
            self.use.deps.entry(
                tenant_id=passkey.tenant_id,
                actor=asking.principal.actor,
                action=action,
                subject=str(passkey.id),
                at=at,
                trace_id=asking.trace_id,
                detail=tuple(detail),
            )
        )


def _named(passkey: Passkey) -> tuple[tuple[str, str], ...]:
    return (("factor", FactorKind.PASSKEY.value), ("label", passkey.label))


async def _user(scope: IdentityScope, asking: Asking) -> User:
    user = await scope.users.get(asking.principal.user_id)
    if user is None:
        raise UserNotFound(asking.principal.user_id)
    return user


async def _own(scope: IdentityScope, asking: Asking, *, passkey_id: UUID) -> Passkey:
    found = await scope.passkeys.get(passkey_id)
    if found is None or found.user_id != asking.principal.user_id:
        raise PasskeyNotFound(f"no passkey {passkey_id}")
    return found
