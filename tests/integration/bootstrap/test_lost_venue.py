"""A paper venue whose journal is lost is not believed, and the start says how to go on."""

import asyncio
import shutil
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.brokers.paper.starting import VenueLost
from application.orders.commands import Accepted, Asker, OrderRequest, SubmitOrder
from bootstrap.areas import accounts, market, orders
from bootstrap.brokers import registry
from bootstrap.brokers.registry import VENUE_FOLDER
from bootstrap.container import compose
from bootstrap.lifecycle import Lifecycle
from bootstrap.parts import Parts
from bootstrap.settings.brokers import PAPER
from bootstrap.settings.sections import Settings
from domain.accounts.account import Account
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from tests.integration.bootstrap.test_lifecycle import running, settings, the_account, trade
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(900)


async def _resting(parts: Parts, *, account: Account) -> Order:
    """Bid below the market, and return the order once the venue has it."""
    async with asyncio.timeout(20):
        while True:
            quote = parts.of(market.build).feed.quote("IBM")
            assert quote is not None
            terms = OrderTerms(
                symbol="IBM",
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal(1),
                limit_price=(quote.last * Decimal("0.8")).quantize(Decimal("0.01")),
                time_in_force=TimeInForce.GTC,
            )
            asker = Asker(tenant_id=account.tenant_id, actor="test")
            command = SubmitOrder(
                asker=asker, account_id=account.id, orders=(OrderRequest(terms=terms),)
            )
            # Around the replay's nights the market-hours rule denies.
            taken = await parts.of(orders.build).facade.submit(command, idempotency=None)
            if isinstance(taken, Accepted):
                break
            await asyncio.sleep(0.05)
        while True:
            order = await parts.of(orders.build).facade.get(
                tenant_id=account.tenant_id, order_id=taken.orders[0].id
            )
            if order.state is OrderState.WORKING:
                return order
            await asyncio.sleep(0.02)


async def _refused(chosen: Settings) -> str:
    with pytest.raises(VenueLost) as told:
        await Lifecycle(compose(chosen)).start()
    return str(told.value)


async def test_a_lost_journal_halts_nobody_and_is_put_back_or_made_anew(tmp_path: Path) -> None:
    chosen = settings(tmp_path, profile="embedded")
    venue, kept = tmp_path / VENUE_FOLDER, tmp_path / "kept"
    async with running(chosen) as (parts, lifecycle):
        account = await the_account(parts, lifecycle)
        await trade(parts, account=account)
    shutil.copytree(venue, tmp_path / "older")
    async with running(chosen) as (parts, lifecycle):
        await trade(parts, account=account)
        resting = await _resting(parts, account=account)
    venue.rename(kept)
    said = await _refused(chosen)
    assert str(venue) in said
    assert "BALLAST_PAPER_REBUILD=true" in said

    # An older copy, as of a back-up, would be as wrong as none.
    shutil.copytree(tmp_path / "older", venue)
    rebuilding = settings(tmp_path, profile="embedded", BALLAST_PAPER_REBUILD="true")
    assert "an older copy" in await _refused(rebuilding)
    shutil.rmtree(venue)

    # Put back, it goes on as if nothing had been.
    shutil.copytree(kept, venue)
    async with running(chosen) as (parts, _):
        await eventually(lambda: parts.of(orders.build).loops[PAPER].reconcile.passed)
        assert await parts.storage.latches.engaged(tenant_id=account.tenant_id) == []
        assert await parts.of(orders.build).check(account) is None
    shutil.rmtree(venue)

    # Lost for good, the venue begins with what the books know, and trades on.
    async with running(rebuilding) as (parts, _):
        heard = (await parts.storage.books.heard(broker=PAPER)).mark
        assert await parts.of(orders.build).check(account) is None
        (held,) = (
            await parts.of(registry.build)
            .parts[PAPER]
            .broker.open_orders(account_id=str(account.id))
        )
        assert held.client_order_id == resting.client_order_id
        order = await trade(parts, account=account)
        assert order.state is OrderState.FILLED
        book = await parts.of(accounts.build).book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )
        assert book.position("IBM").quantity == 30
        assert list(book.orders) == [resting.id]
        assert (await parts.storage.books.heard(broker=PAPER)).mark >= heard > 0
        assert await parts.of(orders.build).check(account) is None
        assert await parts.storage.latches.engaged(tenant_id=account.tenant_id) == []
    # Only where there is none: the next start reads what is there.
    async with running(rebuilding) as (parts, _):
        assert await parts.of(orders.build).check(account) is None
