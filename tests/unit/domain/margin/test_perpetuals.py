"""Perpetuals against the exchange's own example, and against the rule that the price solves."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition, Tier
from domain.margin.crypto import amounts
from domain.margin.rulebook import House, NoTable, rulebook_of
from domain.market.instruments import AssetClass
from tests.unit.domain.margin.sample import ON, D, option, share

TIERS = tuple(
    Tier(floor=D(floor), rate=D(rate))
    for floor, rate in (
        (0, "0.004"),
        (50_000, "0.005"),
        (250_000, "0.01"),
        (1_000_000, "0.025"),
        (5_000_000, "0.05"),
        (20_000_000, "0.1"),
    )
)
WALLET = D("1535443.01")


def perpetual(
    symbol: str, quantity: str, price: str, entry: str, tiers: tuple[Tier, ...] = TIERS
) -> MarginPosition:
    return MarginPosition(
        symbol=symbol,
        quantity=D(quantity),
        price=D(price),
        asset_class=AssetClass.CRYPTO_PERP,
        entry_price=D(entry),
        tiers=tiers,
    )


# A maintenance amount of 135,365 at 10 %, as the example has it.
ETH = perpetual(
    "ETHUSDT",
    "3683.979",
    "1335.18",
    "1456.84",
    (Tier(floor=D(0), rate=D("0.05")), Tier(floor=D(2_707_300), rate=D("0.1"))),
)
BTC = perpetual("BTCUSDT", "109.488", "31967.27", "32481.98")


def perpetuals(*positions: MarginPosition, wallet: Decimal = WALLET, by: str) -> Assessment:
    found = assess(MarginBook(cash=wallet, positions=positions), rulebook=by, on=ON)
    assert isinstance(found, Assessment), found
    return found


@pytest.mark.parametrize(
    ("by", "eth", "btc"),
    [("crypto_cross", "1153.26", "26316.89"), ("crypto_isolated", "1114.78", "18778.73")],
)
def test_the_exchange_liquidates_at_the_same_prices(by: str, eth: str, btc: str) -> None:
    """Binance, How to Calculate Liquidation Price of USD-M Futures Contracts."""
    found = perpetuals(ETH, BTC, by=by)
    prices = [one.liquidation_price for one in found.positions]
    assert [None if one is None else round(one, 2) for one in prices] == [D(eth), D(btc)]
    if by == "crypto_cross":
        held = [round(one.maintenance, 2) for one in found.positions]
        assert held == [D("356512.51"), D("71200.81")]


def test_the_amounts_of_the_tiers_add_up() -> None:
    assert [int(one) for one in amounts(TIERS)] == [0, 50, 1_300, 16_300, 141_300, 1_141_300]


@given(
    quantity=st.decimals("0.01", "50000", places=2),
    entry=st.decimals("0.01", "60000", places=2),
    wallet=st.decimals("0", "9999999", places=2),
    short=st.booleans(),
    multiple=st.sampled_from(["1", "1.5", "8"]),
)
def test_at_the_liquidation_price_maintenance_is_all_there_is(
    quantity: Decimal, entry: Decimal, wallet: Decimal, short: bool, multiple: str
) -> None:
    one = perpetual("X", str(-quantity if short else quantity), str(entry), str(entry))
    rulebook = rulebook_of("crypto_cross", on=ON)
    assert not isinstance(rulebook, NoTable)
    rulebook = rulebook.with_house(House(maintenance=D(multiple)))
    book = MarginBook(cash=wallet, positions=(one,))
    found = assess(book, rulebook=rulebook, on=ON)
    assert isinstance(found, Assessment)
    level = found.positions[0].liquidation_price
    if level is None:
        assert not short
        # No price above 0 leaves less than maintenance.
        nothing = replace(one, price=D("1e-18"))
        there = assess(replace(book, positions=(nothing,)), rulebook=rulebook, on=ON)
        assert isinstance(there, Assessment)
        assert there.excess >= -D("1e-6") or found.excess < 0
        return
    if level < D("1e-15"):
        return
    moved = replace(one, price=round(level, 18))
    there = assess(replace(book, positions=(moved,)), rulebook=rulebook, on=ON)
    assert isinstance(there, Assessment)
    assert abs(there.excess) < D("1e-6")


def test_without_tiers_there_is_no_margin() -> None:
    bare = replace(BTC, tiers=())
    found = assess(MarginBook(cash=WALLET, positions=(bare,)), rulebook="crypto_cross", on=ON)
    assert isinstance(found, NoTable)
    assert (found.symbol, found.table) == ("BTCUSDT", "crypto_cross@2019-09-13/tiers")


def test_a_perpetual_opens_at_its_leverage_and_in_full_without() -> None:
    plain = perpetuals(BTC, by="crypto_cross")
    assert plain.initial == BTC.value
    tenfold = perpetuals(replace(BTC, leverage=D(10)), by="crypto_cross")
    assert tenfold.initial == BTC.value / 10
    # Never less than what it is held at.
    assert perpetuals(replace(BTC, leverage=D(125)), by="crypto_cross").initial == D("71200.811444")


@pytest.mark.parametrize("by", ["crypto_cross", "crypto_isolated"])
@pytest.mark.parametrize("other", [share("AAPL", 1, "100"), option(1, "1", "call", "100")])
def test_nothing_else_is_margined_as_a_perpetual(by: str, other: MarginPosition) -> None:
    found = assess(MarginBook(cash=WALLET, positions=(BTC, other)), rulebook=by, on=ON)
    assert isinstance(found, NoTable)
    assert found.symbol == other.symbol
