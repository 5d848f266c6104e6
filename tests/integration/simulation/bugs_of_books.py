"""Break what is promised of books, limits and reports, one bug each."""

from dataclasses import replace
from decimal import ROUND_UP
from typing import Any

import pytest

from adapters.memory import accounts as memory_accounts
from adapters.memory.accounts import MemoryAccountBooks
from adapters.memory.database import MemoryDatabase
from adapters.memory.orders import MemoryOrderArchive
from application.accounts.book_store import BookStore
from application.orders import apply_report, reconcile, report_moves
from application.orders.answered_before import replayed
from application.orders.follow_reports import FollowReports
from application.orders.submit import Submit
from application.orders.watermark import Watermark
from domain.accounts import splits
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.accounts.ledger import EntryKind
from domain.orders import groups, moves
from domain.orders.states import OrderState
from domain.risk import lines
from ports.accounts import BookCommit, ReportMarks, StaleCause
from ports.broker import ReportKind
from ports.storage import StorageUnavailable

Patch = pytest.MonkeyPatch


def book_repeated_fills(patch: Patch) -> None:
    """Book repeated fills."""

    async def never(self: MemoryOrderArchive, **_: Any) -> bool:
        await self.link.enter()
        return False

    patch.setattr(MemoryOrderArchive, "has_trade", never)
    patch.setattr(memory_accounts, "_check_unique", lambda _database, _change: None)


def forget_postings(patch: Patch) -> None:
    """Forget postings."""
    post = Draft.post

    def forgetful(self: Draft, *, kind: EntryKind, postings: Any, reference: str) -> None:
        post(self, kind=kind, postings=postings, reference=reference)
        if kind is EntryKind.FILL:
            self._ledger.pop()

    patch.setattr(Draft, "post", forgetful)


def ignore_resting_orders(patch: Patch) -> None:
    """Ignore resting orders."""

    def none(*_: Any, **__: Any) -> Any:
        return lines._Side(), lines._Side()

    patch.setattr(lines, "_sides", none)


def take_any_transition(patch: Patch) -> None:
    """Take any transition."""
    patch.setattr(moves, "is_legal", lambda _before, _after: True)
    patch.setattr(MemoryDatabase, "check_moves", lambda _self, _orders: None)

    moves_of = report_moves.moves_of

    def credulous(order: Any, *, report: Any, when: Any) -> Any:
        if report.kind is ReportKind.WORKING and order.state is not OrderState.WORKING:
            return (moves.acknowledge(order, venue_order_id="", when=when),)
        return moves_of(order, report=report, when=when)

    patch.setattr(apply_report, "moves_of", credulous)


def hear_past_gaps(patch: Patch) -> None:
    """Hear past gaps."""

    def heard(self: Watermark, sequence: int) -> int:
        self.value = max(self.value, sequence)
        return self.value

    patch.setattr(Watermark, "heard", heard)


def mark_what_is_in_work(patch: Patch) -> None:
    """Mark what is in work."""
    take = FollowReports.take

    async def hasty(self: FollowReports, report: Any, *, mark: Watermark) -> bool:
        if not mark.knows(report.sequence):
            mark.heard(report.sequence)
            await take(self, report, mark=Watermark())
        return True

    patch.setattr(FollowReports, "take", hasty)


def apply_again_after_a_crash(patch: Patch) -> None:
    """Apply again after a crash."""
    stale, heard = memory_accounts._stale, MemoryAccountBooks.heard

    def unfenced(database: Any, change: Any) -> StaleCause | None:
        return stale(database, replace(change, heard=None))

    async def forgetful(self: MemoryAccountBooks, *, broker: str) -> ReportMarks:
        return replace(await heard(self, broker=broker), above=frozenset())

    patch.setattr(memory_accounts, "_stale", unfenced)
    patch.setattr(MemoryAccountBooks, "heard", forgetful)


def look_for_the_key_beforehand(patch: Patch) -> None:
    """Look for the key beforehand."""
    stale, call = memory_accounts._stale, Submit.__call__

    def unfenced(database: Any, change: Any) -> StaleCause | None:
        return stale(database, replace(change, replies=()))

    async def look_first(self: Submit, command: Any, *, idempotency: Any) -> Any:
        if idempotency is not None:
            kept = await self.books.reply(tenant_id=command.asker.tenant_id, key=idempotency.key)
            if kept is not None:
                return await replayed(self.books, command=command, idempotency=idempotency)
        return await call(self, command, idempotency=idempotency)

    patch.setattr(memory_accounts, "_stale", unfenced)
    patch.setattr(Submit, "__call__", look_first)


def write_without_comparing(patch: Patch) -> None:
    """Write without comparing."""
    stale = memory_accounts._stale

    def unconditional(database: Any, change: Any) -> StaleCause | None:
        cause = stale(database, change)
        return None if cause is StaleCause.BOOK else cause

    patch.setattr(memory_accounts, "_stale", unconditional)


def answer_before_the_commit(patch: Patch) -> None:
    """Answer before the commit."""
    commit = BookStore._commit

    async def hopeful(self: BookStore, change: Any) -> Any:
        try:
            return await commit(self, change)
        except StorageUnavailable:
            return BookCommit()

    patch.setattr(BookStore, "_commit", hopeful)


def ignore_newer_rules(patch: Patch) -> None:
    """Ignore newer rules."""
    decision = Submit._decision

    def unfenced(self: Submit, *args: Any, **named: Any) -> Any:
        decide = decision(self, *args, **named)

        def without(book: Any) -> Any:
            change = decide(book)
            if not isinstance(change, BookChange):
                return change
            return replace(change, fences=replace(change.fences, rules_version=None))

        return without

    patch.setattr(Submit, "_decision", unfenced)


def let_children_go_whole(patch: Patch) -> None:
    """Let children go whole."""
    patch.setattr(groups, "shrunk", lambda terms, *, quantity: terms)


def drop_late_fills(patch: Patch) -> None:
    """Drop late fills."""
    moved = apply_report.ApplyReport._moved

    def deaf(self: Any, order: Any, **named: Any) -> Any:
        return None if order.is_closed else moved(self, order, **named)

    patch.setattr(apply_report.ApplyReport, "_moved", deaf)


def round_splits_up(patch: Patch) -> None:
    """Round splits up."""
    patch.setattr(splits, "ROUND_DOWN", ROUND_UP)


def leave_parked_orders_parked(patch: Patch) -> None:
    """Leave parked orders parked."""
    moves_of = report_moves.moves_of

    def stubborn(order: Any, *, report: Any, when: Any) -> Any:
        parked = order.state is OrderState.PARKED
        return None if parked else moves_of(order, report=report, when=when)

    patch.setattr(apply_report, "moves_of", stubborn)


def keep_closed_orders_live(patch: Patch) -> None:
    """Keep closed orders live."""
    put = Draft.put

    def kept(self: Draft, moved: moves.Move) -> Any:
        order = put(self, moved)
        assert self._live is not None
        self._live[order.id] = order
        return order

    patch.setattr(Draft, "put", kept)


def find_mismatches_everywhere(patch: Patch) -> None:
    """Find mismatches everywhere."""
    patch.setattr(reconcile, "_differ", lambda _ours, _theirs: True)
