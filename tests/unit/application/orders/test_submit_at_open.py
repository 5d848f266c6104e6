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
from tests.rig import Rig

TODAY = builders.MARKET_AT.date()


def _rig() -> Rig:
    """Return a room whose account still stands in the day before."""
    yesterday = TradingDay(date=TODAY - timedelta(days=1), opening_equity=Decimal(90_000))
    return Rig(book=replace(builders.book(), day=yesterday))


def _submitting(rig: Rig, *, quantity: str = "10") -> "asyncio.Task[SubmitOutcome]":
    command = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id,
        orders=(OrderRequest(terms=builders.terms(quantity=Decimal(quantity))),),
    )
    return asyncio.ensure_future(rig.submit(command, idempotency=None))


async def _look(rig: Rig, *, times: int = 1) -> None:
    """Let as many looks pass as are asked for."""
    for _ in range(times):
        for _ in range(20):
            await asyncio.sleep(0)
        rig.clock.advance(DAY_LOOK_S)
    for _ in range(20):
        await asyncio.sleep(0)


async def _open_day(rig: Rig) -> None:
    keep_day = KeepDay(
        book_store=rig.context.book_store,
        directory=rig.directory,
        brokers=("paper",),
        view=rig.market,
        instruments=rig.context.instruments,
        clock=rig.clock,
        market_clock=rig.market,
        ids=rig.context.ids,
        on_unvalued=lambda *_: None,
    )
    await keep_day.start_account(tenant_id=rig.tenant_id, account_id=rig.account_id, day=TODAY)


async def test_an_order_of_the_first_moment_waits_until_the_day_is_opened() -> None:
    rig = _rig()
    submitting = _submitting(rig)
    await _look(rig, times=3)
    assert not submitting.done()
    await _open_day(rig)
    await _look(rig)
    assert isinstance(await submitting, Accepted)


async def test_a_day_that_is_never_opened_denies_the_order() -> None:
    rig = _rig()
    submitting = _submitting(rig)
    await _look(rig, times=DAY_LOOKS - 1)
    assert not submitting.done()
    await _look(rig)
    outcome = await submitting
    assert isinstance(outcome, DeniedOrders)
    assert {reason.code for reason in outcome.reasons} == {"DAY_UNKNOWN"}
    assert (
        await rig.context.archive.find(tenant_id=rig.tenant_id, order_id=outcome.orders[0].id)
        == outcome.orders[0]
    )


async def test_what_is_denied_anyhow_does_not_wait() -> None:
    rig = _rig()
    submitting = _submitting(rig, quantity="1000000000")
    await _look(rig, times=0)
    assert submitting.done()
    outcome = await submitting
    assert isinstance(outcome, DeniedOrders)
    assert {reason.code for reason in outcome.reasons} > {"DAY_UNKNOWN"}
