"""What changes under a request at the last moment: it is called off, and the order says so."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from uuid import UUID

import pytest

from application.orders.apply_report import Anomaly
from application.orders.commands import ReplaceOrder
from application.orders.dispatch import SendOutcome
from application.orders.replace import Replace
from application.orders.resolve_unknown import Resolution
from application.orders.run_reconcile import LOOKS, RunReconcile
from domain.accounts.positions import Position
from domain.orders.moves import intend, want_cancel
from domain.orders.order import Origin
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import InvalidValue
from ports.broker import VenueOrder, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer

_S = OrderState


async def test_a_flattening_order_that_has_become_pointless_is_withdrawn() -> None:
    rig = Rig()
    rig.broker.holding["AAPL"] = Decimal(7)
    await rig.flatten(account=rig.book.account)
    (order,) = (await rig.stored()).orders.values()
    rig.broker.holding["AAPL"] = Decimal(6)
    assert await rig.send(order) is SendOutcome.NOTHING
    assert rig.broker.count("submit") == 0
    after = await rig.now(order)
    assert after.state is _S.CANCELED
    assert after.reason == (
        "a flattening order is a market order that closes at most the 6 units held at the broker"
    )


async def test_a_replace_does_not_leave_once_the_lease_is_lost() -> None:
    rig = Rig()
    order = await rig.sent()
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replacing(ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12)))

    async def lose() -> None:
        rig.lease.held = False

    rig.broker.before_written = lose
    await rig.send(order)
    after = await rig.now(order)
    assert (after.state, after.terms, after.pending_terms) == (_S.WORKING, order.terms, None)
    assert rig.broker.held[order.client_order_id].terms == order.terms
    assert "the lease of the dispatcher was lost" in after.reason


async def test_what_is_in_doubt_and_then_parked_says_when_and_why() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await rig.accepted()
    await rig.send(order)
    rig.clock.advance(HORIZON_S)
    said = await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    assert said is Resolution.PARKED
    told = [(one.type, one.at, one.body.get("reason")) for one in await rig.events(order)]
    assert told[1:] == [
        ("order.submitted", builders.AT, None),
        ("order.unknown", builders.AT, "the send was ambiguous; reading back"),
        (
            "order.parked",
            rig.clock.now(),
            "not found at the broker within its settle horizon; check there",
        ),
    ]
    assert {one.market_at for one in await rig.events(order)} == {builders.MARKET_AT}


def test_the_words_for_what_became_of_a_request() -> None:
    assert [one.value for one in SendOutcome] == ["sent", "stopped", "unsure", "nothing"]
    assert [one.value for one in Resolution] == [
        "found",
        "waiting",
        "unheard",
        "parked",
        "settled",
        "anomalous",
    ]


@dataclass(slots=True)
class Halts:
    """Keeps whose trading was to be stopped, and why."""

    asked: list[tuple[UUID, UUID, str]] = field(default_factory=list)

    async def __call__(self, *, tenant_id: UUID, account_id: UUID, reason: str) -> None:
        """Keep it."""
        self.asked.append((tenant_id, account_id, reason))


@pytest.mark.parametrize("unreadable", [True, False])
async def test_a_disagreement_stops_the_account_that_it_is_about(unreadable: bool) -> None:
    rig, halts = Rig(), Halts()
    running = RunReconcile(
        broker=rig.broker,
        directory=rig.directory,
        reconcile=rig.reconcile,
        halt=halts,
        sleeper=rig.sleeper,
        on_failure=lambda _, problem: rig.failures.append(problem),
    )
    reason = "reconciliation: position AAPL: ours 0, the broker's 3"
    rig.broker.holding["AAPL"] = Decimal(3)
    if unreadable:
        problem = InvalidValue(field="quantity", problem="must be smaller than 1e20")
        rig.broker.reads_fail = problem
        reason = f"reconciliation: the broker's answer cannot be read: {problem}"
    for _ in range(1 if unreadable else LOOKS):
        assert await running.round()
    assert halts.asked == [(rig.tenant_id, rig.account_id, reason)]
    if unreadable:
        told = await running.check(account=rig.book.account)
        assert told == f"the broker's answer cannot be read: {problem}"


async def test_several_missing_orders_are_all_told() -> None:
    rig = Rig()
    orders = [await rig.sent() for _ in range(2)]
    rig.broker.held.clear()
    rig.clock.advance(60)
    found = await rig.reconcile(account=rig.book.account, broker=rig.broker)
    assert [one.sentence for one in found] == [
        f"order {one.id}: ours working, the broker's not found" for one in orders
    ]
    assert {one.account for one in found} == {rig.book.account}


@pytest.mark.parametrize(("waited", "state"), [(0.0, _S.UNKNOWN), (HORIZON_S, _S.PARKED)])
async def test_an_intent_that_a_dead_process_left_is_read_back(
    waited: float, state: OrderState
) -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    await rig.context.move(order, lambda now, when: intend(now, when=when))
    assert (await rig.events(order))[-1].type == "order.submitted"
    rig.clock.advance(waited)
    await rig.resolve(tenant_id=rig.tenant_id, order_id=order.id, broker=rig.broker)
    assert (await rig.now(order)).state is state
    told = (await rig.events(order))[2]
    assert (told.type, told.at) == ("order.unknown", rig.clock.now())
    assert told.body["reason"] == "no answer to the send; reading back"


async def test_an_order_found_at_the_broker_is_taken_in_as_it_is_there() -> None:
    rig = Rig()
    held = VenueOrder(
        account_id=str(rig.account_id),
        client_order_id="theirs",
        venue_order_id="v-theirs",
        terms=builders.terms(quantity=Decimal(7)),
        state=VenueState.CANCELED,
        reason="they changed their mind",
    )
    rig.broker.held["theirs"] = held
    account = rig.book.account
    problem = await rig.adopt(account=account, client_order_id="theirs", broker=rig.broker)
    assert problem is None
    order = await rig.context.archive.by_client_id(
        tenant_id=account.tenant_id, account_id=account.id, client_order_id="theirs"
    )
    assert order is not None
    assert (order.venue_order_id, order.origin, order.actor) == (
        "v-theirs",
        Origin.EXTERNAL,
        "broker",
    )
    assert (order.terms, order.state) == (held.terms, _S.CANCELED)
    assert order.reason == "they changed their mind"
    assert (order.accepted_at, order.market_at) == (builders.AT, builders.MARKET_AT)


async def test_a_send_without_the_lease_says_that_another_has_taken_over() -> None:
    rig = Rig()
    order = await rig.sent()
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    await replacing(ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(12)))
    rig.lease.held = False
    assert await rig.send(order) is SendOutcome.STOPPED
    assert (await rig.now(order)).reason == "not sent: another process has taken over"


def test_the_words_for_what_a_broker_should_not_have_said() -> None:
    assert all(one.value == one.name.lower() for one in Anomaly)
    assert {one.value for one in Anomaly} == {
        "unknown_account",
        "unknown_order",
        "overfill",
        "fill_after_rejection",
        "fill_before_send",
        "units_unknown",
        "impossible_fill",
        "illegal_move",
        "unreadable",
    }


async def test_an_order_whose_cancel_came_first_does_not_leave() -> None:
    rig = Rig()
    (order,) = await rig.accepted()

    async def cancel() -> None:
        await rig.context.move(order, lambda now, when: want_cancel(now, reason="so", when=when))

    rig.broker.before_written = cancel
    assert await rig.send(order) is SendOutcome.SENT
    after = await rig.now(order)
    assert (after.state, after.cancel_wanted) == (_S.CANCELED, False)
    assert after.reason == "not sent: its cancel was asked for before it left"
    assert rig.broker.held == {}


@pytest.mark.parametrize("gone", [True, False])
async def test_an_old_exit_does_not_leave_once_its_position_is_gone(gone: bool) -> None:
    held = Position(symbol="AAPL", quantity=Decimal(10), cost=Decimal(1_000))
    rig = Rig(book=builders.book(positions={"AAPL": held}))
    (order,) = await rig.accepted(builders.terms(side=Side.SELL, quantity=Decimal(10)))
    # Whoever only leaves is not asked again, however long ago it was.
    rig.clock.advance(60)

    async def close() -> None:
        book = await rig.stored()
        after = replace(book, version=book.version + 1, positions={} if gone else book.positions)
        rig.database.books[rig.account_id] = after
        assert await rig.stored() == after

    rig.broker.before_written = close
    await rig.send(order)
    assert bool(rig.broker.held) is not gone
    if gone:
        assert "its approval has become too old" in (await rig.now(order)).reason
