"""Let a stopped scope trade again: passcode, finished work, clean books."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from uuid import UUID

from application.kill_switch.check_passcode import CheckPasscode
from application.kill_switch.commands import (
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    ReleaseKill,
)
from application.kill_switch.deps import KillDesk
from application.orders.cancel import CancelOrders
from application.orders.commands import Asker
from domain.kill_switch.latch import Latch, Scope
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.shared.values import InvalidValue

# Return what the books and the broker disagree on, or None when they agree.
CheckBooks = Callable[[UUID, UUID | None], Awaitable[str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """Release every latch of exactly one scope."""

    desk: KillDesk
    passcode: CheckPasscode
    check_books: CheckBooks
    cancel: CancelOrders

    async def __call__(
        self, command: ReleaseKill
    ) -> Released | PasscodeRefused | NotReconciled | NothingEngaged:
        """Release the scope, or say what stands against it; nothing is half released.

        With cancel_flatten a flattening that is not done ends here, unless one of its orders
        may be at the broker: when this returns none leaves any more.
        """
        if not 1 <= len(command.reason) <= 500:
            raise InvalidValue(field="reason", problem="must be 1 to 500 characters")
        engaged = [
            latch
            for latch in await self.desk.latches.engaged(tenant_id=command.tenant_id)
            if latch.scope.account_id == command.account_id
        ]
        if not engaged:
            return NothingEngaged()
        refused = await self.passcode.for_release(
            tenant_id=command.tenant_id,
            given=command.passcode,
            actor=command.actor,
            trace_id=command.trace_id,
        )
        if refused is not None:
            return refused
        for latch in engaged:
            called_off = command.cancel_flatten and latch.canceled_at is not None
            if latch.is_unfinished and not called_off:
                return NotReconciled(problem=_unfinished(latch))
        if command.cancel_flatten and (out := await self._out(command)):
            return NotReconciled(
                problem=f"{len(out)} closing order(s) are out, the first is {out[0].id}: "
                "cancel them, or wait for their end"
            )
        problem = await self.check_books(command.tenant_id, command.account_id)
        if problem is not None:
            return NotReconciled(problem=problem)
        released = tuple([await self._release(latch, command) for latch in engaged])
        if command.cancel_flatten:
            await self._end_closing(command)
        return Released(latches=released)

    async def _out(self, command: ReleaseKill) -> list[Order]:
        """Return the closing orders that may be at the broker; parked ones are a person's."""
        return [
            order
            for order in await self._closing(command)
            if order.state not in (OrderState.ACCEPTED, OrderState.PARKED)
        ]

    async def _closing(self, command: ReleaseKill) -> list[Order]:
        books = await self.cancel.desk.shelf.read_all(tenant_id=command.tenant_id)
        return [
            order
            for book in books
            if command.account_id in (None, book.account.id)
            for order in book.orders.values()
            if order.may_pass_halt
        ]

    async def _end_closing(self, command: ReleaseKill) -> None:
        """Let no closing order leave any more, and cancel what was made or sent meanwhile."""
        scope = Scope(tenant_id=command.tenant_id, account_id=command.account_id)
        await self.desk.barrier.close(scope)
        asker = Asker(tenant_id=command.tenant_id, actor=command.actor, trace_id=command.trace_id)
        for order in await self._closing(command):
            await self.cancel.one(asker=asker, order_id=order.id)

    async def _release(self, latch: Latch, command: ReleaseKill) -> Latch:
        desk = self.desk
        off = replace(latch, released_at=desk.clock.now(), released_by=command.actor)
        audit = desk.audit(
            off,
            action="kill_switch.release",
            actor=command.actor,
            trace_id=command.trace_id,
        )
        detail = (*audit.detail, ("release_reason", command.reason))
        if off.flatten_canceled:
            detail = (*detail, ("flatten_canceled", "true"))
        audit = replace(
            audit,
            detail=detail,
            reason=command.reason,
            before=(("state", "engaged"),),
            after=(("state", "released"),),
        )
        await desk.update(off, type="kill_switch.released", audit=audit)
        return off


def _unfinished(latch: Latch) -> str:
    what = "orders are still being cancelled"
    if latch.canceled_at is not None:
        what = "positions are still being flattened; cancel_flatten calls that off"
    return f"the activation of {latch.engaged_at.isoformat()} is not done: {what}"
