"""The whole application in one process: founded, traded, stopped, started again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.postgres.embedded.errors import DataFolderBusy
from adapters.system.data_folder import read_owner
from adapters.system.supervisor import RestartPolicy
from application.identity.found_tenant import FoundBefore, Founded
from application.identity.issued import IssuedToken
from application.identity.login_try import LoginTry
from application.orders.commands import Accepted, Asker, OrderRequest, SubmitOrder
from bootstrap.areas import accounts, identity, market, orders
from bootstrap.container import compose
from bootstrap.lifecycle import Lifecycle
from bootstrap.parts import Parts
from bootstrap.settings.load import load_settings
from bootstrap.settings.sections import Settings
from domain.accounts.account import Account
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.health import ComponentState
from ports.storage import StorageUnavailable
from tests.waiting import eventually

QUICK = RestartPolicy(settle_s=0.05, first_wait_s=0.05, longest_wait_s=0.2)


def settings(folder: Path, *, profile: str, **more: str) -> Settings:
    """Return settings on a folder of the test."""
    environment = {
        "BALLAST_CONFIG": "",
        "BALLAST_PROFILE": profile,
        "BALLAST_DATA_DIR": str(folder),
        "BALLAST_REPLAY_SECONDS_PER_DAY": "0.5",
    }
    return load_settings(environment=environment | more).settings


@asynccontextmanager
async def running(chosen: Settings) -> AsyncIterator[tuple[Parts, Lifecycle]]:
    """Run the application without HTTP."""
    parts = compose(chosen)
    lifecycle = Lifecycle(parts, restart_policy=QUICK)
    await lifecycle.start()
    try:
        await eventually(parts.health.is_ready)
        yield parts, lifecycle
    finally:
        await lifecycle.stop()


async def trade(parts: Parts, *, account: Account, quantity: int = 10) -> Order:
    """Buy at the market and return the order once it is closed."""
    terms = OrderTerms(
        symbol="IBM",
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(quantity),
        time_in_force=TimeInForce.GTC,
    )
    asker = Asker(tenant_id=account.tenant_id, actor="test")
    command = SubmitOrder(asker=asker, account_id=account.id, orders=(OrderRequest(terms=terms),))
    async with asyncio.timeout(20):
        while True:
            # Around the replay's nights the market-hours rule denies.
            taken = await parts.of(orders.build).facade.submit(command, idempotency=None)
            if isinstance(taken, Accepted):
                break
            await asyncio.sleep(0.05)
        while True:
            order = await parts.of(orders.build).facade.get(
                tenant_id=account.tenant_id, order_id=taken.orders[0].id
            )
            if order.is_closed:
                return order
            await asyncio.sleep(0.02)


async def the_account(parts: Parts, lifecycle: Lifecycle) -> Account:
    tenant_id = lifecycle.founded.tenant.id
    (account,) = await parts.of(accounts.build).facade.accounts(tenant_id=tenant_id)
    return account


async def test_a_fresh_memory_process_takes_an_order_to_its_fill(tmp_path: Path) -> None:
    async with running(settings(tmp_path, profile="memory")) as (parts, lifecycle):
        founded = lifecycle.founded
        assert isinstance(founded, Founded)
        issued = await parts.of(identity.build).facade.login(
            LoginTry(email=founded.owner.email, password=founded.password)
        )
        assert isinstance(issued, IssuedToken)
        account = await the_account(parts, lifecycle)
        order = await trade(parts, account=account)
        assert order.state is OrderState.FILLED
        (held,) = await parts.of(accounts.build).facade.positions(
            tenant_id=account.tenant_id, account_id=account.id
        )
        assert held.position.quantity == 10
        balances = await parts.storage.ledger.balances(
            tenant_id=account.tenant_id, account_id=account.id
        )
        book = await parts.of(accounts.build).book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )
        assert balances["cash:USD"] == book.settled_cash < Decimal(100_000)
        owner = read_owner(tmp_path)
        assert owner is not None
        assert owner.user_id == founded.owner.id


async def test_what_was_traded_is_there_after_a_restart(tmp_path: Path) -> None:
    chosen = settings(tmp_path, profile="embedded")
    async with running(chosen) as (parts, lifecycle):
        account = await the_account(parts, lifecycle)
        assert (await trade(parts, account=account)).state is OrderState.FILLED
        market_at = parts.of(market.build).feed.now()
    async with running(chosen) as (parts, lifecycle):
        assert isinstance(lifecycle.founded, FoundBefore)
        assert await the_account(parts, lifecycle) == account
        assert parts.of(market.build).feed.now() >= market_at
        assert (await trade(parts, account=account)).state is OrderState.FILLED
        book = await parts.of(accounts.build).book_store.read(
            tenant_id=account.tenant_id, account_id=account.id
        )
        assert book.position("IBM").quantity == 20
        # The venue's own memory agrees, or the account would be halted.
        assert await parts.of(orders.build).check(account) is None


@pytest.mark.parametrize("profile", ["memory", "embedded"])
async def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path, profile: str) -> None:
    chosen = settings(tmp_path, profile=profile)
    async with running(chosen):
        second = Lifecycle(compose(chosen))
        with pytest.raises(DataFolderBusy, match="BALLAST_DATA_DIR"):
            await second.start()
    async with running(chosen) as (parts, _):
        assert parts.health.is_ready()


async def test_a_database_that_goes_away_makes_the_process_unready_until_it_is_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(settings(tmp_path, profile="memory")) as (parts, _):
        gone = True

        async def check() -> None:
            if gone:
                raise StorageUnavailable("no answer")

        monkeypatch.setattr(type(parts.storage.server), "check", lambda _: check())
        await eventually(lambda: not parts.health.is_ready())
        (database,) = [one for one in parts.health.components() if one.name == "database"]
        assert (database.state, database.detail) == (ComponentState.DOWN, "no answer")
        gone = False
        await eventually(parts.health.is_ready)


async def test_a_failed_start_gives_everything_back(tmp_path: Path) -> None:
    key = tmp_path / "keys/access-token.pem"
    key.parent.mkdir(mode=0o700)
    key.write_text("no key")
    key.chmod(0o600)
    chosen = settings(tmp_path, profile="embedded")
    with pytest.raises(Exception, match="no private key"):
        await Lifecycle(compose(chosen)).start()
    key.unlink()
    async with running(chosen) as (parts, _):
        assert parts.health.is_ready()
