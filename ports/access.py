"""What the core needs to keep who may do what: members, grants, personal access tokens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel
from domain.identity.factors import Recovery
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.identity.personal_token import PersonalToken


@dataclass(frozen=True, slots=True)
class LastOwner:
    """Nothing was stored: the tenant would have been left without an owner."""


@dataclass(frozen=True, slots=True)
class MemberChanged:
    """Nothing was stored: another change came first."""


@dataclass(frozen=True, slots=True)
class NoSuchAccount:
    """Nothing was stored: the tenant has no such account."""


@dataclass(frozen=True, slots=True)
class TooMany:
    """Nothing was stored: there are as many as there may be."""

    allowed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """A request for recovery that is over, with what the user and the audit trail are told."""

    recovery: Recovery
    notice: UserNotice
    entries: tuple[AuditEntry, ...]


# Makes of an open request what is stored in its place.
Cancels = Callable[[Recovery], Cancellation]


class Members(Protocol):
    """The members of all tenants, with the accounts granted to them.

    Each change is stored with its audit entry, all or nothing, and raises the member's
    version by one. Raise StorageUnavailable.
    """

    async def of(self, *, member_id: UUID) -> Member | None:
        """Return a member of whatever tenant, as they and their user are: who asks checks it."""
        ...

    async def find(self, *, tenant_id: UUID, member_id: UUID) -> Member | None:
        """Return a member of the tenant, None for another's or none."""
        ...

    async def list(self, *, tenant_id: UUID) -> Sequence[Member]:
        """Return the tenant's members, oldest first."""
        ...

    async def add(self, *, member: Member, members_max: int, audit: AuditEntry) -> TooMany | None:
        """Store a new member without grants; a person must be a user of the tenant already."""
        ...

    async def change(
        self, *, member: Member, audit: AuditEntry, cancels: Cancels
    ) -> Member | MemberChanged | LastOwner:
        """Store a member's role, name and disablement, if the stored version is member's.

        Exact however many ask at once: a tenant that has an owner never loses the last one.
        Disabling a person keeps the user out too and ends its sessions, password resets,
        log-ins that still have to show a factor and, as cancels says, its request for recovery;
        enabled again it has the same grants, and logs in anew. The feed is told.
        """
        ...

    async def grant(
        self,
        *,
        tenant_id: UUID,
        member_id: UUID,
        account_id: UUID,
        level: GrantLevel | None,
        audit: AuditEntry,
    ) -> Member | NoSuchAccount | None:
        """Grant an account of the tenant, or with level None take it back; again is no change.

        Returns the member afterwards, None where the tenant has no such member.
        """
        ...


class PersonalTokens(Protocol):
    """Personal access tokens, known by their SHA-256. Raise StorageUnavailable."""

    async def by_digest(self, digest: bytes) -> PersonalToken | None:
        """Return the token of whatever tenant, revoked and expired ones too."""
        ...

    async def list(self, *, tenant_id: UUID, member_id: UUID | None) -> Sequence[PersonalToken]:
        """Return the tokens that are not revoked, of one member or of all, oldest first."""
        ...

    async def add(
        self, *, token: PersonalToken, tokens_max: int, audit: AuditEntry
    ) -> TooMany | None:
        """Store a new token with its audit entry, if its member has not that many good ones."""
        ...

    async def revoke(
        self, *, tenant_id: UUID, member_id: UUID | None, token_id: UUID, audit: AuditEntry
    ) -> PersonalToken | None:
        """End a token of the tenant, or of one member only, with its audit entry.

        Returns it as it is then, None where there is none or it was revoked before.
        """
        ...

    async def used(self, *, token_id: UUID, at: datetime) -> None:
        """Note when a token was last used; an earlier time changes nothing."""
        ...


class Refusals(Protocol):
    """The audit trail of what was asked for and not allowed."""

    async def add(self, entry: AuditEntry) -> None:
        """Store an entry; raises StorageUnavailable."""
        ...
