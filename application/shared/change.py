"""Carry out a change of ordinary records, and write what belongs to every one of them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Generic, TypeVar
from uuid import UUID

from application.shared.asker import Asker
from domain.accounts.book_change import Reply
from domain.audit.entry import AuditEntry
from domain.shared.notices import Notice
from ports.ids import Ids
from ports.storage import StorageConflict
from ports.time import Clock
from ports.transactions import Conflict
from ports.work import Work, Works

Result = TypeVar("Result")
Described = Mapping[str, str]
_NO_MORE: Described = MappingProxyType({})

# Of everything that is decided again when another change came between, order flow included:
# more than may ever ask for one thing at once, for each time another got through.
ATTEMPTS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """The key was used before with the same request: the first answer, unchanged."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class KeyReused:
    """The key was used before with another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Once(Generic[Result]):
    """How a repeated request is known, whose answer is stored with the change that it answers.

    render turns the result into (HTTP status, body) before the change is stored, so that a
    repeat gets the very same bytes. What it gives no answer for was refused: it is not kept,
    and the key may be used again.
    """

    key: str
    request_hash: bytes
    render: Callable[[Result], tuple[int, bytes] | None]

    def before(self, known: Reply | None) -> Replayed | KeyReused | None:
        """Return what a request is answered of whose key that is known; None for a new one."""
        if known is None:
            return None
        if known.request_hash != self.request_hash:
            return KeyReused()
        return Replayed(status=known.status, body=known.body)

    def reply(self, result: Result) -> Reply | None:
        """Return what is to be stored of a result."""
        answer = self.render(result)
        if answer is None:
            return None
        status, body = answer
        return Reply(key=self.key, request_hash=self.request_hash, status=status, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedChange:
    """One change as audit entry and notice tell of it; see `Changes.record`."""

    subject: UUID
    before: Described | None
    after: Described | None
    account_id: UUID | None = None
    more: Described = field(default_factory=lambda: _NO_MORE)


async def again(
    attempt: Callable[[], Awaitable[Result]],
    *,
    on: tuple[type[Exception], ...] = (Conflict, StorageConflict),
) -> Result:
    """Try a change, again when another came between; raises what came between every time.

    on: how it is told that one did.
    """
    attempts = 0
    while True:
        attempts += 1
        try:
            return await attempt()
        except on:
            if attempts == ATTEMPTS_MAX:
                raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Where ordinary records are changed."""

    works: Works
    clock: Clock
    ids: Ids
    # The market's time beside ours, where there is a market.
    market_now: Callable[[], datetime | None] = lambda: None

    async def run(self, change: Callable[[Work], Awaitable[Result]], *, tenant_id: UUID) -> Result:
        """Run the change in one transaction, again when another came between.

        Raises Conflict when one comes between every time.
        """

        async def attempt() -> Result:
            async with self.works.begin(tenant_id) as work:
                return await change(work)

        return await again(attempt)

    async def once(
        self,
        change: Callable[[Work], Awaitable[Result]],
        *,
        tenant_id: UUID,
        once: Once[Result] | None,
    ) -> Result | Replayed | KeyReused:
        """Run the change, or answer as the first request under its key was answered."""
        if once is None:
            return await self.run(change, tenant_id=tenant_id)
        known_by = once

        async def keyed(work: Work) -> Result | Replayed | KeyReused:
            before = known_by.before(await work.answered(known_by.key))
            if before is not None:
                return before
            result = await change(work)
            reply = known_by.reply(result)
            if reply is not None:
                await work.answer(reply)
            return result

        return await self.run(keyed, tenant_id=tenant_id)

    async def record(
        self,
        work: Work,
        what: str,
        *,
        by: Asker,
        subject: UUID,
        before: Described | None,
        after: Described | None,
        channel: str,
        account_id: UUID | None = None,
        more: Described = _NO_MORE,
    ) -> None:
        """Write the audit entry and the notice of a change: `what` is its dotted name.

        before and after describe the thing in plain texts, the same names in both; None where
        it was not there yet, or is no more. The notice shows it as it is, or was at its end.
        more is what else the entry tells, such as why.
        """
        change = RecordedChange(
            subject=subject, before=before, after=after, account_id=account_id, more=more
        )
        entry, notice = self._said(what, change, by=by, channel=channel)
        await work.audit(entry)
        await work.tell(notice)

    async def record_many(
        self, work: Work, what: str, changes: Sequence[RecordedChange], *, by: Asker, channel: str
    ) -> None:
        """Write what `record` does of several changes of one name, in few round trips."""
        said = [self._said(what, one, by=by, channel=channel) for one in changes]
        await work.audit_many([entry for entry, _ in said])
        await work.tell_many([notice for _, notice in said])

    def _said(
        self, what: str, change: RecordedChange, *, by: Asker, channel: str
    ) -> tuple[AuditEntry, Notice]:
        at, market_at = self.clock.now(), self.market_now()
        before, after = change.before, change.after
        shown = dict(after if after is not None else before or {})
        detail = {**shown, **change.more}
        if before is not None and after is not None:
            detail |= {
                f"before.{name}": value for name, value in before.items() if after[name] != value
            }
        entry = AuditEntry(
            id=self.ids.new(),
            tenant_id=by.tenant_id,
            account_id=change.account_id,
            actor=by.actor,
            action=what,
            subject=str(change.subject),
            at=at,
            market_at=market_at,
            trace_id=by.trace_id,
            detail=_pairs(detail),
            before=_pairs(before),
            after=_pairs(after),
        )
        notice = Notice(
            id=self.ids.new(),
            tenant_id=by.tenant_id,
            account_id=None,
            channel=channel,
            sequence=0,
            type=what,
            subject=str(change.subject),
            at=at,
            market_at=market_at,
            body=shown,
        )
        return entry, notice


def _pairs(described: Described | None) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(described.items())) if described is not None else ()
