"""Keep members, grants and personal access tokens in memory."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from adapters.memory.credential_status import keep_credential_status, tell_change
from adapters.memory.database import MemoryDatabase, MemoryLink
from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel
from domain.identity.change import of_revoked, rights_changed
from domain.identity.member import Member, MemberKind
from domain.identity.personal_token import PersonalToken
from ports.access import Cancels, LastOwner, MemberChanged, NoSuchAccount, TooMany
from ports.storage import ConstraintBroken


@dataclass(frozen=True, slots=True)
class MemoryMembers:
    """Members in memory (port Members)."""

    link: MemoryLink

    async def of(self, *, member_id: UUID) -> Member | None:
        """Return a member of whatever tenant."""
        database = await self.link.enter()
        found = database.members.get(member_id)
        return _as_user(database, found) if found is not None else None

    async def find(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        """Return a member of the tenant."""
        database = await self.link.enter()
        found = _of(database, tenant_id=tenant_id, member_id=member_id)
        return _as_user(database, found) if found is not None else None

    async def list(self, *, tenant_id: UUID) -> Sequence[Member]:
        """Return the tenant's members, oldest first."""
        return members_of(await self.link.enter(), tenant_id=tenant_id)

    async def add(self, *, member: Member, members_max: int, audit: AuditEntry) -> TooMany | None:
        """Store a new member."""
        database = await self.link.enter()
        held = [one for one in database.members.values() if one.tenant_id == member.tenant_id]
        if len(held) >= members_max:
            return TooMany(members_max)
        user = database.users.get(member.id)
        is_user = user is not None and user.tenant_id == member.tenant_id
        if member.id in database.members or is_user is not (member.kind is MemberKind.PERSON):
            raise ConstraintBroken(f"member {member.id} cannot be added")
        email = user.email if user is not None else None
        database.members[member.id] = replace(member, email=email, grants=MappingProxyType({}))
        database.audit.append(audit)
        return None

    async def change(
        self, *, member: Member, audit: AuditEntry, cancels: Cancels
    ) -> Member | MemberChanged | LastOwner:
        """Store a member's role, name and disablement."""
        database = await self.link.enter()
        stored = _of(database, tenant_id=member.tenant_id, member_id=member.id)
        if stored is None or stored.version != member.version:
            return MemberChanged()
        if stored.rules and not member.rules:
            others = (one for one in database.members.values() if one.id != member.id)
            if not any(one.rules for one in others if one.tenant_id == member.tenant_id):
                return LastOwner()
        changed = replace(
            stored,
            role=member.role,
            name=member.name,
            disabled_at=member.disabled_at,
            version=stored.version + 1,
        )
        database.members[member.id] = changed
        database.audit.append(audit)
        await keep_credential_status(
            database, before=stored, after=changed, at=audit.at, cancels=cancels
        )
        return _as_user(database, changed)

    async def grant(
        self,
        *,
        tenant_id: UUID,
        member_id: UUID,
        account_id: UUID,
        level: GrantLevel | None,
        audit: AuditEntry,
    ) -> Member | NoSuchAccount | None:
        """Grant an account, or take it back."""
        database = await self.link.enter()
        stored = _of(database, tenant_id=tenant_id, member_id=member_id)
        if stored is None:
            return None
        book = database.books.get(account_id)
        if book is None or book.account.tenant_id != tenant_id:
            return NoSuchAccount()
        if stored.grants.get(account_id) is level:
            return stored
        grants = {one: kept for one, kept in stored.grants.items() if one != account_id}
        if level is not None:
            grants[account_id] = level
        changed = replace(stored, grants=MappingProxyType(grants), version=stored.version + 1)
        database.members[member_id] = changed
        database.audit.append(audit)
        tell_change(database, rights_changed(changed, at=audit.at))
        return _as_user(database, changed)


def _as_user(database: MemoryDatabase, member: Member) -> Member:
    """Return a member with what their user says of them."""
    user = database.users.get(member.id)
    drawn = user is not None and user.password_until is not None
    return member if member.first_password is drawn else replace(member, first_password=drawn)


def members_of(database: MemoryDatabase, *, tenant_id: UUID) -> Sequence[Member]:
    """Return the tenant's members as they are now, oldest first."""
    found = [one for one in database.members.values() if one.tenant_id == tenant_id]
    return sorted((_as_user(database, one) for one in found), key=lambda one: one.id)


def _of(database: MemoryDatabase, *, tenant_id: UUID, member_id: UUID) -> Member | None:
    found = database.members.get(member_id)
    return found if found is not None and found.tenant_id == tenant_id else None


@dataclass(frozen=True, slots=True)
class MemoryPersonalTokens:
    """Personal access tokens in memory (port PersonalTokens)."""

    link: MemoryLink

    async def by_digest(self, digest: bytes) -> PersonalToken | None:
        """Return the token of that SHA-256."""
        tokens = (await self.link.enter()).personal_tokens.values()
        return next((one for one in tokens if one.digest == digest), None)

    async def list(self, *, tenant_id: UUID, member_id: UUID | None) -> Sequence[PersonalToken]:
        """Return the tokens that are not revoked, oldest first."""
        found = (await self.link.enter()).personal_tokens.values()
        kept = (
            one
            for one in found
            if one.tenant_id == tenant_id
            and member_id in (None, one.member_id)
            and one.revoked_at is None
        )
        return sorted(kept, key=lambda one: one.id)

    async def add(
        self, *, token: PersonalToken, tokens_max: int, audit: AuditEntry
    ) -> TooMany | None:
        """Store a new token with its audit entry."""
        database = await self.link.enter()
        good = sum(
            one.member_id == token.member_id and one.is_good(now=token.created_at)
            for one in database.personal_tokens.values()
        )
        if good >= tokens_max:
            return TooMany(tokens_max)
        if any(one.digest == token.digest for one in database.personal_tokens.values()):
            raise ConstraintBroken("the token is there already")
        database.personal_tokens[token.id] = token
        database.audit.append(audit)
        return None

    async def revoke(
        self, *, tenant_id: UUID, member_id: UUID | None, token_id: UUID, audit: AuditEntry
    ) -> PersonalToken | None:
        """End a token."""
        database = await self.link.enter()
        stored = database.personal_tokens.get(token_id)
        if (
            stored is None
            or stored.tenant_id != tenant_id
            or member_id not in (None, stored.member_id)
            or stored.revoked_at is not None
        ):
            return None
        revoked = replace(stored, revoked_at=audit.at)
        database.personal_tokens[token_id] = revoked
        database.audit.append(audit)
        tell_change(database, of_revoked(revoked, at=audit.at))
        return revoked

    async def used(self, *, token_id: UUID, at: datetime) -> None:
        """Note when a token was last used."""
        database = await self.link.enter()
        stored = database.personal_tokens.get(token_id)
        if stored is not None and (stored.last_used_at is None or stored.last_used_at < at):
            database.personal_tokens[token_id] = replace(stored, last_used_at=at)


@dataclass(frozen=True, slots=True)
class MemoryRefusals:
    """Refusals in the audit trail in memory (port Refusals)."""

    link: MemoryLink

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry."""
        (await self.link.enter()).audit.append(entry)
