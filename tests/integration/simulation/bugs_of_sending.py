"""Break what is promised of sending, killing and telling, one bug each."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any

import pytest

from adapters.memory import kill_switch as memory_kill_switch
from application.orders import dispatch, resolve_unknown, steps
from application.orders.decide_again import DecideAgain
from application.orders.departure import Departure
from application.orders.deps import OrderContext
from application.orders.dispatch import Dispatch, SendOutcome
from application.streams.relay import Relay
from domain.accounts.change import Draft
from domain.kill_switch.latch import Level
from domain.market.condition import WELL
from domain.orders import moves
from domain.orders.events import OrderEventType
from domain.orders.states import OrderState
from ports.broker import BrokerUnsure
from ports.kill_switch import Passage
from tests.simulation.barrier import SimulatedKillBarrier
from tests.simulation.market import MarketScript

Patch = pytest.MonkeyPatch


def resend_when_unsure(patch: Patch) -> None:
    """Resend when unsure."""
    settle = Dispatch._settle

    async def resend(self: Dispatch, order: Any, *, call: Any) -> SendOutcome:
        done = asyncio.ensure_future(asyncio.wait({call}))
        await done
        if isinstance(call.exception(), BrokerUnsure):
            approved = await self.approvals.stored(order, broker=self.context.brokers["paper"])
            assert approved is not None
            again = asyncio.ensure_future(
                self.submit(
                    approved,
                    broker=self.context.brokers["paper"],
                    departure=Departure(
                        clock=self.context.clock,
                        lease=self.lease,
                        passage=Passage(flattening=True),
                    ),
                )
            )
            return await settle(self, order, call=again)
        return await settle(self, order, call=call)

    patch.setattr(Dispatch, "_settle", resend)


def send_without_intent(patch: Patch) -> None:
    """Send without intent."""

    def unmoved(approved: Any) -> Any:
        # Something is stored, but not that the order may be on its way.
        return lambda order, _when: moves.Move(order=order, events=())

    patch.setattr(dispatch, "intended", unmoved)


def check_then_send(patch: Patch) -> None:
    """Check then send."""

    def sending(self: SimulatedKillBarrier, target: Any) -> Any:
        @asynccontextmanager
        async def outside() -> Any:
            database = await self.link.enter()
            halted = any(
                latch.is_engaged and latch.scope.covers(target)
                for latch in database.latches.values()
            )
            yield Passage(level=Level.HALTED if halted else None, flattening=True)

        return outside()

    patch.setattr(SimulatedKillBarrier, "sending", sending)


def acknowledge_before_the_barrier(patch: Patch) -> None:
    """Acknowledge before the barrier."""

    async def close(self: SimulatedKillBarrier, scope: Any) -> None:
        await self.link.enter()

    patch.setattr(SimulatedKillBarrier, "close", close)


def send_while_killed(patch: Patch) -> None:
    """Send while killed."""

    def sending(self: SimulatedKillBarrier, target: Any) -> Any:
        @asynccontextmanager
        async def careless() -> Any:
            await self.link.enter()
            yield Passage(flattening=True)

        return careless()

    patch.setattr(SimulatedKillBarrier, "sending", sending)


def save_cursor_before_publishing(patch: Patch) -> None:
    """Save cursor before publishing."""

    async def drain(self: Relay) -> int:
        published = 0
        while found := await self._journal.after(cursor=self._cursor, limit=500):
            self._cursor = found[-1].cursor
            await self._journal.save_cursor(reader="relay", cursor=self._cursor)
            await self._stream.publish([one.notice for one in found])
            published += len(found)
        return published

    patch.setattr(Relay, "drain", drain)


def call_unsure_rejected(patch: Patch) -> None:
    """Call unsure rejected."""

    def rejected(order: Any, when: Any) -> Any:
        return steps.refused(order, reason="no answer", when=when)

    patch.setattr(dispatch, "doubtful", rejected)


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
    patch.setattr(dispatch, "doubtful", canceled)


def send_old_terms(patch: Patch) -> None:
    """Send old terms."""

    def unchecked(_approved: Any) -> Any:
        return lambda order, when: (
            moves.intend(order, when=when) if order.state is OrderState.ACCEPTED else None
        )

    patch.setattr(dispatch, "intended", unchecked)


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


def forget_decisions(patch: Patch) -> None:
    """Forget decisions."""
    patch.setattr(Draft, "decide", lambda _self, _decision: None)


def leave_on_old_approvals(patch: Patch) -> None:
    """Leave on old approvals."""

    async def unasked(self: DecideAgain, order: Any, **_: Any) -> Any:
        return self.context.clock.now()

    patch.setattr(DecideAgain, "__call__", unasked)


def overfill_the_venue(patch: Patch) -> None:
    """Overfill the venue."""
    patch.setattr(OrderContext, "open_orders_max", lambda *_: None)


def open_in_a_silence(patch: Patch) -> None:
    """Take the market's word that it goes on."""
    patch.setattr(MarketScript, "condition", lambda _self, _broker: WELL)
