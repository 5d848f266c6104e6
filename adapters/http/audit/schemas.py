"""Show the audit trail on the wire."""

from collections.abc import Sequence

import msgspec

from adapters.http.wire import Sentence, id_of, moment, time_of
from domain.audit.review import Review
from domain.audit.suspicion import Suspicion
from ports.audit import SealedEntry


class ReviewBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What was found when an entry was looked at."""

    note: Sentence


class ReviewView(msgspec.Struct, kw_only=True):
    """Who looked at an entry, when, and what they noted."""

    by: str
    at: str
    note: str


class AuditEntryView(msgspec.Struct, kw_only=True):
    """Who did what to which thing, from where and why; link is its proof in the chain."""

    position: int
    id: str
    at: str
    market_at: str | None
    actor: str
    action: str
    subject: str
    account_id: str | None
    session_id: str | None
    ip: str
    user_agent: str
    reason: str
    detail: dict[str, str]
    before: dict[str, str]
    after: dict[str, str]
    trace_id: str
    link: str
    review: ReviewView | None


class AuditPageView(msgspec.Struct):
    """Sealed entries, latest first. A page may be short and still have a next_cursor."""

    items: list[AuditEntryView]
    next_cursor: str | None


class ActivityView(msgspec.Struct):
    """One thing that a user did, and why it stands out, if it does."""

    entry: AuditEntryView
    suspicions: list[str]


class ActivityPage(msgspec.Struct):
    """What a user did, latest first."""

    items: list[ActivityView]
    next_cursor: str | None


def entry_view(sealed: SealedEntry) -> AuditEntryView:
    """Show an entry."""
    entry = sealed.entry
    return AuditEntryView(
        position=sealed.position,
        id=str(entry.id),
        at=moment(entry.at),
        market_at=time_of(entry.market_at),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        account_id=id_of(entry.account_id),
        session_id=id_of(entry.session_id),
        ip=entry.ip,
        user_agent=entry.user_agent,
        reason=entry.reason,
        detail=dict(entry.detail),
        before=dict(entry.before),
        after=dict(entry.after),
        trace_id=entry.trace_id,
        link=sealed.link.hex(),
        review=None if sealed.review is None else review_view(sealed.review),
    )


def review_view(review: Review) -> ReviewView:
    """Show the mark of who looked at an entry."""
    return ReviewView(by=review.actor, at=moment(review.at), note=review.note)


def activity_view(sealed: SealedEntry, *, suspicions: Sequence[Suspicion]) -> ActivityView:
    """Show what a user did."""
    return ActivityView(entry=entry_view(sealed), suspicions=[one.value for one in suspicions])
