"""Rules on what an account did: told by its journal, each fill and cancel counted once."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from adapters.memory.streams import MemoryJournal
from application.orders import read_activity
from application.orders.commands import Accepted, DeniedOrders, OrderRequest, SubmitOrder
from application.orders.read_activity import ReadActivity
from domain.orders.moves import fill
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, Side
from domain.risk.activity import Activity
from domain.risk.record import replay
from domain.risk.rule import Action, Parameters, Rule, RuleType
from tests import builders
from tests.rig import Rig

BUY = builders.terms()
SELL = builders.terms(side=Side.SELL)


def rig_with(rule_type: RuleType, threshold: str, parameters: Parameters | None = None) -> Rig:
    """A desk under one rule."""
    rig = Rig()
    rule = Rule(
        id=UUID(int=1),
        tenant_id=rig.tenant_id,
        name="Lately",
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters=parameters or {},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    return rig


async def asked(rig: Rig, terms: OrderTerms = BUY) -> Accepted | DeniedOrders:
    """Ask for an order."""
    command = SubmitOrder(
        asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=terms),)
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


def codes(outcome: Accepted | DeniedOrders) -> list[str]:
    """Name why it was denied."""
    return [one.code for one in outcome.reasons] if isinstance(outcome, DeniedOrders) else []


async def filled(rig: Rig, order: Order, **given: Any) -> None:
    """Book an order's fill as another process does: this one does not hear of it."""
    book = await rig.books.load(tenant_id=rig.tenant_id, account_id=rig.account_id)
    assert book is not None
    now = book.orders[order.id]
    when = {"at": rig.clock.now(), "market_at": rig.market.now()}
    done = builders.execution(now, **{**when, **given})
    await rig.books.commit(builders.advance(now, OrderState.SUBMITTED, on=book))
    book = await rig.books.load(tenant_id=rig.tenant_id, account_id=rig.account_id)
    assert book is not None
    made = builders.draft(book, when=rig.context.when())
    made.book_fill(done, multiplier=Decimal(1))
    made.put(fill(book.orders[order.id], execution=done, when=made.when))
    await rig.books.commit(made.done())


async def taken(rig: Rig, terms: OrderTerms = BUY) -> Order:
    """Ask for an order that the gate must let pass."""
    outcome = await asked(rig, terms)
    assert isinstance(outcome, Accepted), outcome
    return outcome.orders[0]


async def test_what_was_executed_elsewhere_uses_credit_at_once() -> None:
    rig = rig_with(RuleType.GROSS_CREDIT, "2500")
    first = await taken(rig)
    await filled(rig, first, price=100)
    await taken(rig)
    outcome = await asked(rig)
    assert isinstance(outcome, DeniedOrders)
    (reason,) = outcome.reasons
    assert reason.code == "GROSS_CREDIT"
    assert (reason.value, reason.limit) == builders.decimals(3_000, 2_500)
    decision = rig.database.decisions[outcome.orders[0].id][-1]
    assert replay(decision.record) == decision.record


async def test_what_was_sold_uses_credit_too_and_exits_pass() -> None:
    rig = rig_with(RuleType.GROSS_CREDIT, "2000")
    await filled(rig, await taken(rig))
    await filled(rig, await taken(rig, SELL))
    assert codes(await asked(rig)) == ["GROSS_CREDIT"]


async def test_losses_in_a_row_stop_what_opens_until_a_gain() -> None:
    rig = rig_with(RuleType.LOSS_STREAK, "2")
    for price in ("99", "98"):
        await filled(rig, await taken(rig), price=100)
        await filled(rig, await taken(rig, SELL), price=price)
    assert codes(await asked(rig)) == ["LOSS_STREAK"]


async def test_cancels_stop_what_opens_and_never_a_cancel() -> None:
    rig = rig_with(RuleType.CANCEL_RATE, "2", {"window_s": "60"})
    for _ in range(2):
        order = await taken(rig)
        book = await rig.stored()
        change = builders.advance(book.orders[order.id], OrderState.CANCELED, on=book)
        await rig.books.commit(change)
    assert codes(await asked(rig)) == ["CANCEL_RATE"]


async def test_a_fill_that_comes_while_the_order_is_decided_on_is_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is read after the activity and before the book: the order is decided on once more."""
    rig = rig_with(RuleType.GROSS_CREDIT, "2500")
    one, other = await taken(rig), await taken(rig)
    await filled(rig, one)
    read = rig.gatekeeper.activity
    late = [other]

    async def read_then_filled(*given: Any, **named: Any) -> Activity | None:
        found = await read(*given, **named)
        if late:
            await filled(rig, late.pop(), price=151)
        return found

    monkeypatch.setattr(rig.gatekeeper, "activity", read_then_filled)
    outcome = await asked(rig)
    assert isinstance(outcome, DeniedOrders)
    assert outcome.reasons[0].value == 1_000 + 1_510 + 1_000


async def test_nothing_is_read_where_no_rule_asks() -> None:
    rig = rig_with(RuleType.MAX_OPEN_ORDERS, "5")
    rules = await rig.gatekeeper.refresh(tenant_id=rig.tenant_id)
    assert await rig.gatekeeper.activity(rules, account_id=rig.account_id) is None


async def test_an_account_is_read_as_far_back_as_is_bounded_and_then_followed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(read_activity, "FIRST", 2)
    monkeypatch.setattr(read_activity, "_PAGE", 1)
    rig = rig_with(RuleType.MAX_OPEN_ORDERS, "5")
    reads = ReadActivity(MemoryJournal(rig.link))
    for price in (101, 102, 103):
        await filled(rig, await taken(rig), price=price)

    async def values() -> tuple[list[Decimal | None], bool, int]:
        found = await reads(tenant_id=rig.tenant_id, account_id=rig.account_id)
        return [one.value for one in found.executions], found.executions_cut, found.fills_through

    assert await values() == (list(builders.decimals(1_020, 1_030)), True, 3)
    await filled(rig, await taken(rig), price=104)
    assert await values() == (list(builders.decimals(1_020, 1_030, 1_040)), True, 4)
    monkeypatch.setattr(read_activity, "_KEPT", 2)
    await filled(rig, await taken(rig), price=105)
    assert await values() == (list(builders.decimals(1_040, 1_050)), True, 5)
    elsewhere = await reads(tenant_id=builders.new_id(), account_id=builders.new_id())
    assert elsewhere == Activity()


async def test_a_preview_counts_what_was_executed() -> None:
    rig = rig_with(RuleType.GROSS_CREDIT, "1500")
    await filled(rig, await taken(rig))
    command = SubmitOrder(
        asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=BUY),)
    )
    told = await rig.preview(command)
    assert [one.code for one in told.reasons] == ["GROSS_CREDIT"]
