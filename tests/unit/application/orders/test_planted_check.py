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
from tests.room import CALENDAR, Room
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


def _command(room: Room, *asked: OrderTerms, group: GroupKind | None = None) -> SubmitOrder:
    return SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
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
    room = Room()
    command = _command(room, *asked, group=group)
    assert (await room.preview(command)).approved
    plant()
    said = await room.preview(command)
    assert ([one.code for one in said.reasons], said.approved) == (["PLANTED"], False)
    outcome = await room.submit(command, idempotency=None)
    assert isinstance(outcome, DeniedOrders)
    assert [one.code for one in outcome.reasons] == ["PLANTED"]
    assert {order.state for order in outcome.orders} == {_S.DENIED}
    await room.run_dispatch.round()
    assert room.broker.count("submit") == 0


async def test_what_is_denied_without_a_word_is_not_previewed_as_approved(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Were the list empty: what has no price is denied all the same."""
    room = Room()
    monkeypatch.setattr(gate, "mandatory_reasons", all_of(()))
    monkeypatch.setattr(room.market, "quote", lambda _: None)
    said = await room.preview(_command(room, AT_MARKET))
    assert (said.approved, said.reasons) == (False, ())


async def test_it_denies_a_replace_and_one_that_waited_for_its_dispatcher(
    plant: Callable[[], None],
) -> None:
    room = Room()
    order, other = await room.sent(MSFT), await room.sent(MSFT)
    replacing = Replace(context=room.context, gatekeeper=room.gatekeeper)

    def bigger(of: Order) -> ReplaceOrder:
        return ReplaceOrder(asker=room.asker, order_id=of.id, quantity=MSFT.quantity + Decimal(1))

    assert isinstance(await replacing(bigger(other)), Replacing)
    plant()
    outcome = await replacing(bigger(order))
    assert isinstance(outcome, ReplaceDenied)
    assert [one.code for one in outcome.reasons] == ["PLANTED"]
    room.clock.advance(room.dispatch.again.holds.total_seconds())
    await room.run_dispatch.round()
    assert ((await room.now(other)).state, room.broker.count("replace")) == (_S.WORKING, 0)


async def _assert_not_sent(room: Room, order: Order, *, sends: int = 0) -> None:
    await room.run_dispatch.round()
    assert room.failures == []
    now = await room.now(order)
    assert (now.state, room.broker.count("submit")) == (_S.CANCELED, sends)
    assert now.reason == f"not sent: {SAID}"
    decision = await room.context.archive.decision(tenant_id=room.tenant_id, order_id=order.id)
    assert decision is not None
    assert not decision.approved
    assert [one.code for one in explain(decision.record).reasons] == ["PLANTED"]
    assert replay(decision.record) == decision.record


async def test_it_denies_a_child_that_waited_for_its_entry(plant: Callable[[], None]) -> None:
    room = Room()
    entry, child = await room.accepted(AAPL, MSFT, group=GroupKind.OTO)
    await room.send(entry)
    plant()
    report = report_of(await room.now(entry), ReportKind.FILL, fill=venue_fill(10))
    await room.apply(
        tenant_id=room.tenant_id, account_id=room.account_id, report=report, heard=None
    )
    await _assert_not_sent(room, child, sends=1)


async def test_it_denies_what_waited_for_its_dispatcher(plant: Callable[[], None]) -> None:
    room = Room()
    (order,) = await room.accepted(MSFT)
    plant()
    room.clock.advance(room.dispatch.again.holds.total_seconds())
    await _assert_not_sent(room, order)


async def test_it_denies_what_was_held_for_the_open(plant: Callable[[], None]) -> None:
    today = TradingDay(date=OPENS.date(), opening_equity=Decimal(100_000))
    room = Room(hours=HOURS, book=builders.book(day=today))
    (order,) = await room.accepted(AT_MARKET)
    await room.run_dispatch.round()
    assert ((await room.now(order)).state, room.broker.count("submit")) == (_S.ACCEPTED, 0)
    plant()
    room.market.record(SessionOpened(calendar=CALENDAR, date=OPENS.date(), at=OPENS))
    last = Decimal(100)
    room.market.record(Quote(symbol="MSFT", bid=last, ask=last, last=last, at=OPENS))
    await _assert_not_sent(room, order)


async def test_it_denies_a_second_send_of_what_is_in_doubt(plant: Callable[[], None]) -> None:
    room = Room(broker=ScriptedBroker(dedup=Dedup.FULL))
    room.broker.script.append(Answer.LOSE_REQUEST)
    (order,) = await room.accepted(MSFT)
    await room.send(order)
    plant()
    room.clock.advance(HORIZON_S)
    await room.run_dispatch.round()
    now = await room.now(order)
    assert (now.state, room.broker.count("submit")) == (_S.PARKED, 1)
    assert SAID in now.reason
