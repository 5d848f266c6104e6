"""Record how what decides over safety stands, whenever it changes, where nobody can change it.

What a role, a password's hash, a factor or a rule is now stands in its own table, which whoever
has the database can edit. So with each change, in its transaction, the trail gets an entry with
a keyed digest of the row as it was stored; `ballast verify` compares. A digest tells nothing of
what it was taken over without the key.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row, inserting_audit, recorded_state
from adapters.postgres.link.signing import key_of
from adapters.postgres.link.tenancy import Connection
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKey, AuditKeys, state_bytes

ACTION = "state.record"
GONE = "gone"
_ACTOR = "ballast"
_PREFETCH = 500
_PAGE = 500


@dataclass(frozen=True, slots=True)
class Kind:
    """What is recorded of one kind of thing: tenant_id, id, and its state as texts.

    shrinks: the texts are a set, of which some may be used up and forgotten without a word.
    presumed: what a thing that was never recorded must be, where such a thing may be.
    """

    query: str
    tables: tuple[str, ...]
    shrinks: bool = False
    presumed: tuple[str, ...] | None = None


def _at(column: str) -> str:
    """Write a moment so that it does not depend on the connection."""
    return f"coalesce(extract(epoch FROM {column})::text, '-')"


_FACTORS = f"""
    SELECT u.tenant_id, u.id, ARRAY(
        SELECT 'app ' || f.id || ' ' || {_at("f.confirmed_at")} FROM totp_factors f
        WHERE f.user_id = u.id AND f.confirmed_at IS NOT NULL AND f.removed_at IS NULL ORDER BY f.id
    ) || ARRAY(
        SELECT 'passkey ' || p.id || ' ' || encode(p.credential_id, 'hex') || ' '
            || encode(p.public_key, 'hex') FROM passkeys p WHERE p.user_id = u.id ORDER BY p.id
    ) AS said FROM users u
"""  # noqa: S608 - own names; values are parameters
KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        "member": Kind(
            f"""
            SELECT m.tenant_id, m.id, ARRAY[m.kind, m.role, {_at("m.disabled_at")}] || ARRAY(
                SELECT g.account_id || ' ' || g.level FROM account_grants g
                WHERE g.member_id = m.id ORDER BY g.account_id
            ) AS said FROM members m""",  # noqa: S608 - own names; values are parameters
            ("members", "account_grants"),
        ),
        "user": Kind(
            f"""
            SELECT tenant_id, id, ARRAY[password_hash, address, {_at("disabled_at")},
                {_at("password_until")}] AS said FROM users""",  # noqa: S608 - own names; values are parameters
            ("users",),
        ),
        "factors": Kind(_FACTORS, ("totp_factors", "passkeys"), presumed=()),
        "codes": Kind(
            """
            SELECT u.tenant_id, u.id, ARRAY(
                SELECT encode(c.digest, 'hex') FROM backup_codes c
                WHERE c.user_id = u.id AND c.spent_at IS NULL ORDER BY c.digest
            ) AS said FROM users u""",
            ("backup_codes",),
            shrinks=True,
            presumed=(),
        ),
        "token": Kind(
            f"""
            SELECT tenant_id, id, ARRAY[member_id::text, encode(digest, 'hex'), scopes::text,
                coalesce(accounts::text, '-'), {_at("expires_at")}] AS said
            FROM personal_tokens""",  # noqa: S608 - own names; values are parameters
            ("personal_tokens",),
        ),
        "rule": Kind(
            # A rule without an override is as it was before there were any.
            f"""
            SELECT tenant_id, id, ARRAY[rule_type, threshold::text, action, is_active::text,
                coalesce(scope_account_id::text, '-'), coalesce(scope_strategy_id, '-'),
                coalesce(scope_symbol, '-'), parameters]
                || CASE WHEN override_until IS NULL THEN ARRAY[]::text[]
                ELSE ARRAY[override_threshold::text, {_at("override_until")}] END
                AS said FROM risk_rules""",  # noqa: S608 - own names; values are parameters
            ("risk_rules",),
        ),
        "passcode": Kind(
            "SELECT tenant_id, tenant_id AS id, ARRAY[hash] AS said FROM passcodes",
            ("passcodes",),
        ),
        "agent": Kind(
            "SELECT tenant_id, id, ARRAY[desired] AS said FROM agents",
            ("agents",),
            presumed=("running",),
        ),
        "api_key": Kind(
            """
            SELECT tenant_id, id, ARRAY[broker, environment, coalesce(account_id::text, '-'),
                permissions::text, allows_withdrawal::text] AS said FROM api_keys""",
            ("api_keys",),
        ),
        "command_key": Kind(
            "SELECT tenant_id, key_id AS id, ARRAY['disabled'] AS said FROM disabled_command_keys",
            ("disabled_command_keys",),
        ),
        "account": Kind(
            """
            SELECT tenant_id, id, ARRAY[portfolio_id::text, broker, currency, kind,
                leverage::text] AS said FROM accounts""",
            ("accounts",),
        ),
        # None has the rulebook of its account's kind.
        "margin_account": Kind(
            """
            SELECT tenant_id, id, ARRAY[rulebook, coalesce(automatic_target::text, '-')] AS said
            FROM margin_accounts""",
            ("margin_accounts",),
        ),
        "succession_plan": Kind(
            """
            SELECT tenant_id, id, ARRAY[plan_trustees, plan_confirmations_needed::text,
                plan_check_in_days::text, plan_remind_days::text, plan_contact_days::text,
                plan_grace_days::text, allocations, access] AS said FROM succession_plans""",
            ("succession_plans",),
        ),
        # The age file itself is held by its digest, which `ballast verify` works out anew.
        "letter": Kind(
            "SELECT tenant_id, id, ARRAY[name, sealed_for, handover, readers, sha256] AS said"
            " FROM letters",
            ("letters",),
        ),
        "letter_key": Kind(
            "SELECT tenant_id, id, ARRAY[recipient, threshold::text, trustees] AS said"
            " FROM letter_keys",
            ("letter_keys",),
        ),
    }
)
_ONE = """
    SELECT gen_random_uuid() AS entry_id, now() AS at,
        (SELECT said FROM ({query}) s WHERE s.tenant_id = $1 AND s.id = $2) AS said
"""


@dataclass(frozen=True, slots=True)
class State:
    """How a thing stands: its texts."""

    tenant_id: UUID
    subject: str
    said: tuple[str, ...]


async def record_state(
    connection: Any,
    kind: str,
    *,
    tenant_id: UUID,
    id: UUID | str,
    key: AuditKey | None = None,
) -> None:
    """Record how a thing stands behind a change, in the change's transaction.

    The change holds the thing's row until then: of two changes the later is recorded later.
    The key is the connection's, unless it is given; without one nothing could be proven, and
    nothing is recorded.
    """
    key = key or key_of(connection)
    if key is None:
        return
    row = await connection.fetchrow(_ONE.format(query=KINDS[kind].query), tenant_id, id)
    assert row is not None
    subject, said = f"{kind}:{id}", row["said"]
    state = None if said is None else State(tenant_id, subject, tuple(said))
    entry = _entry(
        tenant_id=tenant_id,
        subject=subject,
        text=GONE if state is None else digest_of(state, key=key),
        id=rows.plain_id(row["entry_id"]),
        at=row["at"],
    )
    await connection.execute(inserting_audit("$1"), [audit_row(entry, key=key)])


async def begin_states(connection: Connection, *, keys: AuditKeys) -> None:
    """Record what stands without a record under keys that are here; within a transaction.

    It is of before there were records, or was restored without the keys that prove it: from now
    on a thing without a record was put there by somebody else.
    """
    tables = ", ".join(table for kind in KINDS.values() for table in kind.tables)
    # Whoever is changing one of them has ended, and its own record is seen.
    await connection.execute(f"LOCK TABLE {tables} IN SHARE MODE")
    recorded = await recorded_states(connection, among=keys)
    waiting: list[State] = []
    async for state in all_states(connection):
        if (state.tenant_id, state.subject) not in recorded:
            waiting.append(state)
        if len(waiting) == _PAGE:
            await _record_all(connection, waiting, key=keys.current)
            waiting.clear()
    await _record_all(connection, waiting, key=keys.current)


async def _record_all(connection: Connection, states: Sequence[State], *, key: AuditKey) -> None:
    given = await connection.fetch(
        "SELECT gen_random_uuid() AS id, now() AS at FROM generate_series(1, $1)", len(states)
    )
    entries = [
        _entry(
            tenant_id=state.tenant_id,
            subject=state.subject,
            text=digest_of(state, key=key),
            id=rows.plain_id(row["id"]),
            at=row["at"],
        )
        for state, row in zip(states, given, strict=True)
    ]
    await connection.execute(inserting_audit("$1"), [audit_row(one, key=key) for one in entries])


def _entry(*, tenant_id: UUID, subject: str, text: str, id: UUID, at: datetime) -> AuditEntry:
    return AuditEntry(
        id=id,
        tenant_id=tenant_id,
        actor=_ACTOR,
        action=ACTION,
        subject=subject,
        at=at,
        after=(("state", text),),
    )


async def all_states(connection: Any) -> AsyncIterator[State]:
    """Give how everything stands, within a transaction."""
    for name, kind in KINDS.items():
        async for row in connection.cursor(kind.query, prefetch=_PREFETCH):
            yield State(rows.plain_id(row["tenant_id"]), f"{name}:{row['id']}", tuple(row["said"]))


@dataclass(frozen=True, slots=True)
class RecordedState:
    """What the trail last recorded of a thing, and under which key."""

    text: str
    key_id: str


async def recorded_states(
    connection: Any, *, among: AuditKeys | None = None
) -> dict[tuple[UUID, str], RecordedState]:
    """Return what was last recorded of each thing, where asked for under these keys only."""
    found: dict[tuple[UUID, str], RecordedState] = {}
    query = (
        "SELECT DISTINCT ON (tenant_id, subject) tenant_id, subject, after, key_id FROM audit"  # noqa: S608 - own names; values are parameters
        f" WHERE action = '{ACTION}' AND ($1::text[] IS NULL OR key_id = ANY($1))"
        " ORDER BY tenant_id, subject, seq DESC"
    )
    ids = None if among is None else list(among.by_id)
    async for row in connection.cursor(query, ids, prefetch=_PREFETCH):
        text = recorded_state(row["after"])
        place = (rows.plain_id(row["tenant_id"]), row["subject"])
        found[place] = RecordedState(text, row["key_id"] or "")
    return found


def digest_of(state: State, *, key: AuditKey) -> str:
    """Return what is recorded of a state: one digest, or of what may shrink one for each text."""
    if KINDS[state.subject.partition(":")[0]].shrinks:
        return " ".join(sorted(_digest(state, [text], key=key)[:32] for text in state.said))
    return _digest(state, state.said, key=key)


def is_as_recorded(state: State, *, text: str, key: AuditKey) -> bool:
    """Tell whether a thing stands as it was recorded."""
    now = digest_of(state, key=key)
    if KINDS[state.subject.partition(":")[0]].shrinks:
        return text != GONE and set(now.split()) <= set(text.split())
    return now == text


def _digest(state: State, said: Sequence[str], *, key: AuditKey) -> str:
    message = state_bytes(tenant_id=state.tenant_id, subject=state.subject, said=said)
    return key.state(message).hex()
