"""Say what can be asked of members and personal access tokens, and what comes back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from domain.audit.entry import AuditEntry
from domain.identity.access import GrantLevel, Permission, Role
from domain.identity.personal_token import PersonalToken
from domain.identity.tenant import Principal
from domain.shared.refusals import Absent
from ports.ids import Ids
from ports.time import Clock

MEMBERS_MAX = 1_000
TOKENS_MAX = 100


class MemberNotFound(Absent):
    """There is no such member, or it is another tenant's."""


class TokenNotFound(Absent):
    """There is no such personal access token, or it is another's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who asks, and in which request."""

    principal: Principal
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMember:
    """Give a member another role or name, or disable or enable it; None leaves it as it is."""

    by: By
    member_id: UUID
    role: Role | None = None
    name: str | None = None
    disabled: bool | None = None
    expected_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantAccount:
    """Grant an account to a member, or with level None take it back."""

    by: By
    member_id: UUID
    account_id: UUID
    level: GrantLevel | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateToken:
    """Make a personal access token, for oneself or, as one who manages, for a machine."""

    by: By
    name: str
    scopes: frozenset[Permission]
    accounts: frozenset[UUID] | None
    lasts: timedelta
    member_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenCreated:
    """The token is stored; secret is told here and nowhere else."""

    token: PersonalToken
    secret: str


@dataclass(frozen=True, slots=True)
class NeedsPerson:
    """Nothing was done: a personal access token cannot make another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaTrail:
    """Writes the audit entries of one area."""

    clock: Clock
    ids: Ids

    def entry(
        self,
        by: By,
        *,
        action: str,
        subject: UUID | str,
        account_id: UUID | None = None,
        detail: Iterable[tuple[str, str]] = (),
        at: datetime | None = None,
    ) -> AuditEntry:
        """Return the entry of an action."""
        return AuditEntry(
            id=self.ids.new(),
            tenant_id=by.principal.tenant_id,
            account_id=account_id,
            actor=by.principal.actor,
            action=action,
            subject=str(subject),
            at=at or self.clock.now(),
            trace_id=by.trace_id,
            detail=tuple(detail),
        )
