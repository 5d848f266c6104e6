"""Turn audit entries into rows that prove themselves, and back."""

from collections.abc import Mapping
from typing import Any

from adapters.postgres import rows
from domain.audit.chain import Link, WrittenEntry
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKey, entry_bytes
from domain.audit.masking import masked

Row = tuple[Any, ...]

COLUMNS = (
    "id, tenant_id, account_id, actor, action, subject, at, market_at, trace_id, detail,"
    " session_id, ip, user_agent, before, after, reason, key_id, mac"
)
_NONE = "{}"


def inserting_audit(argument: str) -> str:
    """Return the statement that stores the rows of an argument such as $1."""
    return f"INSERT INTO audit ({COLUMNS}) SELECT * FROM unnest({argument}::audit_input[])"  # noqa: S608 - own names; values are parameters


def audit_row(entry: AuditEntry, *, key: AuditKey | None) -> Row:
    """Return the entry in the field order of the type audit_input, proven by the key.

    What looks like a secret is hidden before anything is proven or stored.
    """
    detail, before, after = (
        rows.text_of(masked(pairs)) if pairs else _NONE
        for pairs in (entry.detail, entry.before, entry.after)
    )
    return (
        entry.id,
        entry.tenant_id,
        entry.account_id,
        entry.actor,
        entry.action,
        entry.subject,
        entry.at,
        entry.market_at,
        entry.trace_id,
        detail,
        entry.session_id,
        entry.ip,
        entry.user_agent,
        before,
        after,
        entry.reason,
        *proof_of(entry, key=key, detail=detail, before=before, after=after),
    )


def proof_of(
    entry: AuditEntry,
    *,
    key: AuditKey | None,
    detail: str,
    before: str = _NONE,
    after: str = _NONE,
) -> tuple[str | None, bytes | None]:
    """Return the key's id and the proof of an entry whose texts are stored as given."""
    if key is None:
        return None, None
    return key.id, key.entry(
        entry_bytes(
            id=entry.id,
            tenant_id=entry.tenant_id,
            account_id=entry.account_id,
            actor=entry.actor,
            action=entry.action,
            subject=entry.subject,
            at=entry.at,
            market_at=entry.market_at,
            trace_id=entry.trace_id,
            session_id=entry.session_id,
            ip=entry.ip,
            user_agent=entry.user_agent,
            reason=entry.reason,
            detail=detail,
            before=before,
            after=after,
        )
    )


def written_of(row: rows.Row) -> WrittenEntry:
    """Return what of an entry's row is to be proven."""
    account_id, session_id = row["account_id"], row["session_id"]
    content = entry_bytes(
        id=row["id"],
        tenant_id=row["tenant_id"],
        account_id=account_id,
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        at=row["at"],
        market_at=row["market_at"],
        trace_id=row["trace_id"],
        session_id=session_id,
        ip=row["ip"],
        user_agent=row["user_agent"],
        reason=row["reason"],
        detail=row["detail"],
        before=row["before"],
        after=row["after"],
    )
    return WrittenEntry(
        seq=row["seq"],
        id=rows.plain_id(row["id"]),
        tenant_id=rows.plain_id(row["tenant_id"]),
        content=content,
        key_id=row["key_id"] or "",
        mac=row["mac"] or b"",
    )


def entry_of(row: rows.Row) -> AuditEntry:
    """Return the entry of a row."""
    account_id, session_id = row["account_id"], row["session_id"]
    detail, before, after = (_pairs(row[name]) for name in ("detail", "before", "after"))
    return AuditEntry(
        id=rows.plain_id(row["id"]),
        tenant_id=rows.plain_id(row["tenant_id"]),
        account_id=rows.plain_id_or_none(account_id),
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        at=row["at"],
        market_at=row["market_at"],
        trace_id=row["trace_id"],
        detail=detail,
        session_id=rows.plain_id_or_none(session_id),
        ip=row["ip"],
        user_agent=row["user_agent"],
        before=before,
        after=after,
        reason=row["reason"],
    )


def link_row(link: Link) -> Row:
    """Return the link in the column order of the table audit_links."""
    return (
        link.tenant_id,
        link.position,
        link.seq,
        link.entry_id,
        link.mac,
        link.key_id,
        link.adopted,
        link.link,
    )


def recorded_state(after: str) -> str:
    """Return the state that an entry recorded; none where somebody made it unreadable."""
    try:
        return rows.texts_of(after).get("state", "")
    except (ValueError, AttributeError):
        # Like a record of something else: whoever compares finds the difference.
        return ""


def _pairs(written: str) -> tuple[tuple[str, str], ...]:
    texts: Mapping[str, str] = rows.texts_of(written)
    return tuple(texts.items())
