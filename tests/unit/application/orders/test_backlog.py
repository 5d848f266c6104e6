"""More is taken in than can be sent only for so long, and what leads out always is."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from adapters.memory.orders import MemoryOrderWork
from application.orders.backlog import FORGET_S, Backlog
from application.orders.commands import (
    Accepted,
    Behind,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.watch_backlog import TELL_AFTER_S, TELL_EVERY_S, WatchBacklog
from application.shared.change import Once, Replayed
from domain.accounts.book import Channel
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, Side
from ports.broker import ReportKind
from ports.orders import Unsent
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

_ACCOUNT, _TENANT = builders.new_id(), builders.new_id()


def _unsent(orders: int, *, of_before: int, account_id: UUID = _ACCOUNT) -> Unsent:
    return Unsent(
        tenant_id=_TENANT,
        account_id=account_id,
        broker="paper",
        orders=orders,
        of_before=of_before,
        oldest_at=builders.AT,
        newest=builders.new_id(),
    )


async def _submit(
    rig: Rig,
    backlog: Backlog,
    *asked: OrderTerms,
    group: GroupKind | None = None,
    idempotency: Once[SubmitOutcome] | None = None,
) -> SubmitOutcome:
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=tuple(OrderRequest(terms=one) for one in asked or (builders.terms(),)),
        group=group,
    )
    return await replace(rig.submit, backlog=backlog)(command, idempotency=idempotency)


async def _held(rig: Rig) -> None:
    order = await rig.sent()
    fill = report_of(order, ReportKind.FILL, fill=venue_fill(10))
    await rig.apply(tenant_id=rig.tenant_id, account_id=rig.account_id, report=fill, heard=None)


def _watch(rig: Rig, backlog: Backlog) -> WatchBacklog:
    return WatchBacklog(
        context=rig.context,
        work=MemoryOrderWork(rig.link),
        backlog=backlog,
        sleeper=rig.sleeper,
        tells=lambda: True,
    )


@pytest.mark.parametrize(("waiting", "taken"), [(4, True), (5, False)])
async def test_more_work_than_the_bound_is_not_taken_in(waiting: int, taken: bool) -> None:
    rig, backlog = Rig(), Backlog(limit_s=0.05)
    for _ in range(waiting):
        await rig.accepted()
    before = len(rig.database.orders)
    # A hundred a second until something else was seen: five are the bound.
    said = await _submit(rig, backlog)
    assert isinstance(said, Accepted if taken else Behind)
    # Nothing of what is refused is stored, and nothing of it is told.
    assert len(rig.database.orders) == before + taken
    if isinstance(said, Behind):
        assert said.retry_after_s == 1
        assert "5 orders of the account wait to be sent, 100 leave in a second" in said.detail


async def test_an_account_that_does_not_move_is_behind_whatever_the_rate() -> None:
    rig, backlog = Rig(), Backlog(limit_s=5)
    await rig.accepted()
    rig.clock.advance(5)
    assert isinstance(await _submit(rig, backlog), Accepted)
    rig.clock.advance(1.5)
    said = await _submit(rig, backlog)
    assert isinstance(said, Behind)
    assert (said.retry_after_s, "has waited for 6.5 s" in said.detail) == (2, True)


async def test_what_only_reduces_is_taken_in_all_the_same() -> None:
    rig, backlog = Rig(), Backlog(limit_s=0.01)
    await _held(rig)
    await rig.accepted()
    assert isinstance(await _submit(rig, backlog), Behind)
    selling = builders.terms(side=Side.SELL, quantity=Decimal(3))
    assert isinstance(await _submit(rig, backlog, selling), Accepted)
    # Both exits reduce; with an order that opens beside it the group does not.
    both = (selling, builders.terms(side=Side.SELL, quantity=Decimal(3), limit_price=Decimal(110)))
    opening = (builders.terms(), builders.terms(limit_price=Decimal(90)))
    peers = GroupKind.OCO
    assert isinstance(await _submit(rig, backlog, *opening, group=peers), Behind)
    assert isinstance(await _submit(rig, backlog, *both, group=peers), Accepted)


async def test_a_denied_order_is_denied_and_not_asked_for_again() -> None:
    rig, backlog = Rig(), Backlog(limit_s=0.01)
    await rig.accepted()
    far = builders.terms(quantity=Decimal(10**9))
    assert isinstance(await _submit(rig, backlog, far), DeniedOrders)


async def test_the_first_answer_to_a_key_is_given_also_while_behind() -> None:
    rig, backlog = Rig(), Backlog(limit_s=0.02)
    key: Once[SubmitOutcome] = Once(
        key="k", request_hash=b"h" * 32, render=lambda _: (201, b"first")
    )
    assert isinstance(await _submit(rig, backlog, idempotency=key), Accepted)
    await rig.accepted()
    assert isinstance(await _submit(rig, backlog), Behind)
    again = await _submit(rig, backlog, idempotency=key)
    assert again == Replayed(status=201, body=b"first")


async def test_a_venue_that_is_behind_takes_nothing_more_of_any_account() -> None:
    rig, backlog = Rig(), Backlog(limit_s=5)
    backlog.look([_unsent(501, of_before=0)], now_s=0)
    said = await _submit(rig, backlog)
    # Nothing of this account waits at all.
    assert isinstance(said, Behind)
    assert "orders of the venue paper" in said.detail


def test_the_rate_is_what_left_while_more_was_waiting() -> None:
    book, backlog = builders.book(), Backlog(limit_s=5)
    now = builders.AT
    order = replace(builders.order(book.account), updated_at=now)
    book = builders.accept(order, on=book).book
    account_id = book.account.id

    def seen(orders: int, *, of_before: int, at_s: float) -> None:
        backlog.look([_unsent(orders, of_before=of_before, account_id=account_id)], now_s=at_s)

    seen(200, of_before=0, at_s=0)
    # Ten a second leave, and more come in than that.
    for second in range(1, 11):
        seen(200, of_before=190, at_s=second)
    said = backlog.behind(book, more=1, now=now)
    assert said is not None
    assert "25 leave in a second" in said.detail  # 10 a second for 5 s, 100 for the first one
    # A backlog that goes whole says at least how quickly.
    seen(400, of_before=0, at_s=10.5)
    seen(1, of_before=0, at_s=11)
    assert backlog.behind(book, more=1, now=now) is None


def test_a_rate_is_forgotten_with_the_backlog_it_was_of() -> None:
    book, backlog = builders.book(), Backlog(limit_s=5)
    for second in range(6):
        backlog.look([_unsent(100, of_before=100, account_id=book.account.id)], now_s=second)
    assert backlog.behind(book, more=1, now=builders.AT) is not None
    backlog.look([], now_s=6)
    backlog.look([], now_s=6 + FORGET_S + 1)
    assert backlog.behind(book, more=1, now=builders.AT) is None


async def test_what_waits_for_long_is_told_again_and_again_until_it_has_left() -> None:
    rig, backlog = Rig(), Backlog(limit_s=5)
    watch = _watch(rig, backlog)

    def told() -> list[tuple[str, str]]:
        return [
            (one.type, one.body["oldest_s"])
            for one in rig.database.notices
            if one.channel == Channel.RISK
        ]

    (order,) = await rig.accepted()
    await watch.round()
    assert told() == []
    assert backlog.everywhere.age_s(rig.clock.now()) == 0
    rig.clock.advance(TELL_AFTER_S)
    for _ in range(2):
        await watch.round()
    rig.clock.advance(TELL_EVERY_S)
    await watch.round()
    assert told() == [("dispatch.behind", "1.0"), ("dispatch.behind", "6.0")]
    assert backlog.everywhere.age_s(rig.clock.now()) == 6
    await rig.send(order)
    for _ in range(2):
        await watch.round()
    assert told()[2:] == [("dispatch.caught_up", "0.0")]
    assert backlog.everywhere.orders == 0


async def test_who_does_not_send_does_not_tell() -> None:
    rig, backlog = Rig(), Backlog(limit_s=5)
    watch = _watch(rig, backlog)
    watch.tells = lambda: False
    await rig.accepted()
    rig.clock.advance(10)
    before = len(rig.database.notices)
    await watch.round()
    assert len(rig.database.notices) == before
    assert backlog.everywhere.orders == 1


async def _fill_up(rig: Rig, most: int) -> list[Order]:
    rig.broker.traits = replace(rig.broker.traits, open_orders_max=most)
    return [(await rig.accepted())[0] for _ in range(most)]


async def test_what_the_venue_would_not_hold_is_denied_in_words() -> None:
    rig = Rig()
    first, *_ = await _fill_up(rig, 3)
    said = await _submit(rig, Backlog())
    assert isinstance(said, DeniedOrders)
    (reason,) = said.reasons
    assert (reason.code, "at most 3 open orders" in reason.message) == ("VENUE_ORDERS_FULL", True)
    command = SubmitOrder(
        asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=builders.terms()),)
    )
    assert [one.code for one in (await rig.preview(command)).reasons] == ["VENUE_ORDERS_FULL"]
    await rig.cancel.one(asker=rig.asker, order_id=first.id)
    assert isinstance(await _submit(rig, Backlog()), Accepted)


async def test_a_group_counts_whole_at_the_venues_limit() -> None:
    rig = Rig()
    first, *_ = await _fill_up(rig, 3)
    await rig.cancel.one(asker=rig.asker, order_id=first.id)
    two = (builders.terms(), builders.terms(limit_price=Decimal(90)))
    assert isinstance(await _submit(rig, Backlog(), *two, group=GroupKind.OCO), DeniedOrders)


def test_ages_count_from_the_oldest() -> None:
    backlog = Backlog(limit_s=5)
    old = replace(_unsent(2, of_before=0), oldest_at=builders.AT - timedelta(seconds=9))
    backlog.look([_unsent(1, of_before=0, account_id=builders.new_id()), old], now_s=0)
    assert backlog.everywhere.orders == 3
    assert backlog.everywhere.age_s(builders.AT) == 9
