"""Check that everything in a database fits together; nothing is changed."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg

from adapters.postgres import order_rows, rows
from adapters.postgres.audit.reading import check_trail
from adapters.postgres.audit.sealing import Baseline, states_begun
from adapters.postgres.audit.states import (
    GONE,
    KINDS,
    State,
    all_states,
    is_as_recorded,
    recorded_states,
)
from adapters.postgres.backup.checks import CHECKS
from adapters.postgres.backup.dumping import CONNECT_TIMEOUT_S
from adapters.postgres.backup.finishing import is_ahead
from adapters.postgres.latch_rows import latch_of
from adapters.postgres.link.address import plain_url
from adapters.postgres.link.errors import port_errors
from domain.audit.anchoring import Anchors
from domain.audit.macs import AuditKeys, UnknownKey
from domain.risk.record import UnknownRecord, replay
from domain.shared.values import InvalidValue
from ports.storage import StorageCorrupt

SHOWN_MAX = 20
_HOUR_S = 3_600
_PREFETCH = 200
_APPROVED = b'"verdict":{"approved":true'
# What reading a row that is no such thing raises.
_UNREADABLE = (InvalidValue, StorageCorrupt, KeyError, TypeError, ValueError)


@dataclass(slots=True, kw_only=True)
class Finding:
    """What one check came to: how many things it looked at, and the first that are wrong."""

    subject: str
    looked_at: int = 0
    wrong: int = 0
    shown: list[str] = field(default_factory=list)
    # Said beside it, and nothing wrong.
    remark: str = ""

    def complain(self, problem: str) -> None:
        """Count something wrong; the first are kept to be shown."""
        self.wrong += 1
        if len(self.shown) < SHOWN_MAX:
            self.shown.append(problem)


async def verify(
    *, url: str, keys: AuditKeys | None = None, anchors: Anchors | None = None
) -> list[Finding]:
    """Look at all of a database as of one moment; raises StorageUnavailable.

    The database must be at this code's revision. Others may go on writing meanwhile, so the
    anchors are read before. Without keys the audit chain is not looked at.
    """
    async with snapshot(url) as connection:
        found = [await _asked(connection, name, query) for name, query in CHECKS.items()]
        found.append(await _read(connection, "orders", order_rows.order_of))
        found.append(await _read(connection, "latches", latch_of))
        found.append(await _replayed(connection))
        found.append(await _numbered(connection))
        found.append(await _chained(connection, keys=keys, anchors=anchors or Anchors()))
        found.append(await as_recorded(connection, keys=keys))
    return found


@asynccontextmanager
async def snapshot(url: str) -> "AsyncIterator[asyncpg.Connection[asyncpg.Record]]":
    """Give a connection that reads as of one moment, and writes nothing."""
    with port_errors():
        connection = await asyncpg.connect(
            plain_url(url), timeout=CONNECT_TIMEOUT_S, command_timeout=_HOUR_S
        )
        try:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                yield connection
        finally:
            await connection.close(timeout=CONNECT_TIMEOUT_S)


_LOOKED_AT = {
    "ledger": "ledger",
    "cash": "books",
    "positions": "positions",
    "fills": "fills",
    "filled quantities": "orders",
    "order histories": "orders",
    "journal": "notices",
    "audit": "audit",
    "stops": "latches",
    "decisions made": "orders",
    "workspaces": "workspaces",
    "equity over time": "equity_history",
    "successions": "succession_clocks",
    "letters": "letters",
    "deliveries": "notification_deliveries",
}


async def _asked(
    connection: "asyncpg.Connection[asyncpg.Record]", subject: str, query: str
) -> Finding:
    count = await connection.fetchval(f"SELECT count(*) FROM {_LOOKED_AT[subject]}")  # noqa: S608 - own names; values are parameters
    finding = Finding(subject=subject, looked_at=int(count))
    async for row in connection.cursor(query, prefetch=_PREFETCH):
        finding.complain(row[0])
    return finding


async def _read(
    connection: "asyncpg.Connection[asyncpg.Record]",
    table: str,
    read: Callable[[rows.Row], object],
) -> Finding:
    """Read every row as a server would: values check themselves when they are made."""
    finding = Finding(subject=f"{table} readable")
    async for row in connection.cursor(f"SELECT * FROM {table} ORDER BY id", prefetch=_PREFETCH):  # noqa: S608 - own names; values are parameters
        finding.looked_at += 1
        try:
            read(row)
        except _UNREADABLE as problem:
            finding.complain(f"{row['id']}: {type(problem).__name__}: {problem}")
    return finding


async def _replayed(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    """Take every decision again from its record: the same bytes must come out."""
    finding = Finding(subject="decisions replayed")
    older = 0
    query = (
        "SELECT d.*, r.record AS rules_record FROM decisions d"
        " LEFT JOIN decision_rules r ON r.tenant_id = d.tenant_id AND r.digest = d.rules"
        " ORDER BY d.order_id, d.id"
    )
    async for row in connection.cursor(query, prefetch=_PREFETCH):
        finding.looked_at += 1
        try:
            decision = rows.decision_of(row)
            again = replay(decision.record)
        except UnknownRecord:
            older += 1
            continue
        except _UNREADABLE as problem:
            finding.complain(f"decision {row['id']}: {type(problem).__name__}: {problem}")
            continue
        if again != decision.record:
            finding.complain(f"decision {decision.id} comes out otherwise when it is taken again")
        # A kill switch or a pause may refuse what the gate let pass, never the other way round.
        elif decision.approved and _APPROVED not in decision.record:
            finding.complain(f"decision {decision.id} is stored as approved, its record is not")
    if older:
        finding.remark = f"{older} are of a form that this version does not decide again"
    return finding


async def _numbered(connection: "asyncpg.Connection[asyncpg.Record]") -> Finding:
    finding = Finding(subject="journal's order", looked_at=1)
    if await is_ahead(connection):
        finding.complain(
            "the journal was copied from another server: its readers would miss what comes next;"
            " restore it with `ballast restore`"
        )
    return finding


async def _chained(
    connection: "asyncpg.Connection[asyncpg.Record]", *, keys: AuditKeys | None, anchors: Anchors
) -> Finding:
    finding = Finding(subject="audit chain")
    if keys is None:
        finding.remark = "not looked at: its keys are not here"
        return finding
    checked = await check_trail(connection, keys=keys, anchors=anchors)
    finding.looked_at, finding.wrong = checked.looked_at, checked.wrong
    finding.shown = [str(fault) for fault in checked.shown]
    finding.remark = checked.remark(anchors)
    return finding


async def as_recorded(
    connection: "asyncpg.Connection[asyncpg.Record]", *, keys: AuditKeys | None
) -> Finding:
    """Hold roles, hashes, factors, rules and the like against what the trail last recorded."""
    finding = Finding(subject="as recorded")
    if keys is None:
        finding.remark = "not looked at: the audit keys are not here"
        return finding
    recorded = await recorded_states(connection)
    said_begun = await states_begun(connection, keys=keys)
    if said_begun is Baseline.TAKEN_AWAY:
        finding.complain("that states are recorded is not noted any more: somebody took it away")
    begun = said_begun is not Baseline.NOT_YET
    missing, unproven = 0, 0
    async for state in all_states(connection):
        finding.looked_at += 1
        found = recorded.pop((state.tenant_id, state.subject), None)
        if found is None:
            if begun and not _presumed(state):
                finding.complain(f"{_named(state)} was never recorded: somebody else put it there")
            missing += not begun
            continue
        try:
            key = keys.named(found.key_id)
        except UnknownKey:
            unproven += 1
            continue
        if not is_as_recorded(state, text=found.text, key=key):
            finding.complain(f"{_named(state)} is not as the trail last recorded it")
    for (tenant_id, subject), found in recorded.items():
        if found.text != GONE:
            finding.complain(f"{subject} of tenant {tenant_id} was taken away without a record")
    said = [f"{missing} not recorded yet, until a server starts"] if missing else []
    if unproven:
        said.append(f"{unproven} recorded under keys that are not here")
    finding.remark = "; ".join(said)
    return finding


def _presumed(state: State) -> bool:
    return state.said == KINDS[state.subject.partition(":")[0]].presumed


def _named(state: State) -> str:
    return f"{state.subject} of tenant {state.tenant_id}"
