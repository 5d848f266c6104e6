"""A check that is put into the one list of mandatory checks denies on every way to the venue."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from application.orders.commands import (
    DeniedOrders,
    GroupKind,
    OrderRequest,
    ReplaceDenied,
    ReplaceOrder,
    Replacing,
    SubmitOrder,
)
from application.orders.replace import Replace
from domain.accounts.book import TradingDay
from domain.market.prices import Quote, SessionOpened
from domain.market.sessions import OpenHours
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from domain.risk import gate
from domain.risk.effect import Effect
from domain.risk.mandatory_check import MandatoryCheck, all_of, refusal
from domain.risk.mandatory_checks import MANDATORY_CHECKS
from domain.risk.record import explain, replay
from domain.risk.verdict import Reason
from ports.broker import Dedup, ReportKind
from tests import builders
from tests.rig import CALENDAR, Rig
from tests.scripted_broker import HORIZON_S, Answer, ScriptedBroker, report_of, venue_fill

_S = OrderState
SAID = "MSFT is not traded today"
MSFT = builders.terms(symbol="MSFT")
AAPL = builders.terms()
AT_MARKET = builders.terms(symbol="MSFT", type=OrderType.MARKET, time_in_force=TimeInForce.GTC)
SALE = builders.terms(symbol="MSFT", side=Side.SELL, limit_price=Decimal(110))
STOP = builders.terms(
    symbol="MSFT", side=Side.SELL, type=OrderType.STOP, limit_price=None, stop_price=Decimal(90)
)
# Closed at MARKET_AT, and open a day later.
OPENS = builders.MARKET_AT + timedelta(days=1)
HOURS = (
    OpenHours(
        date=OPENS.date() - timedelta(days=2),
        opens_at=OPENS - timedelta(days=2),
        closes_at=OPENS - timedelta(days=2, hours=-6),
    ),
    OpenHours(date=OPENS.date(), opens_at=OPENS, closes_at=OPENS + timedelta(hours=6)),
)


def _not_msft(effect: Effect) -> Reason | None:
    return refusal("PLANTED", SAID) if effect.terms.symbol == "MSFT" else None


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Return what puts the check into the list."""

    def planted() -> None:
        check = MandatoryCheck(codes=("PLANTED",), reason=_not_msft)
        monkeypatch.setattr(gate, "mandatory_reasons", all_of((*MANDATORY_CHECKS, check)))

    return planted


def _command(rig: Rig, *asked: OrderTerms, group: GroupKind | None = None) -> SubmitOrder:
    return SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=tuple(OrderRequest(terms=terms) for terms in asked),
        group=group,
    )


SUBMITTED: list[Any] = [
    ((MSFT,), None),
    ((AAPL, MSFT), GroupKind.OCO),
    ((AAPL, MSFT), GroupKind.OTO),
    ((MSFT, SALE, STOP), GroupKind.BRACKET),
]


@pytest.mark.parametrize(("asked", "group"), SUBMITTED)
async def test_it_denies_what_is_submitted_and_previewed(
    asked: tuple[OrderTerms, ...], group: GroupKind | None, plant: Callable[[], None]
) -> None:
    rig = Rig()
    command = _command(rig, *asked, group=group)
    assert (await rig.preview(command)).approved
    plant()
    said = await rig.preview(command)
    assert ([one.code for one in said.reasons], said.approved) == (["PLANTED"], False)
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, DeniedOrders)
    assert [one.code for one in outcome.reasons] == ["PLANTED"]
    assert {order.state for order in outcome.orders} == {_S.DENIED}
    await rig.run_dispatch.round()
    assert rig.broker.count("submit") == 0


async def test_what_is_denied_without_a_word_is_not_previewed_as_approved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Were the list empty: what has no price is denied all the same."""
    rig = Rig()
    monkeypatch.setattr(gate, "mandatory_reasons", all_of(()))
    monkeypatch.setattr(rig.market, "quote", lambda _: None)
    said = await rig.preview(_command(rig, AT_MARKET))
    assert (said.approved, said.reasons) == (False, ())


async def test_it_denies_a_replace_and_one_that_waited_for_its_dispatcher(
    plant: Callable[[], None],
) -> None:
    rig = Rig()
    order, other = await rig.sent(MSFT), await rig.sent(MSFT)
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)

    def bigger(of: Order) -> ReplaceOrder:
        return ReplaceOrder(asker=rig.asker, order_id=of.id, quantity=MSFT.quantity + Decimal(1))

    assert isinstance(await replacing(bigger(other)), Replacing)
    plant()
    outcome = await replacing(bigger(order))
    assert isinstance(outcome, ReplaceDenied)
    assert [one.code for one in outcome.reasons] == ["PLANTED"]
    rig.clock.advance(rig.dispatch.again.holds.total_seconds())
    await rig.run_dispatch.round()
    assert ((await rig.now(other)).state, rig.broker.count("replace")) == (_S.WORKING, 0)


async def _assert_not_sent(rig: Rig, order: Order, *, sends: int = 0) -> None:
    await rig.run_dispatch.round()
    assert rig.failures == []
    now = await rig.now(order)
    assert (now.state, rig.broker.count("submit")) == (_S.CANCELED, sends)
    assert now.reason == f"not sent: {SAID}"
    decision = await rig.context.archive.decision(tenant_id=rig.tenant_id, order_id=order.id)
    assert decision is not None
    assert not decision.approved
    assert [one.code for one in explain(decision.record).reasons] == ["PLANTED"]
    assert replay(decision.record) == decision.record


async def test_it_denies_a_child_that_waited_for_its_entry(plant: Callable[[], None]) -> None:
    rig = Rig()
    entry, child = await rig.accepted(AAPL, MSFT, group=GroupKind.OTO)
    await rig.send(entry)
    plant()
    report = report_of(await rig.now(entry), ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None)
    await _assert_not_sent(rig, child, sends=1)


async def test_it_denies_what_waited_for_its_dispatcher(plant: Callable[[], None]) -> None:
    rig = Rig()
    (order,) = await rig.accepted(MSFT)
    plant()
    rig.clock.advance(rig.dispatch.again.holds.total_seconds())
    await _assert_not_sent(rig, order)


async def test_it_denies_what_was_held_for_the_open(plant: Callable[[], None]) -> None:
    today = TradingDay(date=OPENS.date(), opening_equity=Decimal(100_000))
    rig = Rig(hours=HOURS, book=builders.book(day=today))
    (order,) = await rig.accepted(AT_MARKET)
    await rig.run_dispatch.round()
    assert ((await rig.now(order)).state, rig.broker.count("submit")) == (_S.ACCEPTED, 0)
    plant()
    rig.market.record(SessionOpened(calendar=CALENDAR, date=OPENS.date(), at=OPENS))
    last = Decimal(100)
    rig.market.record(Quote(symbol="MSFT", bid=last, ask=last, last=last, at=OPENS))
    await _assert_not_sent(rig, order)


async def test_it_denies_a_second_send_of_what_is_in_doubt(plant: Callable[[], None]) -> None:
    rig = Rig(broker=ScriptedBroker(dedup=Dedup.FULL))
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await rig.accepted(MSFT)
    await rig.send(order)
    plant()
    rig.clock.advance(HORIZON_S)
    await rig.run_dispatch.round()
    now = await rig.now(order)
    assert (now.state, rig.broker.count("submit")) == (_S.PARKED, 1)
    assert SAID in now.reason
