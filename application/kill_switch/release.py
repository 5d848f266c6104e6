"""Let a stopped scope trade again: checklist, passcode, finished work, clean books."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from application.kill_switch.accounts_within import accounts_within
from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import (
    ChecklistOpen,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    ReleaseKill,
    Releasing,
)
from application.kill_switch.deps import KillContext
from application.kill_switch.held_release import closing_orders, held_by
from application.orders.cancel import CancelOrders
from application.orders.commands import Asker
from domain.accounts.account import Account
from domain.audit.entry import AuditEntry
from domain.kill_switch.checklist import unanswered
from domain.kill_switch.latch import Latch, PendingRelease, Scope
from domain.orders.order import Order
from domain.shared.values import InvalidValue
from ports.accounts import AccountDirectory
from ports.stops import StopChannel
from ports.storage import StorageUnavailable

# Return what the books of these accounts and the broker disagree on, None when they agree.
CheckBooks = Callable[[Sequence[Account]], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Release every latch of exactly one scope."""

    context: KillContext
    passcode: CheckPasscode
    directory: AccountDirectory
    check_books: CheckBooks
    cancel: CancelOrders
    channel: StopChannel

    async def __call__(
        self, command: ReleaseKill
    ) -> Released | Releasing | PasscodeRefused | NotReconciled | NothingEngaged | ChecklistOpen:
        """Release the scope, or say what stands against it; nothing is half released.

        Whoever says how far has to answer the checklist too. Books that are not compared within
        moments are compared behind the answer (`finish`), and until then all stays stopped. With
        cancel_flatten a flattening that is not done ends, unless one of its orders may be at the
        broker.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        engaged = await self._engaged(command)
        if not engaged:
            return NothingEngaged()
        if command.answers is not None or command.to is not None:
            open_items = unanswered(command.answers or {})
            if open_items:
                return ChecklistOpen(items=open_items)
        refused = await self.passcode.for_release(
            tenant_id=command.tenant_id,
            given=command.passcode,
            actor=command.actor,
            trace_id=command.trace_id,
        )
        if refused is not None:
            return refused
        pending = self._pending(command)
        accounts = await self._accounts(command.scope)
        problem = await self._held_by(pending, engaged=engaged, accounts=accounts)
        if problem is not None:
            return NotReconciled(problem=problem)
        compared = await self._compared(accounts, within_s=command.answer_s)
        if isinstance(compared, str):
            return NotReconciled(problem=compared)
        if compared:
            return await self._ask(engaged, pending, to_confirm=compared)
        released = await self._release_all(engaged, pending)
        if command.cancel_flatten:
            # What is in the way of it is ended behind the answer: nothing of it leaves any more.
            await self._within(
                self._end_closing(released, pending, accounts=accounts), command.answer_s
            )
        return Released(latches=released)

    async def finish(self, latches: Sequence[Latch], *, pending: PendingRelease) -> str | None:
        """Do what a pending release of one scope has left to do; say what stands against it.

        All that a release asks is asked again: the books are compared now, whoever asked.
        """
        accounts = await self._accounts(latches[0].scope)
        to_release = [latch for latch in latches if latch.stops_more_than(pending.to)]
        if to_release:
            problem = await self._held_by(pending, engaged=to_release, accounts=accounts)
            problem = problem or await self.check_books(accounts)
            if problem is not None:
                return problem
            await self._release_all(to_release, pending)
        if pending.cancel_flatten:
            await self._end_closing(latches, pending, accounts=accounts)
        else:
            # Of one that another let go meanwhile nothing is left to do.
            await self._done([one for one in latches if one not in to_release], pending)
        return None

    async def lapse(self, latch: Latch, *, pending: PendingRelease) -> None:
        """Ask no more for a release that could not be done: the latch holds."""
        audit = self._entry(latch, pending, action="kill_switch.release_lapsed")
        await self.context.pend(
            replace(latch, releasing=None),
            before=pending,
            type="kill_switch.release_lapsed",
            audit=replace(audit, after=()),
        )

    def _pending(self, command: ReleaseKill) -> PendingRelease:
        answers = command.answers
        return PendingRelease(
            actor=command.actor,
            reason=command.reason,
            asked_at=self.context.clock.now(),
            to=command.to,
            cancel_flatten=command.cancel_flatten,
            answered=None if answers is None else tuple(sorted(answers)),
            trace_id=command.trace_id,
        )

    async def _accounts(self, scope: Scope) -> Sequence[Account]:
        return await accounts_within(
            scope, directory=self.directory, brokers=self.cancel.context.brokers
        )

    async def _compared(
        self, accounts: Sequence[Account], *, within_s: float
    ) -> str | tuple[str, ...]:
        """Return what disagrees, or of which brokers the books are not compared yet."""
        by_broker: dict[str, list[Account]] = {}
        for account in accounts:
            by_broker.setdefault(account.broker, []).append(account)
        asking = {
            broker: asyncio.ensure_future(self.check_books(some))
            for broker, some in by_broker.items()
        }
        try:
            if asking:
                await asyncio.wait(asking.values(), timeout=within_s)
            for told in asking.values():
                if told.done() and (problem := told.result()) is not None:
                    return problem
            return tuple(
                f"the books of {len(by_broker[broker])} account(s) at {broker} agree with its own"
                for broker, told in asking.items()
                if not told.done()
            )
        finally:
            for told in asking.values():
                told.cancel()

    async def _ask(
        self, engaged: Sequence[Latch], pending: PendingRelease, *, to_confirm: tuple[str, ...]
    ) -> Releasing:
        """Keep the release until the books are compared, in the place of an earlier one."""
        asked = []
        for latch in engaged:
            wanted = replace(latch, releasing=pending)
            audit = self._entry(wanted, pending, action="kill_switch.release_asked")
            await self.context.pend(
                wanted,
                before=latch.releasing,
                type="kill_switch.release_asked",
                audit=replace(audit, after=()),
            )
            asked.append(wanted)
        self.context.wake()
        return Releasing(latches=tuple(asked), to_confirm=to_confirm)

    async def _engaged(self, command: ReleaseKill) -> list[Latch]:
        """Return the latches of the scope that hold more than is asked for."""
        scope = command.scope
        return [
            latch
            for latch in await self.context.latches.engaged(tenant_id=command.tenant_id)
            if latch.scope == scope and latch.stops_more_than(command.to)
        ]

    async def _held_by(
        self, pending: PendingRelease, *, engaged: Sequence[Latch], accounts: Sequence[Account]
    ) -> str | None:
        return await held_by(
            pending,
            engaged=engaged,
            closing=lambda: self._closing(accounts),
            channel=self.channel,
        )

    async def _closing(self, accounts: Sequence[Account]) -> list[Order]:
        return await closing_orders(accounts, book_store=self.cancel.context.book_store)

    async def _within(self, work: Coroutine[Any, Any, None], within_s: float) -> None:
        """Wait a moment for what is kept to be done: what does not end by then is ended behind."""
        task = asyncio.ensure_future(work)
        try:
            await asyncio.wait({task}, timeout=within_s)
            if task.done():
                with suppress(StorageUnavailable):
                    task.result()
        finally:
            task.cancel()

    async def _end_closing(
        self, latches: Sequence[Latch], pending: PendingRelease, *, accounts: Sequence[Account]
    ) -> None:
        """Let no closing order leave any more, and cancel what was made or sent meanwhile."""
        await self.context.barrier.close(latches[0].scope)

        async def end(order: Order) -> None:
            asker = Asker(tenant_id=order.tenant_id, actor=pending.actor, trace_id=pending.trace_id)
            await self.cancel.one(asker=asker, order_id=order.id)

        await asyncio.gather(*(end(order) for order in await self._closing(accounts)))
        await self._done(latches, pending)

    async def _done(self, latches: Sequence[Latch], pending: PendingRelease) -> None:
        for latch in latches:
            done = replace(latch, releasing=None)
            await self.context.pend(done, before=pending, type="", audit=None)

    async def _release_all(
        self, latches: Sequence[Latch], pending: PendingRelease
    ) -> tuple[Latch, ...]:
        return tuple([await self._release(latch, pending) for latch in latches])

    async def _release(self, latch: Latch, pending: PendingRelease) -> Latch:
        """Release one latch; one that another released meanwhile is as released as by us."""
        context = self.context
        # What is left to do of it is stored with it: a process that ends here has it finished.
        left = pending if pending.cancel_flatten else None
        if pending.to is None:
            now = context.clock.now()
            off = replace(latch, released_at=now, released_by=pending.actor, releasing=left)
        else:
            flatten = latch.flatten and not pending.cancel_flatten
            off = replace(latch, level=pending.to, flatten=flatten, releasing=left)
        if await context.release(
            off, audit=self._entry(off, pending, action="kill_switch.release")
        ):
            context.wake()
            return off
        found = await context.latches.find(tenant_id=latch.scope.tenant_id, latch_id=latch.id)
        return off if found is None else found

    def _entry(self, latch: Latch, pending: PendingRelease, *, action: str) -> AuditEntry:
        audit = self.context.audit(
            latch, action=action, actor=pending.actor, trace_id=pending.trace_id
        )
        detail = (*audit.detail, ("release_reason", pending.reason))
        if latch.flatten_canceled:
            detail = (*detail, ("flatten_canceled", "true"))
        if pending.answered is not None:
            detail = (*detail, ("checklist", ",".join(pending.answered)))
        return replace(
            audit,
            detail=detail,
            reason=pending.reason,
            before=(("state", "engaged"),),
            after=(("state", latch.level.value if latch.is_engaged else "released"),),
        )
