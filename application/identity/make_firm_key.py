"""Make the key that may stop the whole firm: on the host only, and by no route."""

from dataclasses import dataclass
from datetime import timedelta

from application.identity.access_commands import TOKENS_MAX, TokenCreated
from domain.audit.entry import AuditEntry
from domain.identity.access import Permission
from domain.identity.personal_token import (
    SECRET_BYTES,
    PersonalToken,
    digest_of,
    hint_of,
    secret_of,
)
from ports.access import Members, PersonalTokens, TooMany
from ports.identity import Users
from ports.ids import Ids
from ports.randomness import Randomness
from ports.time import Clock

SCOPES = frozenset({Permission.FIRM_STOP, Permission.KILL_ACTIVATE, Permission.RISK_READ})


@dataclass(frozen=True, slots=True)
class NoSuchOwner:
    """There is no owner of that address, or more than one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeFirmKey:
    """Store a personal token of an owner with what no owner could give it."""

    users: Users
    members: Members
    tokens: PersonalTokens
    randomness: Randomness
    clock: Clock
    ids: Ids

    async def __call__(
        self, *, email: str, name: str, lasts: timedelta, actor: str
    ) -> TokenCreated | NoSuchOwner | TooMany:
        """Return the key; it is told once. Raises InvalidValue."""
        found = [
            member
            for user in await self.users.with_email(email=email)
            if (member := await self.members.of(member_id=user.id)) is not None and member.rules
        ]
        if len(found) != 1:
            return NoSuchOwner()
        (member,) = found
        secret, now = secret_of(self.randomness.token(SECRET_BYTES)), self.clock.now()
        token = PersonalToken(
            id=self.ids.new(),
            tenant_id=member.tenant_id,
            member_id=member.id,
            name=name,
            digest=digest_of(secret),
            hint=hint_of(secret),
            scopes=SCOPES,
            accounts=None,
            created_at=now,
            expires_at=now + lasts,
            created_by=actor,
        )
        audit = AuditEntry(
            id=self.ids.new(),
            tenant_id=member.tenant_id,
            actor=actor,
            action="token.create",
            subject=str(token.id),
            at=now,
            detail=(("member", str(member.id)), ("scopes", ",".join(sorted(SCOPES)))),
        )
        refused = await self.tokens.add(token=token, tokens_max=TOKENS_MAX, audit=audit)
        return refused if refused is not None else TokenCreated(token=token, secret=secret)
