"""Sizing positions and measuring portfolios over real books and prices."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.accounts.shelf import AccountNotFound
from application.risk.calculate_position_size import (
    FixedRisk,
    Kelly,
    SizeBase,
    VolatilityTarget,
)
from domain.risk.portfolio import Exposure
from domain.shared.values import InvalidValue
from tests.unit.application.risk.desk import (
    ACCOUNT,
    START,
    TENANT,
    D,
    add_history,
    make_book,
    make_desk,
)

BASE = SizeBase(tenant_id=TENANT, symbol="AAPL", account_id=ACCOUNT)


async def test_equity_and_price_come_from_the_account_and_the_market() -> None:
    desk = make_desk(make_book(cash="90000", positions={"AAPL": 100}))
    size = await desk.risk.calculate_position_size(FixedRisk(base=BASE, stop=D(90), risk=D("0.01")))
    assert (size.quantity, size.risked) == (D(100), D(1_000))


async def test_what_is_given_counts_more() -> None:
    desk = make_desk()
    base = replace(BASE, account_id=None, equity=D(1_000), price=D(50), fx=D(2))
    size = await desk.risk.calculate_position_size(
        Kelly(base=base, win_probability=D("0.6"), payoff=D(1))
    )
    assert (size.quantity, size.value) == (D(2), D(200))


async def test_lots_of_the_instrument_are_kept() -> None:
    desk = make_desk()
    size = await desk.risk.calculate_position_size(
        VolatilityTarget(base=replace(BASE, symbol="XOM"), target=D("0.0001"), volatility=D("0.01"))
    )
    assert (size.exact, size.quantity) == (D(20), D(20))
    odd = await desk.risk.calculate_position_size(
        VolatilityTarget(
            base=replace(BASE, symbol="XOM", price=D(55)), target=D("0.0001"), volatility=D("0.01")
        )
    )
    assert odd.quantity == D(10)


async def test_volatility_is_measured_when_it_is_not_given() -> None:
    desk = make_desk()
    add_history(desk, "AAPL", [100.0, 101.0] * 15)
    size = await desk.risk.calculate_position_size(VolatilityTarget(base=BASE, target=D("0.001")))
    assert Decimal("0.09") < size.share < Decimal("0.11")


@pytest.mark.parametrize(
    ("base", "field"),
    [
        ({"symbol": "NONE"}, "symbol"),
        ({"account_id": None}, "equity"),
        ({"symbol": "AAPL", "price": D(0)}, "price"),
    ],
)
async def test_what_is_missing_is_named(base: dict[str, Any], field: str) -> None:
    desk = make_desk()
    with pytest.raises(InvalidValue) as refused:
        await desk.risk.calculate_position_size(
            FixedRisk(base=replace(BASE, **base), stop=D(90), risk=D("0.01"))
        )
    assert refused.value.field == field


async def test_without_history_or_prices_the_figure_is_asked_for() -> None:
    desk = make_desk(make_book(positions={"TSLA": 1}))
    with pytest.raises(InvalidValue) as refused:
        await desk.risk.calculate_position_size(FixedRisk(base=BASE, stop=D(90), risk=D("0.01")))
    assert refused.value.field == "equity"
    with pytest.raises(InvalidValue) as refused:
        await desk.risk.calculate_position_size(
            VolatilityTarget(base=replace(BASE, equity=D(5)), target=D("0.01"))
        )
    assert refused.value.field == "volatility"
    with pytest.raises(AccountNotFound):
        await desk.risk.calculate_position_size(
            Kelly(
                base=replace(BASE, account_id=UUID(int=77)),
                win_probability=D("0.6"),
                payoff=D(1),
            )
        )


async def test_a_portfolio_is_measured() -> None:
    desk = make_desk(make_book(cash="80000", positions={"AAPL": 150, "XOM": -20}))
    add_history(desk, "AAPL", [100.0, 101.0, 99.0] * 10)
    add_history(desk, "XOM", [50.0, 49.0, 51.0] * 10)
    found = await desk.risk.portfolio_risk(tenant_id=TENANT)
    assert found.currency == "USD"
    assert found.accounts == (ACCOUNT,)
    assert found.as_of == START
    assert found.equity == D(94_000)
    assert found.total == Exposure(net=D(14_000), gross=D(16_000), gross_with_resting=D(16_000))
    assert [name for name, _ in found.by_symbol] == ["AAPL", "XOM"]
    assert dict(found.by_sector)["Energy"].net == D(-1_000)
    assert found.leverage == D(16_000) / D(94_000)
    assert found.daily_pnl == D(-6_000)
    assert found.drawdown == D("0.06")
    assert found.peak_equity == D(100_000)
    assert found.value_at_risk is not None
    assert found.value_at_risk.confidence == D("0.99")
    assert found.value_at_risk.observations == 29
    assert found.value_at_risk.historical > 0
    assert found.correlation is not None
    assert found.correlation.symbols == ("AAPL", "XOM")
    assert found.missing == ()


async def test_accounts_are_measured_together_or_alone() -> None:
    desk = make_desk(make_book(positions={"AAPL": 10}))
    second = make_book(account_id=UUID(int=20), positions={"AAPL": -4})
    desk.put(second)
    both = await desk.risk.portfolio_risk(tenant_id=TENANT)
    assert both.accounts == (ACCOUNT, UUID(int=20))
    assert both.total == Exposure(net=D(600), gross=D(1_400), gross_with_resting=D(1_400))
    assert both.peak_equity == D(201_000) - 400
    one = await desk.risk.portfolio_risk(tenant_id=TENANT, account_id=UUID(int=20))
    assert one.total.net == D(-400)
    with pytest.raises(AccountNotFound):
        await desk.risk.portfolio_risk(tenant_id=TENANT, account_id=UUID(int=77))


async def test_currencies_are_not_added_up() -> None:
    desk = make_desk()
    desk.put(make_book(account_id=UUID(int=20), currency="EUR"))
    with pytest.raises(InvalidValue) as refused:
        await desk.risk.portfolio_risk(tenant_id=TENANT)
    assert refused.value.field == "account_id"
    assert "EUR, USD" in refused.value.problem
    with pytest.raises(InvalidValue):
        await desk.risk.portfolio_risk(tenant_id=UUID(int=99))


async def test_what_cannot_be_known_is_none_and_named() -> None:
    desk = make_desk(make_book(positions={"TSLA": 5, "AAPL": 1}))
    found = await desk.risk.portfolio_risk(tenant_id=TENANT)
    assert found.equity is None
    assert found.leverage is None
    assert found.drawdown is None
    assert found.daily_pnl is None
    assert found.value_at_risk is None
    assert found.missing == (
        "price of TSLA",
        "20 common days of prices above zero of every position",
    )
    assert found.total.gross == D(100)


async def test_an_empty_portfolio_risks_nothing() -> None:
    found = await make_desk().risk.portfolio_risk(tenant_id=TENANT)
    assert found.total.gross == 0
    assert found.leverage == 0
    assert found.value_at_risk is None
    assert found.missing == ()
