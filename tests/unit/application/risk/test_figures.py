"""Sizing positions and measuring portfolios over real books and prices."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from application.accounts.book_store import AccountNotFound
from application.risk.calculate_position_size import (
    FixedRisk,
    Kelly,
    SizeBase,
    SizeCommand,
    VolatilityTarget,
)
from application.risk.commands import RuleFields
from application.shared.asker import Asker
from domain.risk.portfolio import Exposure
from domain.risk.rule import EVERYWHERE, RuleScope, RuleType
from domain.risk.sizing import PositionSize
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import (
    ACCOUNT,
    START,
    TENANT,
    Context,
    D,
    add_history,
    make_book,
    make_context,
)

BASE = SizeBase(tenant_id=TENANT, symbol="AAPL", account_id=ACCOUNT)


async def _size(context: Context, command: SizeCommand) -> PositionSize:
    return (await context.risk.calculate_position_size(command)).size


async def test_equity_and_price_come_from_the_account_and_the_market() -> None:
    context = make_context(make_book(cash="90000", positions={"AAPL": 100}))
    size = await _size(context, FixedRisk(base=BASE, stop=D(90), risk=D("0.01")))
    assert (size.quantity, size.risked) == (D(100), D(1_000))


async def test_what_is_given_counts_more() -> None:
    context = make_context()
    base = replace(BASE, account_id=None, equity=D(1_000), price=D(50), fx=D(2))
    size = await _size(context, Kelly(base=base, win_probability=D("0.6"), payoff=D(1)))
    assert (size.quantity, size.value) == (D(2), D(200))


async def test_lots_of_the_instrument_are_kept() -> None:
    context = make_context()
    size = await _size(
        context,
        VolatilityTarget(
            base=replace(BASE, symbol="XOM"), target=D("0.0001"), volatility=D("0.01")
        ),
    )
    assert (size.exact, size.quantity) == (D(20), D(20))
    odd = await _size(
        context,
        VolatilityTarget(
            base=replace(BASE, symbol="XOM", price=D(55)), target=D("0.0001"), volatility=D("0.01")
        ),
    )
    assert odd.quantity == D(10)


async def test_volatility_is_measured_when_it_is_not_given() -> None:
    context = make_context()
    add_history(context, "AAPL", [100.0, 101.0] * 15)
    size = await _size(context, VolatilityTarget(base=BASE, target=D("0.001")))
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
    context = make_context()
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(
            FixedRisk(base=replace(BASE, **base), stop=D(90), risk=D("0.01"))
        )
    assert refused.value.field == field


async def test_without_history_or_prices_the_figure_is_asked_for() -> None:
    context = make_context(make_book(positions={"TSLA": 1}))
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(FixedRisk(base=BASE, stop=D(90), risk=D("0.01")))
    assert refused.value.field == "equity"
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(
            VolatilityTarget(base=replace(BASE, equity=D(5)), target=D("0.01"))
        )
    assert refused.value.field == "volatility"
    with pytest.raises(AccountNotFound):
        await context.risk.calculate_position_size(
            Kelly(
                base=replace(BASE, account_id=UUID(int=77)),
                win_probability=D("0.6"),
                payoff=D(1),
            )
        )


async def test_a_portfolio_is_measured() -> None:
    context = make_context(make_book(cash="80000", positions={"AAPL": 150, "XOM": -20}))
    add_history(context, "AAPL", [100.0, 101.0, 99.0] * 10)
    add_history(context, "XOM", [50.0, 49.0, 51.0] * 10)
    found = await context.risk.portfolio_risk(tenant_id=TENANT)
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
    context = make_context(make_book(positions={"AAPL": 10}))
    second = make_book(account_id=UUID(int=20), positions={"AAPL": -4})
    context.put(second)
    both = await context.risk.portfolio_risk(tenant_id=TENANT)
    assert both.accounts == (ACCOUNT, UUID(int=20))
    assert both.total == Exposure(net=D(600), gross=D(1_400), gross_with_resting=D(1_400))
    assert both.peak_equity == D(201_000) - 400
    one = await context.risk.portfolio_risk(tenant_id=TENANT, account_id=UUID(int=20))
    assert one.total.net == D(-400)
    with pytest.raises(AccountNotFound):
        await context.risk.portfolio_risk(tenant_id=TENANT, account_id=UUID(int=77))


async def test_currencies_are_not_added_up() -> None:
    context = make_context()
    context.put(make_book(account_id=UUID(int=20), currency="EUR"))
    with pytest.raises(InvalidValue) as refused:
        await context.risk.portfolio_risk(tenant_id=TENANT)
    assert refused.value.field == "account_id"
    assert "EUR, USD" in refused.value.problem
    with pytest.raises(InvalidValue):
        await context.risk.portfolio_risk(tenant_id=UUID(int=99))


async def test_what_cannot_be_known_is_none_and_named() -> None:
    context = make_context(make_book(positions={"TSLA": 5, "AAPL": 1}))
    found = await context.risk.portfolio_risk(tenant_id=TENANT)
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
    found = await make_context().risk.portfolio_risk(tenant_id=TENANT)
    assert found.total.gross == 0
    assert found.leverage == 0
    assert found.value_at_risk is None
    assert found.missing == ()


def _entry(**fields: Any) -> FixedRisk:
    base = SizeBase(tenant_id=TENANT, symbol="AAPL", only_account=True)
    given: dict[str, Any] = {"base": base, "stop": D(90), "risk": D("0.02"), "cap": D("0.1")}
    return FixedRisk(**given | fields)


async def _add(context: Context, name: str, threshold: str, scope: RuleScope = EVERYWHERE) -> None:
    fields = RuleFields(
        name=name, rule_type=RuleType.MAX_ORDER_VALUE, threshold=D(threshold), scope=scope
    )
    await context.risk.create(fields, asker=Asker(tenant_id=TENANT, actor="user:test"))


async def test_an_entry_and_its_stop_are_sized_by_the_only_account_there_is() -> None:
    context = make_context(make_book(cash="100000"))
    found = await context.risk.calculate_position_size(_entry())
    # 2 % of 100,000 at 10 a unit are 200, and a tenth of it buys 100 at 100.
    assert (found.size.quantity, found.size.value, found.limited_by) == (D(100), D(10_000), ())
    wide = await context.risk.calculate_position_size(_entry(stop=D(50)))
    assert (wide.size.quantity, wide.size.risked) == (D(40), D(2_000))


async def test_the_rules_of_the_account_and_of_the_strategy_cut_a_size() -> None:
    context = make_context(make_book(cash="100000"))
    await _add(context, "Small orders", "5000")
    found = await context.risk.calculate_position_size(_entry())
    assert (found.size.quantity, found.size.value) == (D(50), D(5_000))
    assert (found.size.exact, found.limited_by) == (D(100), ("Small orders",))
    await _add(context, "Timid", "1000", scope=RuleScope(strategy_id="ema"))
    base = replace(_entry().base, strategy_id="EMA")
    timid = await context.risk.calculate_position_size(_entry(base=base))
    assert (timid.size.quantity, timid.limited_by) == (D(10), ("Timid",))
    # Money that is not there is a limit, too: this account may owe as much as it has.
    rich = replace(_entry().base, equity=D(10_000_000))
    whole = await make_context(make_book(cash="100000")).risk.calculate_position_size(
        _entry(base=rich)
    )
    assert (whole.size.quantity, whole.limited_by) == (D(2_000), ("Buying power",))


async def test_an_account_sizes_only_what_is_in_its_currency() -> None:
    context = make_context(make_book(cash="100000", currency="EUR"))
    with pytest.raises(InvalidValue) as refused:
        await context.risk.calculate_position_size(_entry())
    assert (refused.value.field, "is in EUR, and AAPL in USD" in refused.value.problem) == (
        "account_id",
        True,
    )
    own = make_context(make_book(cash="100000"))
    with pytest.raises(InvalidValue, match="both are in USD"):
        await own.risk.calculate_position_size(_entry(base=replace(BASE, fx=D(2))))


async def test_which_of_several_accounts_is_meant_has_to_be_said() -> None:
    context = make_context()
    base = replace(_entry().base, among=frozenset())
    with pytest.raises(InvalidValue, match="there are 0 accounts"):
        await context.risk.calculate_position_size(_entry(base=base))
