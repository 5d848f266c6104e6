"""Break one promise of the application each, by patching what keeps it."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import ROUND_UP
from typing import Any

import pytest

from adapters.memory import accounts as memory_accounts
from adapters.memory import kill_switch as memory_kill_switch
from adapters.memory.database import MemoryDatabase
from adapters.memory.orders import MemoryOrderArchive
from application.accounts import keep_day
from application.accounts.shelf import BookShelf
from application.orders import apply_report, dispatch, reconcile, resolve_unknown
from application.orders.dispatch import Dispatch, Sent
from application.orders.follow_reports import Watermark
from application.orders.submit import Submit
from application.streams.relay import Relay
from bootstrap.simulation.barrier import SimulatedKillBarrier
from domain.accounts.change import Draft
from domain.accounts.ledger import EntryKind
from domain.orders import groups, moves
from domain.orders.events import OrderEventType
from domain.orders.states import OrderState
from domain.risk import lines
from ports.accounts import Committed, StaleCause
from ports.broker import BrokerUnsure, ReportKind
from ports.storage import StorageUnavailable

Patch = pytest.MonkeyPatch


def resend_when_unsure(patch: Patch) -> None:
    """Resend when unsure."""
    settle = Dispatch._settle

    async def resend(self: Dispatch, order: Any, *, call: Any) -> Sent:
        done = asyncio.ensure_future(asyncio.wait({call}))
        await done
        if isinstance(call.exception(), BrokerUnsure):
            approved = await self._approval(order, broker=self.desk.brokers["paper"])
            assert approved is not None
            again = asyncio.ensure_future(
                self._submit(approved, broker=self.desk.brokers["paper"], gone=asyncio.Event())
            )
            return await settle(self, order, call=again)
        return await settle(self, order, call=call)

    patch.setattr(Dispatch, "_settle", resend)


def send_without_intent(patch: Patch) -> None:
    """Send without intent."""

    def unmoved(approved: Any) -> Any:
        # Something is stored, but not that the order may be on its way.
        return lambda order, _when: moves.Moved(order=order, events=())

    patch.setattr(dispatch, "_intended", unmoved)


def check_then_send(patch: Patch) -> None:
    """Check then send."""

    def sending(self: SimulatedKillBarrier, *, tenant_id: Any, account_id: Any) -> Any:
        @asynccontextmanager
        async def outside() -> Any:
            database = await self.link.enter()
            yield not any(
                latch.is_engaged and latch.scope.covers(tenant_id=tenant_id, account_id=account_id)
                for latch in database.latches.values()
            )

        return outside()

    patch.setattr(SimulatedKillBarrier, "sending", sending)


def acknowledge_before_the_barrier(patch: Patch) -> None:
    """Acknowledge before the barrier."""

    async def close(self: SimulatedKillBarrier, scope: Any) -> None:
        await self.link.enter()

    patch.setattr(SimulatedKillBarrier, "close", close)


def send_while_killed(patch: Patch) -> None:
    """Send while killed."""

    def sending(self: SimulatedKillBarrier, *, tenant_id: Any, account_id: Any) -> Any:
        @asynccontextmanager
        async def careless() -> Any:
            await self.link.enter()
            yield True

        return careless()

    patch.setattr(SimulatedKillBarrier, "sending", sending)


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

    moves_of = apply_report.moves_of

    def credulous(order: Any, *, report: Any, when: Any) -> Any:
        if report.kind is ReportKind.WORKING and order.state is not OrderState.WORKING:
            return (moves.acknowledge(order, venue_order_id="", when=when),)
        return moves_of(order, report=report, when=when)

    patch.setattr(apply_report, "moves_of", credulous)


def save_cursor_before_publishing(patch: Patch) -> None:
    """Save cursor before publishing."""

    async def drain(self: Relay, cursor: str) -> str:
        while True:
            found = await self.journal.after(cursor=cursor, limit=500)
            if not found:
                return cursor
            cursor = found[-1].cursor
            await self.journal.save_cursor(reader=self.reader, cursor=cursor)
            await self.stream.publish([published.notice for published in found])

    patch.setattr(Relay, "drain", drain)


def hear_past_gaps(patch: Patch) -> None:
    """Hear past gaps."""

    def heard(self: Watermark, sequence: int) -> int:
        self.value = max(self.value, sequence)
        return self.value

    patch.setattr(Watermark, "heard", heard)


def look_for_the_key_beforehand(patch: Patch) -> None:
    """Look for the key beforehand."""
    stale, call = memory_accounts._stale, Submit.__call__

    def unfenced(database: Any, change: Any) -> StaleCause | None:
        return stale(database, replace(change, reply=None))

    async def look_first(self: Submit, command: Any, *, idempotency: Any) -> Any:
        if idempotency is not None:
            kept = await self.books.reply(tenant_id=command.asker.tenant_id, key=idempotency.key)
            if kept is not None:
                return await self._replayed(command, idempotency=idempotency)
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
    commit = BookShelf._commit

    async def hopeful(self: BookShelf, change: Any) -> Any:
        try:
            return await commit(self, change)
        except StorageUnavailable:
            return Committed()

    patch.setattr(BookShelf, "_commit", hopeful)


def ignore_newer_rules(patch: Patch) -> None:
    """Ignore newer rules."""
    decision = Submit._decision

    def unfenced(self: Submit, *args: Any, **named: Any) -> Any:
        decide = decision(self, *args, **named)

        def without(book: Any) -> Any:
            change = decide(book)
            return replace(change, fences=replace(change.fences, rules_version=None))

        return without

    patch.setattr(Submit, "_decision", unfenced)


def call_unsure_rejected(patch: Patch) -> None:
    """Call unsure rejected."""

    def rejected(order: Any, when: Any) -> Any:
        return dispatch._refused(order, reason="no answer", when=when)

    patch.setattr(dispatch, "_doubtful", rejected)


def call_unseen_canceled(patch: Patch) -> None:
    """Call unseen canceled."""

    def canceled(order: Any, when: Any) -> Any:
        if order.state is not OrderState.SUBMITTED:
            return None
        unknown = moves.move(order, to=OrderState.UNKNOWN, type=OrderEventType.UNKNOWN, when=when)
        parked = moves.move(
            unknown.order, to=OrderState.PARKED, type=OrderEventType.PARKED, when=when
        )
        return moves.move(
            parked.order,
            to=OrderState.CANCELED,
            type=OrderEventType.CANCELED,
            when=when,
        )

    patch.setattr(resolve_unknown, "_unknown", canceled)
    patch.setattr(dispatch, "_doubtful", canceled)


def send_old_terms(patch: Patch) -> None:
    """Send old terms."""

    def unchecked(_approved: Any) -> Any:
        return lambda order, when: (
            moves.intend(order, when=when) if order.state is OrderState.ACCEPTED else None
        )

    patch.setattr(dispatch, "_intended", unchecked)


def let_children_go_whole(patch: Patch) -> None:
    """Let children go whole."""
    patch.setattr(groups, "shrunk", lambda terms, *, quantity: terms)


def overwrite_latches(patch: Patch) -> None:
    """Overwrite latches."""
    patch.setattr(memory_kill_switch, "_with_stages_of", lambda _stored, latch: latch)


def number_notices_twice(patch: Patch) -> None:
    """Number notices twice."""

    async def update(self: Any, *, latch: Any, audit: Any, notice: Any) -> None:
        database = await self.link.enter()
        stored = database.latches.get(latch.id)
        database.latches[latch.id] = memory_kill_switch._with_stages_of(stored, latch)
        database.notices.append(notice)
        await self.link.pause()

    patch.setattr(memory_kill_switch.MemoryLatches, "update", update)


def drop_late_fills(patch: Patch) -> None:
    """Drop late fills."""
    moved = apply_report.ApplyReport._moved

    def deaf(self: Any, order: Any, **named: Any) -> Any:
        return None if order.is_closed else moved(self, order, **named)

    patch.setattr(apply_report.ApplyReport, "_moved", deaf)


def round_splits_up(patch: Patch) -> None:
    """Round splits up."""
    patch.setattr(keep_day, "ROUND_DOWN", ROUND_UP)


def leave_parked_orders_parked(patch: Patch) -> None:
    """Leave parked orders parked."""
    moves_of = apply_report.moves_of

    def stubborn(order: Any, *, report: Any, when: Any) -> Any:
        parked = order.state is OrderState.PARKED
        return None if parked else moves_of(order, report=report, when=when)

    patch.setattr(apply_report, "moves_of", stubborn)


def keep_closed_orders_live(patch: Patch) -> None:
    """Keep closed orders live."""
    put = Draft.put

    def kept(self: Draft, moved: moves.Moved) -> Any:
        order = put(self, moved)
        assert self._live is not None
        self._live[order.id] = order
        return order

    patch.setattr(Draft, "put", kept)


def forget_decisions(patch: Patch) -> None:
    """Forget decisions."""
    patch.setattr(Draft, "decide", lambda _self, _decision: None)


def find_mismatches_everywhere(patch: Patch) -> None:
    """Find mismatches everywhere."""
    patch.setattr(reconcile, "_differ", lambda _ours, _theirs: True)
