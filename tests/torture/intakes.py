"""Take orders in on a Postgres, in this process, and dispatch none of them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from application.accounts.open_account import Deposit, OpenAccount
from application.orders.commands import Asker, OrderRequest, SubmitOrder, SubmitOutcome
from bootstrap.areas import accounts, market, orders
from bootstrap.container import build_hasher, compose
from bootstrap.parts import Parts
from bootstrap.settings.load import load_settings
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce


@asynccontextmanager
async def intake(url: str, folder: Path) -> AsyncIterator[Parts]:
    """Give an application that takes orders in and dispatches none."""
    environment = {
        "BALLAST_CONFIG": "",
        "BALLAST_DATABASE_URL": url,
        "BALLAST_DATA_DIR": str(folder),
        "BALLAST_REPLAY_PAUSED": "true",
    }
    parts = compose(load_settings(environment=environment).settings)
    async with AsyncExitStack() as stack:
        stack.callback(parts.of(build_hasher).close)
        await parts.storage.server.start()
        stack.push_async_callback(parts.storage.server.stop)
        await parts.of(market.build).history.start()
        await parts.of(market.build).start()
        # Nothing is opened while the market feed is down.
        feed = asyncio.create_task(parts.of(market.build).feed.run())
        stack.push_async_callback(_ended, feed)
        yield parts


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def open_funded(parts: Parts, asker: Asker, *, portfolio_id: UUID, funds: Decimal) -> UUID:
    """Open an account with money in it and return its id."""
    account = await parts.of(accounts.build).facade.open(
        OpenAccount(
            tenant_id=asker.tenant_id, actor=asker.actor, portfolio_id=portfolio_id, name="race"
        )
    )
    await parts.of(accounts.build).facade.deposit(
        Deposit(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            account_id=account.id,
            amount=funds,
            reference="race",
        )
    )
    return account.id


async def submit_limit(
    parts: Parts, asker: Asker, *, account_id: UUID, price: Decimal
) -> SubmitOutcome:
    """Submit a limit order for one IBM and return what became of it."""
    terms = OrderTerms(
        symbol="IBM",
        side=Side.BUY,
        type=OrderType.LIMIT,
        limit_price=price,
        quantity=Decimal(1),
        time_in_force=TimeInForce.GTC,
    )
    command = SubmitOrder(asker=asker, account_id=account_id, orders=(OrderRequest(terms=terms),))
    return await parts.of(orders.build).facade.submit(command, idempotency=None)
