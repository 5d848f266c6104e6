"""Do everything to orders that can be done, in any sequence: only legal moves may happen.

`python -m tests.torture.transitions --runs 1000` makes that many runs of 50 steps over the
real use cases: submits, sends with every answer, reports of every kind to every order,
cancels, replaces, reading back, reconciling, attesting, a kill switch going on and off. It
prints what it did and fails with the shortest run that breaks a rule.
"""

import asyncio
import sys
from collections import Counter
from collections.abc import Awaitable
from dataclasses import replace
from decimal import Decimal
from typing import TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    invariant,
    precondition,
    rule,
)

from application.kill_switch.commands import ActivateKill
from application.orders.commands import (
    Accepted,
    Attestation,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    ReplaceOrder,
    SubmitOrder,
)
from application.orders.replace import Replace
from domain.orders.order import Order
from domain.orders.states import CLOSED, OrderState
from domain.orders.terms import Side
from domain.shared.values import InvalidValue
from ports.broker import ReportKind, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill
from tests.torture.machines import CountingMachine, command, played

ORDERS_MAX = 6
# Bounds the share of steps in which only time passes.
TIME_MAX_S = 200.0
Result = TypeVar("Result")
_S = OrderState

# Written out anew, not imported: what must never happen, whatever the table says.
NEVER_LEFT = {_S.DENIED, _S.REJECTED}
LEFT_ONLY_BY_A_FILL = {_S.CANCELED, _S.EXPIRED, _S.FILLED}
ONCE = (_S.ACCEPTED, _S.SUBMITTED, _S.DENIED, _S.REJECTED)


class OrdersMachine(CountingMachine):
    """One account whose orders suffer everything that clients, venues and time can do."""

    def __init__(self) -> None:
        super().__init__()
        self._runner = asyncio.Runner()
        self._rig = Rig()
        self._orders: list[Order] = []
        self._trades = 0
        self._seen: dict[object, Decimal] = {}

    def teardown(self) -> None:
        self._runner.close()

    def _run(self, work: Awaitable[Result]) -> Result:
        async def awaited() -> Result:
            return await work

        return self._runner.run(awaited())

    def _any(self, state: OrderState) -> bool:
        return any(order.state is state for order in self._rig.database.orders.values())

    def _pick(self, data: st.DataObject) -> Order:
        chosen: Order = data.draw(st.sampled_from(self._orders))
        return self._run(self._rig.now(chosen))

    @initialize()
    def begin(self) -> None:
        """Start with an order at the venue, for most of what follows needs one."""
        self.submit(quantity=10, side=Side.BUY, group=None)
        self._run(self._rig.send(self._orders[0]))

    @precondition(lambda self: len(self._orders) < ORDERS_MAX)
    @rule(
        quantity=st.integers(1, 20),
        side=st.sampled_from(Side),
        group=st.sampled_from((None, None, GroupKind.OCO, GroupKind.OTO)),
    )
    def submit(self, quantity: int, side: Side, group: GroupKind | None) -> None:
        """Ask for an order, or for two that hang together."""
        terms = builders.terms(quantity=Decimal(quantity), side=side)
        requests = (OrderRequest(terms=terms),) * (1 if group is None else 2)
        command = SubmitOrder(
            asker=self._rig.asker,
            account_id=self._rig.account_id,
            orders=requests,
            group=group,
        )
        outcome = self._run(self._rig.submit(command, idempotency=None))
        assert isinstance(outcome, Accepted | DeniedOrders)
        self._orders += outcome.orders
        self.steps["submits"] += 1

    @precondition(lambda self: self._orders)
    @rule(data=st.data(), answer=st.sampled_from(Answer), lease=st.integers(0, 9))
    def dispatch(self, data: st.DataObject, answer: Answer, lease: int) -> None:
        """Let the dispatcher do what the order's state asks for."""
        order = self._pick(data)
        self._rig.broker.script.append(answer)
        self._rig.lease.held = lease > 0
        self._run(self._rig.send(order))
        self._rig.broker.script.clear()
        self._rig.lease.held = True
        self.steps["dispatches"] += 1

    @precondition(lambda self: self._orders)
    @rule(
        data=st.data(),
        kind=st.sampled_from(ReportKind),
        quantity=st.integers(0, 12),
        repeat=st.booleans(),
    )
    def report(self, data: st.DataObject, kind: ReportKind, quantity: int, repeat: bool) -> None:
        """Let the venue say anything about any order."""
        order = self._pick(data)
        fill = terms = None
        if kind is ReportKind.FILL:
            self._trades += 0 if repeat else 1
            fill = venue_fill(quantity, trade_id=f"t-{self._trades}")
        if kind is ReportKind.REPLACED:
            asked = order.pending_terms
            terms = asked or replace(order.terms, quantity=Decimal(quantity + 1))
        report = report_of(order, kind, fill=fill, terms=terms, reason="the venue says so")
        self._run(
            self._rig.apply(
                tenant_id=self._rig.tenant_id,
                account_id=self._rig.account_id,
                report=report,
                heard=None,
            )
        )
        self.steps["reports"] += 1

    @precondition(lambda self: self._orders)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        """Ask for a cancel."""
        order = self._pick(data)
        self._run(self._rig.cancel.one(asker=self._rig.asker, order_id=order.id))
        self.steps["cancels"] += 1

    @precondition(lambda self: self._orders)
    @rule(data=st.data(), quantity=st.integers(1, 30))
    def replace_terms(self, data: st.DataObject, quantity: int) -> None:
        """Ask for another quantity."""
        order = self._pick(data)
        replacing = Replace(context=self._rig.context, gatekeeper=self._rig.gatekeeper)
        command = ReplaceOrder(asker=self._rig.asker, order_id=order.id, quantity=Decimal(quantity))
        try:
            self._run(replacing(command))
        except InvalidValue:
            return
        self.steps["replaces"] += 1

    @precondition(lambda self: self._orders)
    @rule(data=st.data(), state=st.sampled_from(VenueState), missing=st.booleans())
    def read_back(self, data: st.DataObject, state: VenueState, missing: bool) -> None:
        """Look for an order at the venue, which has it in any state, or not."""
        order = self._pick(data)
        broker = self._rig.broker
        held = broker.held.get(order.client_order_id)
        if held is not None:
            broker.change(order.client_order_id, state=state)
            if missing:
                broker.held.pop(order.client_order_id)
        self._run(self._rig.resolve(tenant_id=order.tenant_id, order_id=order.id, broker=broker))
        if held is not None:
            broker.held[order.client_order_id] = held
        self.steps["read back"] += 1

    @precondition(lambda self: self._rig.clock.monotonic() < TIME_MAX_S)
    @rule(seconds=st.sampled_from((1, 6, HORIZON_S)))
    def reconcile(self, seconds: float) -> None:
        """Let time pass, then compare with the broker."""
        self._rig.clock.advance(seconds)
        self._run(self._rig.reconcile(account=self._rig.book.account, broker=self._rig.broker))
        self.steps["reconciled"] += 1

    @precondition(lambda self: self._any(OrderState.PARKED))
    @rule(data=st.data())
    def attest(self, data: st.DataObject) -> None:
        """Give a person's word that the venue does not have the order."""
        order = self._pick(data)
        word = Attestation(asker=self._rig.asker, order_id=order.id, reason="a test")
        self._run(self._rig.attest(word))
        self.steps["attested"] += 1

    @precondition(lambda self: len(self._rig.database.notices) % 5 == 0)
    @rule(on=st.booleans())
    def kill(self, on: bool) -> None:
        """Put the kill switch on, or take it off."""
        rig = self._rig
        if on and not self._run(rig.latches.engaged(tenant_id=rig.tenant_id)):
            command = ActivateKill(tenant_id=rig.tenant_id, actor="user:test", reason="a test")
            self._run(rig.activate(command))
        else:
            for latch in self._run(rig.latches.engaged(tenant_id=rig.tenant_id)):
                off = replace(latch, released_at=rig.clock.now(), released_by="user:test")
                self._run(rig.kill_context.update(off, type="kill_switch.released"))
        self.steps["kills"] += 1

    @invariant()
    def every_order_moved_only_as_it_may(self) -> None:
        """Read every order's history from the start."""
        for order in self._rig.database.orders.values():
            told = self._run(self._rig.events(order))
            states = [OrderState(notice.body["state"]) for notice in told]
            assert states[-1] is order.state
            for state in ONCE:
                seen = [now for now, before in _pairs(states) if now is state and before != state]
                assert len(seen) <= 1, (state, states)
            for (now, before), notice in zip(_pairs(states), told, strict=True):
                assert before not in NEVER_LEFT, states
                if before in LEFT_ONLY_BY_A_FILL and now is not before:
                    assert notice.type in ("order.filled", "order.overfilled"), states
            assert order.filled_quantity >= self._seen.get(order.id, Decimal(0))
            self._seen[order.id] = order.filled_quantity

    @invariant()
    def what_is_closed_is_not_in_the_book_and_what_is_open_is(self) -> None:
        """Compare the book with the archive."""
        book = self._run(self._rig.stored())
        orders = self._rig.database.orders
        live = {order.id: order for order in orders.values() if order.state not in CLOSED}
        assert dict(book.orders) == live

    @invariant()
    def nothing_is_sent_twice(self) -> None:
        """Count what reached the broker."""
        asked = [one for one in self._rig.broker.asked if one.startswith("submit ")]
        assert len(asked) == len(set(asked))

    @invariant()
    def fills_are_in_the_orders_and_in_the_position(self) -> None:
        """Add up the fills."""
        book = self._run(self._rig.stored())
        fills = self._rig.database.fills
        assert book.position("AAPL").quantity == sum(one.signed_quantity for one in fills)
        for order in self._rig.database.orders.values():
            booked = sum(one.quantity for one in fills if one.order_id == order.id)
            assert order.filled_quantity == booked


def _pairs(states: list[OrderState]) -> list[tuple[OrderState, OrderState]]:
    """Return each state with the one before it."""
    return list(zip(states, [OrderState.INITIALIZED, *states], strict=False))


def run(*, runs: int) -> Counter[str]:
    """Make that many runs and return what was done in them."""
    return played(OrdersMachine, runs=runs)


if __name__ == "__main__":
    sys.exit(command(OrdersMachine, name="transitions", about=__doc__))
