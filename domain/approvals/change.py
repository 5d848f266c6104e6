"""Describe a change that loosens something, from its proposal to its end."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.shared.values import InvalidValue

REASON_LENGTH_MAX = 500
# Who has not decided by then has not agreed.
LIFETIME = timedelta(hours=24)
COOLING = timedelta(minutes=15)
# How an actor is called who is a person.
PERSON = "user:"


class ApprovalPolicy(StrEnum):
    """What a loosening needs, as the installation has set it."""

    AUTO = "auto"
    SECOND_PERSON = "second_person"
    COOLING = "cooling"
    OFF = "off"


class Hurdle(StrEnum):
    """What one loosening needs before it is applied."""

    NONE = "none"
    SECOND_PERSON = "second_person"
    COOLING = "cooling"


class ChangeState(StrEnum):
    """How a proposed change stands."""

    PENDING = "pending"
    APPLIED = "applied"
    REJECTED = "rejected"
    # Nobody decided in time.
    VOID = "void"
    # What it was to change is of another version by now.
    OUTDATED = "outdated"


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingChange:
    """A loosening that waits: what is to change, from which version, who proposed it and why.

    kind names what applies it, payload is that one's own, as text; before and after describe
    the change to whoever decides. proposer is an actor, user_id the person behind it, the one
    whose key it is included, and key_id the key that signed the command where one did. With
    applies_at it is applied by itself then, without a second
    person.
    """

    id: UUID
    tenant_id: UUID
    kind: str
    subject: UUID
    subject_version: int
    account_id: UUID | None
    proposer: str
    user_id: UUID | None
    reason: str
    payload: str
    proposed_at: datetime
    expires_at: datetime
    applies_at: datetime | None = None
    before: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    after: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    state: ChangeState = ChangeState.PENDING
    decided_by: str = ""
    decided_at: datetime | None = None
    # What whoever decided said.
    note: str = ""
    # When those who may approve were told.
    told_at: datetime | None = None
    key_id: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for a reason or note that is none."""
        checked_reason(self.reason)
        if self.note:
            checked_reason(self.note, field="note")

    @property
    def payload_digest(self) -> str:
        """The SHA-256 of what would be applied, in hexadecimal: the trail holds it."""
        return hashlib.sha256(self.payload.encode()).hexdigest()

    def state_at(self, now: datetime) -> ChangeState:
        """Return how it stands: what waited too long is void, whether or not that is stored."""
        if self.state is ChangeState.PENDING and now >= self.expires_at:
            return ChangeState.VOID
        return self.state

    def is_own(self, actor: str) -> bool:
        """Tell whether that actor proposed it, in person or by a key of theirs."""
        return actor == self.proposer or (
            self.user_id is not None and actor == f"{PERSON}{self.user_id}"
        )

    def decided(
        self, state: ChangeState, *, by: str, at: datetime, note: str = ""
    ) -> "PendingChange":
        """Return it as it stands once it was decided."""
        return replace(
            self, state=state, decided_by=by, decided_at=at, note=note, version=self.version + 1
        )


def checked_reason(text: str, *, field: str = "reason") -> str:
    """Return a reason; raise InvalidValue for one that says nothing or too much."""
    if not text.strip() or len(text) > REASON_LENGTH_MAX or not text.isprintable():
        raise InvalidValue(
            field=field, problem=f"must be 1 to {REASON_LENGTH_MAX} printable characters"
        )
    return text


def hurdle_of(policy: ApprovalPolicy, *, approvers: int, live: bool) -> Hurdle:
    """Return what a loosening needs: approvers is how many members may, the proposer included.

    live tells whether an account that it concerns is at a broker that trades real money.
    """
    match policy:
        case ApprovalPolicy.OFF:
            return Hurdle.NONE
        case ApprovalPolicy.SECOND_PERSON:
            return Hurdle.SECOND_PERSON
        case ApprovalPolicy.COOLING:
            return Hurdle.COOLING
        case ApprovalPolicy.AUTO:
            if approvers > 1:
                return Hurdle.SECOND_PERSON
            return Hurdle.COOLING if live else Hurdle.NONE


def describe_change(change: PendingChange) -> dict[str, str]:
    """List what the trail and the notices show."""
    return {
        "kind": change.kind,
        "subject": str(change.subject),
        "subject_version": str(change.subject_version),
        "proposer": change.proposer,
        "reason": change.reason,
        "state": change.state.value,
        "expires_at": change.expires_at.isoformat(),
        "payload_digest": change.payload_digest,
        "applies_at": "" if change.applies_at is None else change.applies_at.isoformat(),
        "before": _text(change.before),
        "after": _text(change.after),
        "decided_by": change.decided_by,
        "note": change.note,
    }


def _text(described: Mapping[str, str]) -> str:
    return json.dumps(dict(described), sort_keys=True, separators=(",", ":"))
