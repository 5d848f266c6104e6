"""Behind a parked order waits only what could open more there; all else goes on."""

from dataclasses import replace
from decimal import Decimal

from application.orders.commands import Attestation, GroupKind
from application.orders.resolve_unknown import Resolution
from domain.accounts.positions import Position
from domain.orders.moves import Move
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from ports.broker import ReportKind
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import HORIZON_S, Answer, report_of, venue_fill

_S = OrderState


def _holding(units: int) -> Rig:
    held = Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(100 * units))
    return Rig(book=builders.book(positions={"AAPL": held}))


def _sale(quantity: int = 10, price: str = "100") -> OrderTerms:
    return builders.terms(side=Side.SELL, quantity=Decimal(quantity), limit_price=Decimal(price))


async def _behind(rig: Rig, lost: OrderTerms, *waiting: OrderTerms) -> tuple[Order, ...]:
    """Return an order that parks, and those that were accepted before it did."""
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (first,) = await rig.accepted(lost)
    await rig.send(first)
    others = [(await rig.accepted(one))[0] for one in waiting]
    rig.clock.advance(HORIZON_S)
    said = await rig.resolve(tenant_id=rig.tenant_id, order_id=first.id, broker=rig.broker)
    assert said is Resolution.PARKED
    await rig.run_dispatch.round()
    return (first, *others)


async def _attest(rig: Rig, order: Order) -> None:
    after = await rig.attest(
        Attestation(asker=rig.asker, order_id=order.id, reason="they never had it")
    )
    assert isinstance(after, Order)


async def test_what_opens_more_waits_and_is_told_why() -> None:
    rig = Rig()
    parked, more = await _behind(rig, builders.terms(), builders.terms(quantity=Decimal(3)))
    now = await rig.now(more)
    assert (now.state, now.waiting) == (_S.ACCEPTED, True)
    assert now.reason.startswith("waits: 1 order(s) in AAPL are parked")
    told = (await rig.events(more))[-1]
    assert (told.type, told.body["reason"]) == ("order.waiting", now.reason)
    assert (await rig.now(parked)).state is _S.PARKED
    assert rig.broker.count("submit") == 1


async def test_it_is_asked_for_once_however_long_it_waits() -> None:
    rig = Rig()
    _, more = await _behind(rig, builders.terms(), builders.terms(quantity=Decimal(3)))
    before = (await rig.stored()).version
    for _ in range(3):
        rig.clock.advance(120)
        await rig.run_dispatch.round()
    assert (await rig.stored()).version == before
    assert (await rig.now(more)).state is _S.ACCEPTED


async def test_other_symbols_and_what_only_reduces_go_on() -> None:
    rig = _holding(10)
    elsewhere = builders.terms(symbol="MSFT")
    _, other, reducing = await _behind(rig, builders.terms(), elsewhere, _sale(4))
    assert [(await rig.now(one)).state for one in (other, reducing)] == [_S.WORKING] * 2


async def test_what_reduces_only_if_the_parked_one_did_not_fill_waits() -> None:
    rig = _holding(10)
    _, twice, back = await _behind(
        rig, _sale(10), _sale(10, "101"), builders.terms(quantity=Decimal(5))
    )
    # The first was judged with the one in doubt counted: held 10, on sale 20.
    assert [(await rig.now(one)).waiting for one in (twice, back)] == [True, True]


async def test_an_attested_order_lets_them_on() -> None:
    rig = Rig()
    parked, more = await _behind(rig, builders.terms(), builders.terms(quantity=Decimal(3)))
    await _attest(rig, parked)
    now = await rig.now(more)
    assert (now.waiting, now.reason) == (False, "")
    await rig.run_dispatch.round()
    assert (await rig.now(more)).state is _S.WORKING
    assert [one.type for one in await rig.events(more)].count("order.released") == 1


async def test_so_does_one_that_turns_up_after_all() -> None:
    rig = Rig()
    parked, more = await _behind(rig, builders.terms(), builders.terms(quantity=Decimal(3)))
    await rig.apply(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        report=report_of(parked, ReportKind.WORKING),
        heard=None,
    )
    await rig.run_dispatch.round()
    assert (await rig.now(more)).state is _S.WORKING


async def test_of_two_that_are_parked_both_must_be_settled() -> None:
    rig = Rig()
    rig.broker.script.extend([Answer.LOSE_REQUEST] * 2)
    lost = [(await rig.accepted(builders.terms(quantity=Decimal(n))))[0] for n in (1, 2)]
    for one in lost:
        await rig.send(one)
    (more,) = await rig.accepted(builders.terms(quantity=Decimal(3)))
    rig.clock.advance(HORIZON_S)
    for one in lost:
        await rig.resolve(tenant_id=rig.tenant_id, order_id=one.id, broker=rig.broker)
    await rig.run_dispatch.round()
    await _attest(rig, lost[0])
    assert (await rig.now(more)).waiting
    await _attest(rig, lost[1])
    assert not (await rig.now(more)).waiting


async def test_what_waits_can_be_cancelled_and_is_stopped_by_nothing_else() -> None:
    rig = Rig()
    _, more = await _behind(rig, builders.terms(), builders.terms(quantity=Decimal(3)))
    await rig.cancel.one(asker=rig.asker, order_id=more.id)
    assert (await rig.now(more)).state is _S.CANCELED


async def test_a_child_goes_on_waiting_for_its_entry() -> None:
    rig = _holding(10)
    rig.broker.script.append(Answer.LOSE_REQUEST)
    (lost,) = await rig.accepted()
    await rig.send(lost)
    _, child = await rig.accepted(
        builders.terms(symbol="MSFT", limit_price=Decimal(90)), _sale(4), group=GroupKind.OTO
    )
    rig.clock.advance(HORIZON_S)
    await rig.resolve(tenant_id=rig.tenant_id, order_id=lost.id, broker=rig.broker)
    await _attest(rig, lost)
    assert (await rig.now(child)).waiting


async def test_a_market_order_that_would_turn_the_position_waits_too() -> None:
    rig = _holding(10)
    _, turning = await _behind(
        rig,
        builders.terms(),
        builders.terms(
            side=Side.SELL, type=OrderType.MARKET, limit_price=None, quantity=Decimal(15)
        ),
    )
    assert (await rig.now(turning)).waiting


async def test_a_child_of_an_entry_that_was_in_doubt_goes_out_for_what_that_filled_alone() -> None:
    rig = Rig()
    rig.broker.script.append(Answer.LOSE_REPLY)
    entry, child = await rig.accepted(builders.terms(), _sale(10, "110"), group=GroupKind.OTO)
    await rig.send(entry)
    assert (await rig.now(entry)).state is _S.UNKNOWN
    fill = report_of(entry, ReportKind.FILL, fill=venue_fill(4))
    book = await rig.stored()
    # As an immediate order ends: what filled and the end in one, while nobody knew its fate.
    ended = replace(book.orders[entry.id], terms=builders.terms(quantity=Decimal(4)))
    await _put(rig, ended)
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=fill, heard=None)
    assert (await rig.now(entry)).state is _S.FILLED
    now = await rig.now(child)
    assert (now.waiting, now.terms.quantity) == (False, Decimal(4))


async def _put(rig: Rig, order: Order) -> None:
    await rig.context.move(order, lambda _, __: Move(order=order, events=()))
