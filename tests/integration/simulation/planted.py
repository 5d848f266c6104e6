"""Plant one bug per promise, and say which seed finds it.

`python -m tests.integration.simulation.planted --seeds 1000` looks from seed 0 on, prints the
first seed that finds each, and ends with 1 when one is not found.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

from adapters.memory import accounts as memory_accounts
from adapters.memory import kill_switch as memory_kill_switch
from adapters.memory.database import MemoryDatabase
from adapters.memory.orders import MemoryOrderArchive
from application.accounts.shelf import BookShelf
from application.orders import apply_report, dispatch, resolve_unknown
from application.orders.dispatch import Dispatch, Sent
from application.orders.follow_reports import Watermark
from application.orders.submit import Submit
from application.streams.relay import Relay
from bootstrap.simulation.barrier import SimulatedKillBarrier
from bootstrap.simulation.run import simulate
from domain.accounts.change import Draft
from domain.accounts.ledger import EntryKind
from domain.orders import groups, moves
from domain.orders.states import OrderState
from domain.risk import lines
from ports.accounts import StaleCause
from ports.broker import BrokerUnsure, ReportKind
from ports.storage import StorageUnavailable

SEEDS_MAX = 1_000
Patch = pytest.MonkeyPatch


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, the promises it breaks (any of which may show first), and a seed that shows it."""

    name: str
    breaks: tuple[str, ...]
    seed: int
    plant: Callable[[Patch], None]


def find(planted: Planted, *, seeds: Iterable[int]) -> int | None:
    """Return the first of the seeds that finds the bug, None when none does."""
    with Patch.context() as patch:
        planted.plant(patch)
        for seed in seeds:
            failure = simulate(seed).failure
            if failure is not None and any(f"[{kind}]" in str(failure) for kind in planted.breaks):
                return seed
    return None


def _resend_when_unsure(patch: Patch) -> None:
    settle = Dispatch._settle

    async def resend(self: Dispatch, order: Any, *, call: Any) -> Sent:
        done = asyncio.ensure_future(asyncio.wait({call}))
        await done
        if isinstance(call.exception(), BrokerUnsure):
            approved = await self._approval(order, broker=self.desk.brokers["paper"])
            again = asyncio.ensure_future(
                self._submit(approved, broker=self.desk.brokers["paper"], gone=asyncio.Event())
            )
            return await settle(self, order, call=again)
        return await settle(self, order, call=call)

    patch.setattr(Dispatch, "_settle", resend)


def _send_without_intent(patch: Patch) -> None:
    def unmoved(approved: Any) -> Any:
        # Something is stored, but not that the order may be on its way.
        return lambda order, _when: moves.Moved(order=order, events=())

    patch.setattr(dispatch, "_intended", unmoved)


def _check_then_send(patch: Patch) -> None:
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


def _acknowledge_before_the_barrier(patch: Patch) -> None:
    async def close(self: SimulatedKillBarrier, scope: Any) -> None:
        await self.link.enter()

    patch.setattr(SimulatedKillBarrier, "close", close)


def _send_while_killed(patch: Patch) -> None:
    def sending(self: SimulatedKillBarrier, *, tenant_id: Any, account_id: Any) -> Any:
        @asynccontextmanager
        async def careless() -> Any:
            await self.link.enter()
            yield True

        return careless()

    patch.setattr(SimulatedKillBarrier, "sending", sending)


def _book_repeated_fills(patch: Patch) -> None:
    async def never(self: MemoryOrderArchive, **_: Any) -> bool:
        await self.link.enter()
        return False

    patch.setattr(MemoryOrderArchive, "has_trade", never)
    patch.setattr(memory_accounts, "_check_unique", lambda _database, _change: None)


def _forget_postings(patch: Patch) -> None:
    post = Draft.post

    def forgetful(self: Draft, *, kind: EntryKind, postings: Any, reference: str) -> None:
        post(self, kind=kind, postings=postings, reference=reference)
        if kind is EntryKind.FILL:
            self._ledger.pop()

    patch.setattr(Draft, "post", forgetful)


def _ignore_resting_orders(patch: Patch) -> None:
    def none(*_: Any, **__: Any) -> Any:
        return lines._Side(), lines._Side()

    patch.setattr(lines, "_sides", none)


def _take_any_transition(patch: Patch) -> None:
    patch.setattr(moves, "is_legal", lambda _before, _after: True)
    patch.setattr(MemoryDatabase, "check_moves", lambda _self, _orders: None)

    moves_of = apply_report.moves_of

    def credulous(order: Any, *, report: Any, when: Any) -> Any:
        if report.kind is ReportKind.WORKING and order.state is not OrderState.WORKING:
            return (moves.acknowledge(order, venue_order_id="", when=when),)
        return moves_of(order, report=report, when=when)

    patch.setattr(apply_report, "moves_of", credulous)


def _save_cursor_before_publishing(patch: Patch) -> None:
    async def drain(self: Relay, cursor: str) -> str:
        while True:
            found = await self.journal.after(cursor=cursor, limit=500)
            if not found:
                return cursor
            cursor = found[-1].cursor
            await self.journal.save_cursor(reader=self.reader, cursor=cursor)
            await self.stream.publish([published.notice for published in found])

    patch.setattr(Relay, "drain", drain)


def _hear_past_gaps(patch: Patch) -> None:
    def heard(self: Watermark, sequence: int) -> int:
        self.value = max(self.value, sequence)
        return self.value

    patch.setattr(Watermark, "heard", heard)


def _look_for_the_key_beforehand(patch: Patch) -> None:
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


def _write_without_comparing(patch: Patch) -> None:
    stale = memory_accounts._stale

    def unconditional(database: Any, change: Any) -> StaleCause | None:
        cause = stale(database, change)
        return None if cause is StaleCause.BOOK else cause

    patch.setattr(memory_accounts, "_stale", unconditional)


def _answer_before_the_commit(patch: Patch) -> None:
    commit = BookShelf._commit

    async def hopeful(self: BookShelf, change: Any) -> Any:
        try:
            return await commit(self, change)
        except StorageUnavailable:
            return memory_accounts.Committed()

    patch.setattr(BookShelf, "_commit", hopeful)


def _ignore_newer_rules(patch: Patch) -> None:
    decision = Submit._decision

    def unfenced(self: Submit, *args: Any, **named: Any) -> Any:
        decide = decision(self, *args, **named)

        def without(book: Any) -> Any:
            change = decide(book)
            return replace(change, fences=replace(change.fences, rules_version=None))

        return without

    patch.setattr(Submit, "_decision", unfenced)


def _call_unsure_rejected(patch: Patch) -> None:
    def rejected(order: Any, when: Any) -> Any:
        return dispatch._refused(order, reason="no answer", when=when)

    patch.setattr(dispatch, "_doubtful", rejected)


def _call_unseen_canceled(patch: Patch) -> None:
    def canceled(order: Any, when: Any) -> Any:
        if order.state is not OrderState.SUBMITTED:
            return None
        unknown = moves.move(
            order, to=OrderState.UNKNOWN, type=moves.OrderEventType.UNKNOWN, when=when
        )
        parked = moves.move(
            unknown.order, to=OrderState.PARKED, type=moves.OrderEventType.PARKED, when=when
        )
        return moves.move(
            parked.order,
            to=OrderState.CANCELED,
            type=moves.OrderEventType.CANCELED,
            when=when,
        )

    patch.setattr(resolve_unknown, "_unknown", canceled)
    patch.setattr(dispatch, "_doubtful", canceled)


def _send_old_terms(patch: Patch) -> None:
    def unchecked(_approved: Any) -> Any:
        return lambda order, when: (
            moves.intend(order, when=when) if order.state is OrderState.ACCEPTED else None
        )

    patch.setattr(dispatch, "_intended", unchecked)


def _let_children_go_whole(patch: Patch) -> None:
    patch.setattr(groups, "shrunk", lambda terms, *, quantity: terms)


def _overwrite_latches(patch: Patch) -> None:
    patch.setattr(memory_kill_switch, "_with_stages_of", lambda _stored, latch: latch)


def _number_notices_twice(patch: Patch) -> None:
    async def update(self: Any, *, latch: Any, audit: Any, notice: Any) -> None:
        database = await self.link.enter()
        stored = database.latches.get(latch.id)
        database.latches[latch.id] = memory_kill_switch._with_stages_of(stored, latch)
        database.notices.append(notice)
        await self.link.pause()

    patch.setattr(memory_kill_switch.MemoryLatches, "update", update)


def _drop_late_fills(patch: Patch) -> None:
    moved = apply_report.ApplyReport._moved

    def deaf(self: Any, order: Any, **named: Any) -> Any:
        return None if order.is_closed else moved(self, order, **named)

    patch.setattr(apply_report.ApplyReport, "_moved", deaf)


PLANTED = (
    Planted("resend when unsure", ("twice",), 1, _resend_when_unsure),
    Planted("send without a stored intent", ("intent",), 0, _send_without_intent),
    Planted("check the latch, then send", ("kill",), 131, _check_then_send),
    Planted("acknowledge before the barrier", ("kill",), 131, _acknowledge_before_the_barrier),
    Planted("send although killed", ("kill",), 6, _send_while_killed),
    Planted("book a repeated fill again", ("fills",), 1, _book_repeated_fills),
    Planted("forget a fill's postings", ("ledger",), 0, _forget_postings),
    Planted("ignore resting orders", ("limit",), 2, _ignore_resting_orders),
    Planted("decide on old rules", ("limit",), 27, _ignore_newer_rules),
    Planted("let a child go whole", ("limit",), 125, _let_children_go_whole),
    Planted("take any transition", ("transition",), 8, _take_any_transition),
    Planted("save the cursor first", ("relay",), 0, _save_cursor_before_publishing),
    Planted("hear past gaps", ("heard",), 49, _hear_past_gaps),
    Planted("look for the key beforehand", ("idempotency",), 43, _look_for_the_key_beforehand),
    Planted("write without comparing", ("version", "ledger"), 0, _write_without_comparing),
    Planted("answer before the commit", ("lost",), 6, _answer_before_the_commit),
    Planted("call an unsure order rejected", ("anomaly", "open"), 1, _call_unsure_rejected),
    Planted("call an unseen order canceled", ("open", "fills"), 49, _call_unseen_canceled),
    Planted("send terms that were replaced", ("gate",), 596, _send_old_terms),
    Planted("overwrite a latch's progress", ("latch",), 250, _overwrite_latches),
    Planted("number notices twice", ("journal",), 125, _number_notices_twice),
    Planted("drop late fills", ("heard", "rest"), 16, _drop_late_fills),
)


def main(arguments: list[str]) -> int:
    """Print the first seed that finds each planted bug; 1 when one is not found."""
    parser = argparse.ArgumentParser(prog="planted", description="Find the planted bugs.")
    parser.add_argument("--seeds", type=int, default=SEEDS_MAX)
    parser.add_argument("--only", default="", help="part of a name")
    options = parser.parse_args(arguments)
    missed = 0
    for planted in PLANTED:
        if options.only in planted.name:
            seed = find(planted, seeds=range(options.seeds))
            missed += seed is None
            said = "NOT FOUND" if seed is None else f"seed {seed}"
            print(f"{planted.name:<32} {'/'.join(planted.breaks):<16} {said}", flush=True)  # noqa: T201
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
