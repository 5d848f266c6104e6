"""Who submits just when a session opens waits for the account's day, and not for ever."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from application.accounts.keep_day import KeepDay
from application.orders.commands import (
    Accepted,
    DeniedOrders,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.submit import DAY_LOOK_S, DAY_LOOKS
from domain.accounts.book import TradingDay
from tests import builders
from tests.room import Room

TODAY = builders.MARKET_AT.date()


def _room() -> Room:
    """Return a room whose account still stands in the day before."""
    yesterday = TradingDay(date=TODAY - timedelta(days=1), opening_equity=Decimal(90_000))
    return Room(book=replace(builders.book(), day=yesterday))


def _submitting(room: Room, *, quantity: str = "10") -> "asyncio.Task[SubmitOutcome]":
    command = SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(quantity))),),
    )
    return asyncio.ensure_future(room.submit(command, idempotency=None))


async def _look(room: Room, *, times: int = 1) -> None:
    """Let as many looks pass as are asked for."""
    for _ in range(times):
        for _ in range(20):
            await asyncio.sleep(0)
        room.clock.advance(DAY_LOOK_S)
    for _ in range(20):
        await asyncio.sleep(0)


async def _open_day(room: Room) -> None:
    keep_day = KeepDay(
        book_store=room.context.book_store,
        directory=room.directory,
        brokers=("paper",),
        view=room.market,
        instruments=room.context.instruments,
        clock=room.clock,
        market_clock=room.market,
        ids=room.context.ids,
        on_unvalued=lambda *_: None,
    )
    await keep_day.start_account(tenant_id=room.tenant_id, account_id=room.account_id, day=TODAY)


async def test_an_order_of_the_first_moment_waits_until_the_day_is_opened() -> None:
    room = _room()
    submitting = _submitting(room)
    await _look(room, times=3)
    assert not submitting.done()
    await _open_day(room)
    await _look(room)
    assert isinstance(await submitting, Accepted)


async def test_a_day_that_is_never_opened_denies_the_order() -> None:
    room = _room()
    submitting = _submitting(room)
    await _look(room, times=DAY_LOOKS - 1)
    assert not submitting.done()
    await _look(room)
    outcome = await submitting
    assert isinstance(outcome, DeniedOrders)
    assert {reason.code for reason in outcome.reasons} == {"DAY_UNKNOWN"}
    assert (
        await room.context.archive.find(tenant_id=room.tenant_id, order_id=outcome.orders[0].id)
        == outcome.orders[0]
    )


async def test_what_is_denied_anyhow_does_not_wait() -> None:
    room = _room()
    submitting = _submitting(room, quantity="1000000000")
    await _look(room, times=0)
    assert submitting.done()
    outcome = await submitting
    assert isinstance(outcome, DeniedOrders)
    assert {reason.code for reason in outcome.reasons} > {"DAY_UNKNOWN"}
