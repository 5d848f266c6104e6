"""What is submitted again, under a used key or id, or against a latch; and the questions."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.accounts.book_store import AccountNotFound
from application.orders.attest_many import AttestOrders
from application.orders.cancel import OrderNotFound
from application.orders.commands import (
    Accepted,
    ClientIdTaken,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    Preview,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.facade import OrderUseCases
from application.orders.list_parked import ListParked
from application.orders.preview import ExplainOrder, PreviewOrder
from application.orders.replace import Replace
from application.shared.change import KeyReused, Once, Replayed
from domain.accounts.account import AccountKind
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, Side
from domain.risk.order_checks import KILL_SWITCH_ON
from ports.orders import OrderFilter
from tests import builders
from tests.rig import Rig

BUY = builders.terms()
SELL = builders.terms(side=Side.SELL, limit_price=Decimal(110))


def command(rig: Rig, *requests: OrderRequest, group: GroupKind | None = None) -> SubmitOrder:
    """Ask for orders; for one to buy if none is given."""
    return SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=requests or (OrderRequest(terms=BUY),),
        group=group,
    )


def keyed(key: str = "k", request_hash: bytes = b"h") -> Once[SubmitOutcome]:
    """Answer under a key with what became of the order."""

    def render(outcome: SubmitOutcome) -> tuple[int, bytes]:
        accepted = isinstance(outcome, Accepted)
        return (201, b"accepted") if accepted else (403, b"denied")

    return Once(key=key, request_hash=request_hash, render=render)


def cases(rig: Rig) -> OrderUseCases:
    """Everything that can be asked of orders, over one room."""
    return OrderUseCases(
        archive=rig.context.archive,
        directory=rig.directory,
        submitting=rig.submit,
        previewing=PreviewOrder(
            context=rig.context, gatekeeper=rig.gatekeeper, latches=rig.latches
        ),
        explaining=ExplainOrder(context=rig.context),
        canceling=rig.cancel,
        replacing=Replace(context=rig.context, gatekeeper=rig.gatekeeper),
        attesting=rig.attest,
        attesting_many=AttestOrders(archive=rig.context.archive, attest=rig.attest),
        listing_parked=ListParked(archive=rig.context.archive, look=rig.attest.look),
    )


async def halted(rig: Rig) -> None:
    """Stop the account's trading."""
    await rig.activate.halt_account(
        tenant_id=rig.tenant_id, account_id=rig.account_id, reason="a test"
    )


@pytest.mark.parametrize("stopped", [False, True])
async def test_a_key_gets_its_first_answer_again_and_no_second_order(stopped: bool) -> None:
    rig = Rig()
    if stopped:
        await halted(rig)
    await rig.submit(command(rig), idempotency=keyed())
    again = await rig.submit(command(rig), idempotency=keyed())
    said = (403, b"denied") if stopped else (201, b"accepted")
    assert again == Replayed(status=said[0], body=said[1])
    other = await rig.submit(command(rig), idempotency=keyed(request_hash=b"x"))
    assert other == KeyReused()
    assert len(rig.database.orders) == 1
    fresh = await rig.submit(command(rig), idempotency=keyed("k-2"))
    assert isinstance(fresh, DeniedOrders if stopped else Accepted)
    assert len(rig.database.orders) == 2


async def test_a_client_order_id_is_taken_once_and_it_is_said_by_which_order() -> None:
    rig = Rig()
    mine = OrderRequest(terms=BUY, client_order_id="mine")
    first = await rig.submit(command(rig, mine), idempotency=None)
    assert isinstance(first, Accepted)
    again = await rig.submit(command(rig, mine), idempotency=None)
    assert again == ClientIdTaken(client_order_id="mine", order_id=first.orders[0].id)
    group = command(
        rig,
        OrderRequest(terms=BUY),
        OrderRequest(terms=SELL, client_order_id="fresh"),
        OrderRequest(terms=SELL, client_order_id="mine"),
        group=GroupKind.OTO,
    )
    assert await rig.submit(group, idempotency=None) == again
    assert len(rig.database.orders) == 1


async def test_under_the_kill_switch_an_order_is_stored_as_denied() -> None:
    rig = Rig()
    await halted(rig)
    outcome = await rig.submit(command(rig), idempotency=None)
    assert isinstance(outcome, DeniedOrders)
    assert outcome.reasons == (KILL_SWITCH_ON,)
    (order,) = outcome.orders
    assert (await rig.now(order)).state is OrderState.DENIED
    explained = await cases(rig).explanation(tenant_id=rig.tenant_id, order_id=order.id)
    assert (explained.order_id, explained.approved) == (order.id, False)
    assert explained.reasons == (KILL_SWITCH_ON,)
    assert explained.decided_at == builders.AT


async def test_an_order_that_is_denied_anyway_is_told_of_the_stop_too() -> None:
    owner = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    rig = Rig(book=builders.book(owner, cash={"USD": Decimal(5)}))
    before = await rig.submit(command(rig), idempotency=None)
    assert isinstance(before, DeniedOrders)
    assert [one.code for one in before.reasons] == ["BUYING_POWER"]
    await halted(rig)
    stopped = await rig.submit(command(rig), idempotency=None)
    assert isinstance(stopped, DeniedOrders)
    assert {one.code for one in stopped.reasons} == {"BUYING_POWER", KILL_SWITCH_ON.code}


async def preview(rig: Rig, *requests: OrderRequest, group: GroupKind | None = None) -> Preview:
    """Ask what the gate would say."""
    return await cases(rig).preview(command(rig, *requests, group=group))


async def test_a_preview_tells_the_effect_and_stores_nothing() -> None:
    rig = Rig()
    told = await preview(rig)
    assert (told.approved, told.reasons) == (True, ())
    assert told.effect == {
        "price": "100",
        "value": "1000",
        "position_after": "10",
        "gross_after": "1000",
        "reducing": "false",
    }
    (power,) = told.headroom
    assert power.rule_name == "Buying power"
    assert (power.value, power.limit) == builders.decimals(1_000, 200_000)
    assert not rig.database.orders
    assert not rig.database.audit
    await halted(rig)
    assert (await preview(rig)).reasons == (KILL_SWITCH_ON,)


async def test_a_preview_of_a_group_counts_the_orders_before() -> None:
    owner = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    rig = Rig(book=builders.book(owner, cash={"USD": Decimal(1_500)}))
    twice = (OrderRequest(terms=BUY), OrderRequest(terms=BUY))
    both = await preview(rig, *twice, group=GroupKind.OTO)
    assert [one.code for one in both.reasons] == ["BUYING_POWER"]
    assert both.effect["orders[0].position_after"] == "10"
    assert both.effect["orders[1].position_after"] == "20"
    assert len(both.headroom) == 2
    covered = (OrderRequest(terms=BUY), OrderRequest(terms=SELL))
    assert (await preview(rig, *covered, group=GroupKind.OTO)).approved


async def test_an_explanation_names_each_limit_and_its_inputs() -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    told = await cases(rig).explanation(tenant_id=rig.tenant_id, order_id=order.id)
    assert (told.approved, told.reasons, told.decided_at) == (True, (), builders.AT)
    assert [one.rule_name for one in told.headroom] == ["Buying power"]
    assert told.inputs


async def test_orders_are_found_listed_and_followed_by_their_tenant_alone() -> None:
    rig = Rig()
    first = await rig.sent()
    (second,) = await rig.accepted(builders.terms(symbol="MSFT", type=OrderType.MARKET))
    asked = cases(rig)
    assert await asked.get(tenant_id=rig.tenant_id, order_id=second.id) == second
    listed = await asked.list(tenant_id=rig.tenant_id, filter=OrderFilter(symbol="AAPL"))
    assert [one.id for one in listed] == [first.id]
    told = await asked.events(tenant_id=rig.tenant_id, order_id=first.id)
    assert [one.type for one in told] == ["order.accepted", "order.submitted", "order.working"]
    stranger = builders.new_id()
    for tenant_id, order_id in ((stranger, first.id), (rig.tenant_id, stranger)):
        for call in (
            asked.get(tenant_id=tenant_id, order_id=order_id),
            asked.events(tenant_id=tenant_id, order_id=order_id),
            asked.explanation(tenant_id=tenant_id, order_id=order_id),
        ):
            with pytest.raises(OrderNotFound) as missing:
                await call
            assert str(missing.value) == f"order {order_id} does not exist"
    assert await asked.list(tenant_id=stranger, filter=OrderFilter()) == []


@pytest.mark.parametrize("whole", [True, False])
async def test_all_orders_are_cancelled_of_an_account_or_of_those_among_some(whole: bool) -> None:
    rig = Rig()
    (order,) = await rig.accepted()
    asked = cases(rig)
    account_id: UUID | None = None if whole else rig.account_id

    async def cancel(among: frozenset[UUID] | None = None) -> list[Order]:
        done = await asked.cancel_all(
            asker=rig.asker, account_id=account_id, symbol=None, among=among
        )
        return list(done.orders)

    if whole:
        assert await cancel(frozenset()) == []
    with pytest.raises(AccountNotFound):
        await asked.cancel_all(asker=rig.asker, account_id=builders.new_id(), symbol=None)
    earlier = order.accepted_at - timedelta(microseconds=1)
    none = await asked.cancel_all(
        asker=rig.asker, account_id=account_id, symbol=None, accepted_by=earlier
    )
    assert none.orders == ()
    other = await asked.cancel_all(asker=rig.asker, account_id=account_id, symbol="MSFT")
    assert other.orders == ()
    assert [one.id for one in await cancel(frozenset({rig.account_id}))] == [order.id]
