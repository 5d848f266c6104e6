"""What an account holds and is worth, as its owner is told."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from application.accounts.book_store import AccountNotFound
from application.accounts.facade import PositionView, TradingState
from domain.accounts.account_margin import usual_margin
from domain.accounts.positions import Position
from domain.kill_switch.latch import Scope
from domain.margin.rulebook import RulebookName
from domain.orders.states import OrderState
from domain.risk.buying_power import BuyingPower
from ports.margin import MARGIN_ACCOUNTS
from tests import builders
from tests.unit.application.accounts.context import AccountContext


def invested() -> AccountContext:
    """A desk whose account bought 100 AAPL at 90 and sold 20 MSFT at 60, with a resting buy."""
    context = AccountContext()
    context.quote("AAPL", 110)
    context.quote("MSFT", 50)
    aapl = Position(
        symbol="AAPL",
        quantity=Decimal(100),
        cost=Decimal(9_000),
        realised_pnl=Decimal(3),
        commissions=Decimal(1),
    )
    msft = Position(symbol="MSFT", quantity=Decimal(-20), cost=Decimal(-1_200))
    flat = Position(symbol="IBM", realised_pnl=Decimal(4))
    resting = builders.order(
        context.stored().account, state=OrderState.WORKING, reserved_price=Decimal(100)
    )
    context.hold(
        replace(
            context.stored(),
            cash={"USD": Decimal(92_000)},
            positions={"MSFT": msft, "IBM": flat, "AAPL": aapl},
            orders={resting.id: resting},
            peak_equity=Decimal(110_000),
        )
    )
    return context


async def test_the_figures_of_an_account() -> None:
    context = invested()
    told = await context.cases.summary(tenant_id=context.tenant_id, account_id=context.account_id)
    book = context.stored()
    assert (told.account, told.version, told.cash) == (book.account, 0, Decimal(92_000))
    assert told.as_of == context.rig.market.now()
    assert told.valuation is not None
    # 92,000 + 100 x 110 - 20 x 50
    assert told.valuation.equity == 102_000
    assert told.valuation.unrealised_pnl == 2_000 + 200
    assert told.unpriced is None
    # Regulation T asks half of 11,000 held and 1,000 resting, and of 1,000 sold short: twice what
    # is left of 102,000, and as much as a leverage of 2 leaves of it.
    assert told.power == BuyingPower(amount=Decimal(191_000))
    assert told.daily_pnl == 2_000
    assert told.peak_equity == 110_000
    assert told.drawdown == Decimal(8_000) / Decimal(110_000)
    assert (told.trading_state, told.open_orders) == (TradingState.ACTIVE, 1)


async def test_equity_above_the_stored_peak_is_the_peak() -> None:
    context = invested()
    context.hold(replace(context.stored(), peak_equity=Decimal(5)))
    told = await context.cases.summary(tenant_id=context.tenant_id, account_id=context.account_id)
    assert (told.peak_equity, told.drawdown) == builders.decimals(102_000, 0)


async def test_an_account_that_never_held_anything_has_no_drawdown() -> None:
    context = AccountContext()
    context.hold(replace(context.stored(), cash={}, peak_equity=Decimal(0), day=None))
    told = await context.cases.summary(tenant_id=context.tenant_id, account_id=context.account_id)
    assert (told.peak_equity, told.drawdown, told.cash) == builders.decimals(0, 0, 0)
    assert told.daily_pnl is None


async def test_without_a_price_the_figures_are_missing_and_the_symbol_is_named() -> None:
    context = invested()
    book = context.stored()
    held = {**book.positions, "GME": Position(symbol="GME", quantity=Decimal(1))}
    context.hold(replace(book, positions=held))
    told = await context.cases.summary(tenant_id=context.tenant_id, account_id=context.account_id)
    assert (told.unpriced, told.valuation) == ("GME", None)
    assert (told.power.amount, told.daily_pnl, told.drawdown) == (None, None, None)
    assert "the price of every position" in told.power.missing
    # What needs no price is told all the same.
    assert told.account == book.account
    assert (told.cash, told.peak_equity) == builders.decimals(92_000, 110_000)
    assert (told.version, told.open_orders) == (0, 1)
    assert told.trading_state is TradingState.ACTIVE


async def test_buying_power_is_by_the_rulebook_that_was_chosen_and_names_the_missing_table() -> (
    None
):
    context = invested()
    chosen = replace(usual_margin(context.stored().account), version=1)
    for rulebook, amount, missing in (
        # Everything is paid for by cash: what is short has no table.
        (RulebookName.CASH, None, "MSFT is short"),
        (RulebookName.CRYPTO_CROSS, None, "crypto_cross has no table for shares"),
    ):
        kept = replace(chosen, rulebook=rulebook)
        async with context.rig.changes.works.begin(context.tenant_id) as work:
            records = work.records(MARGIN_ACCOUNTS)
            await (records.update if kept.version > 1 else records.add)(kept)
        told = await context.cases.summary(
            tenant_id=context.tenant_id, account_id=context.account_id
        )
        assert told.power.amount == amount
        assert missing in told.power.missing
        chosen = replace(kept, version=kept.version + 1)


@pytest.mark.parametrize("priced", [True, False])
@pytest.mark.parametrize(("whose", "halted"), [("own", True), ("tenant", True), ("other", False)])
async def test_a_latch_on_the_account_or_its_tenant_halts_it(
    whose: str, halted: bool, priced: bool
) -> None:
    context = invested()
    if not priced:
        held = {"GME": Position(symbol="GME", quantity=Decimal(1))}
        context.hold(replace(context.stored(), positions=held))
    accounts = {"own": context.account_id, "tenant": None, "other": builders.new_id()}
    scope = Scope(tenant_id=context.tenant_id, account_id=accounts[whose])
    latch = builders.latch(scope=scope)
    context.rig.database.latches[latch.id] = latch
    told = await context.cases.summary(tenant_id=context.tenant_id, account_id=context.account_id)
    assert told.trading_state is (TradingState.HALTED if halted else TradingState.ACTIVE)


def test_the_words_for_whether_an_account_trades() -> None:
    assert {one.name: one.value for one in TradingState} == {
        "ACTIVE": "active",
        "REDUCING": "reducing",
        "HALTED": "halted",
    }


async def test_positions_come_by_symbol_at_the_markets_price() -> None:
    context = invested()
    book = context.stored()
    gme = Position(symbol="GME", quantity=Decimal(1), cost=Decimal(2))
    context.hold(replace(book, positions={**book.positions, "GME": gme}))
    told = await context.cases.positions(tenant_id=context.tenant_id, account_id=context.account_id)
    assert list(told) == [
        PositionView(
            position=book.positions["AAPL"],
            price=Decimal(110),
            market_value=Decimal(11_000),
            unrealised_pnl=Decimal(2_000),
        ),
        PositionView(position=gme, price=None, market_value=None, unrealised_pnl=None),
        PositionView(
            position=book.positions["MSFT"],
            price=Decimal(50),
            market_value=Decimal(-1_000),
            unrealised_pnl=Decimal(200),
        ),
    ]


async def test_the_ledger_is_read_newest_first_and_page_by_page() -> None:
    context = AccountContext()
    for number in range(3):
        await context.deposit(number + 1, reference=f"r-{number}")

    async def page(limit: int, *, after: UUID | None = None) -> list[str]:
        found = await context.cases.ledger(
            tenant_id=context.tenant_id, account_id=context.account_id, limit=limit, after=after
        )
        return [one.reference for one in found]

    whole = await page(10)
    assert whole == ["deposit:r-2", "deposit:r-1", "deposit:r-0", "deposit:opening"]
    assert await page(2) == whole[:2]
    second = context.rig.database.ledger[-2]
    assert second.reference == "deposit:r-1"
    assert await page(10, after=second.id) == whole[2:]


async def test_another_tenants_account_is_not_found_whatever_is_asked() -> None:
    context = AccountContext()
    theirs = context.strangers.tenant_id
    mine = context.account_id
    cases = context.cases
    for asked in (
        cases.summary(tenant_id=theirs, account_id=mine),
        cases.positions(tenant_id=theirs, account_id=mine),
        cases.ledger(tenant_id=theirs, account_id=mine, limit=5, after=None),
        cases.check(tenant_id=theirs, account_id=mine),
    ):
        with pytest.raises(AccountNotFound) as missing:
            await asked
        assert missing.value.account_id == mine
        assert str(missing.value) == f"account {mine} does not exist"
    with pytest.raises(AccountNotFound):
        await cases.check(tenant_id=context.tenant_id, account_id=builders.new_id())
    await cases.check(tenant_id=context.tenant_id, account_id=mine)
    await cases.check(tenant_id=theirs, account_id=None)
    assert list(await cases.accounts(tenant_id=theirs)) == []


async def test_accounts_and_portfolios_are_the_tenants_own_or_those_among_some() -> None:
    context = AccountContext()
    first = context.stored().account
    second = await context.cases.open(context.asked())
    assert list(await context.cases.accounts(tenant_id=context.tenant_id)) == [first, second]
    some = frozenset({second.id})
    assert list(await context.cases.accounts(tenant_id=context.tenant_id, among=some)) == [second]
    assert list(await context.cases.portfolios(tenant_id=context.tenant_id)) == [context.portfolio]
    assert list(await context.cases.portfolios(tenant_id=context.tenant_id, among=some)) == [
        context.portfolio
    ]
    none: frozenset[UUID] = frozenset()
    assert list(await context.cases.portfolios(tenant_id=context.tenant_id, among=none)) == []
