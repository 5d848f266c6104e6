"""Two brokers in one server: each account trades at its own, and one that is frozen is alone."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from application.accounts.open_account import Deposit, OpenAccount
from application.kill_switch.commands import Activated, ActivateKill
from application.orders.commands import Asker, DeniedOrders, OrderRequest, SubmitOrder
from bootstrap.areas import accounts, kill_switch, market, orders
from bootstrap.brokers.registry import folder_name
from bootstrap.parts import Parts
from bootstrap.settings.brokers import PAPER
from domain.accounts.account import Account, AccountKind
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.health import Component, ComponentState
from tests.integration.bootstrap.test_lifecycle import running, settings, the_account, trade
from tests.integration.brokers.venue_process import VenueProcess, venue_process
from tests.waiting import eventually, until_true

pytestmark = pytest.mark.timeout(900)

SECOND = "second"


async def at_second(parts: Parts, *, beside: Account) -> Account:
    """Open an account with money at the other broker."""
    tenant_id = beside.tenant_id
    opened = await parts.of(accounts.build).facade.open(
        OpenAccount(
            tenant_id=tenant_id,
            actor="test",
            portfolio_id=beside.portfolio_id,
            name="Elsewhere",
            broker=SECOND,
            kind=AccountKind.MARGIN,
            leverage=Decimal(2),
        )
    )
    await parts.of(accounts.build).facade.deposit(
        Deposit(
            tenant_id=tenant_id,
            actor="test",
            account_id=opened.id,
            amount=Decimal(100_000),
            reference="first",
        )
    )
    return opened


def component(parts: Parts, name: str) -> Component:
    return next(one for one in parts.health.components() if one.name == name)


def is_up(parts: Parts, name: str) -> bool:
    return component(parts, name).state is ComponentState.UP


async def held(parts: Parts, account: Account) -> Decimal:
    book = await parts.of(accounts.build).book_store.read(
        tenant_id=account.tenant_id, account_id=account.id
    )
    return book.position("IBM").quantity


async def until_flat(parts: Parts, account: Account) -> None:
    async def is_flat() -> bool:
        return not await held(parts, account)

    await until_true(is_flat, within_s=60)


async def denial(parts: Parts, account: Account) -> dict[str, str]:
    """Ask for one share, and return why it was denied."""
    terms = OrderTerms(
        symbol="IBM",
        side=Side.BUY,
        type=OrderType.MARKET,
        quantity=Decimal(1),
        time_in_force=TimeInForce.DAY,
    )
    taken = await parts.of(orders.build).facade.submit(
        SubmitOrder(
            asker=Asker(tenant_id=account.tenant_id, actor="test"),
            account_id=account.id,
            orders=(OrderRequest(terms=terms),),
        ),
        idempotency=None,
    )
    assert isinstance(taken, DeniedOrders), taken
    return {reason.code: reason.message for reason in taken.reasons}


@asynccontextmanager
async def two_venues(
    folder: Path,
) -> AsyncIterator[tuple[Parts, tuple[Account, Account], VenueProcess]]:
    """Run a server over two venues of their own; yields the accounts and the first venue."""
    with venue_process("--hours") as first, venue_process("--hours", "--name", SECOND) as second:
        chosen = settings(
            folder,
            profile="memory",
            BALLAST_PAPER_URL=first.url,
            BALLAST_BROKERS_SECOND_KIND="paper",
            BALLAST_BROKERS_SECOND_URL=second.url,
        )
        async with running(chosen) as (parts, lifecycle):
            account = await the_account(parts, lifecycle)
            other = await at_second(parts, beside=account)
            yield parts, (account, other), first
            # Whatever the test has stopped is to end with the rest.
            os.kill(first.process.pid, signal.SIGCONT)


async def test_an_order_goes_to_its_account_s_broker_and_to_no_other(tmp_path: Path) -> None:
    async with two_venues(tmp_path) as (parts, (account, other), first):
        assert (account.broker, other.broker) == (PAPER, SECOND)
        bought = await trade(parts, account=other)
        assert bought.state is OrderState.FILLED
        assert first.dump().orders == []
        assert (await trade(parts, account=account)).state is OrderState.FILLED
        assert len(first.dump().orders) == 1
        assert [await held(parts, one) for one in (account, other)] == [10, 10]
        for one in (account, other):
            assert await parts.of(orders.build).check(one) is None


async def test_a_frozen_venue_holds_up_no_order_report_or_stop_at_the_other(
    tmp_path: Path,
) -> None:
    async with two_venues(tmp_path) as (parts, (account, other), first):
        for one in (account, other):
            assert (await trade(parts, account=one)).state is OrderState.FILLED
        os.kill(first.process.pid, signal.SIGSTOP)
        # On a busy machine the other may be late to answer once, too.
        await eventually(lambda: not is_up(parts, "broker") and is_up(parts, "broker_second"))
        # What answers stays ready; the component says which broker it is.
        assert parts.health.is_ready()
        assert (
            "nothing is opened at some brokers: broker: "
            in (await parts.of(market.build).facade.status()).problem
        )
        assert "while it is down: broker: " in (await denial(parts, account))["MARKET_DOWN"]
        # The market goes on for the other: prices, sends and reports.
        assert (await trade(parts, account=other)).state is OrderState.FILLED
        assert is_up(parts, "market_feed")
        assert await parts.of(orders.build).check(other) is None
        assert "could not be asked" in (await parts.of(orders.build).check(account) or "")
        stopped = await parts.of(kill_switch.build).facade.activate(
            ActivateKill(
                tenant_id=account.tenant_id,
                account_id=None,
                actor="test",
                reason="a test",
                flatten=True,
            )
        )
        assert isinstance(stopped, Activated)
        await until_flat(parts, other)
        assert await held(parts, account) == 10
        (latch,) = await parts.storage.latches.unfinished()
        assert latch.canceled_at is None
        os.kill(first.process.pid, signal.SIGCONT)
        await until_flat(parts, account)


async def test_two_venues_of_ours_keep_their_own_journals_over_a_restart(tmp_path: Path) -> None:
    chosen = settings(tmp_path, profile="embedded", BALLAST_BROKERS_SECOND_KIND="paper")
    async with running(chosen) as (parts, lifecycle):
        account = await the_account(parts, lifecycle)
        other = await at_second(parts, beside=account)
        for one in (account, other):
            assert (await trade(parts, account=one)).state is OrderState.FILLED
    for broker in (PAPER, SECOND):
        assert list((tmp_path / folder_name(broker)).glob("venue-*.jsonl"))
    async with running(chosen) as (parts, _):
        await eventually(
            lambda: all(one.reconcile.passed for one in parts.of(orders.build).loops.values())
        )
        for one in (account, other):
            assert await parts.of(orders.build).check(one) is None
            assert await held(parts, one) == 10
    # Without its section the account is held, says why, and the other one trades on.
    async with running(settings(tmp_path, profile="embedded")) as (parts, _):
        assert await denial(parts, other) == {
            "BROKER_UNKNOWN": "no broker called second is set here: nothing can be sent"
        }
        assert await parts.of(orders.build).check(other) == "no broker called second is set here"
        assert (await trade(parts, account=account)).state is OrderState.FILLED
