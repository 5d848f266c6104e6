"""Books to margin."""

from datetime import date
from decimal import Decimal

from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.market.instruments import AssetClass, OptionRight, OptionTerms

D = Decimal
ON = date(2026, 7, 1)
EXPIRY = date(2026, 9, 18)


def share(symbol: str, quantity: int | str, price: str) -> MarginPosition:
    return MarginPosition(symbol=symbol, quantity=D(quantity), price=D(price))


def option(
    quantity: int,
    price: str,
    right: str,
    strike: str,
    *,
    on: str = "IBM",
    spot: str | None = "97.73",
    expiry: date = EXPIRY,
    broad_index: bool = False,
    multiplier: int = 100,
) -> MarginPosition:
    return MarginPosition(
        symbol=f"{on}-{expiry:%y%m%d}{right[0].upper()}{strike}",
        quantity=D(quantity),
        price=D(price),
        asset_class=AssetClass.OPTION,
        multiplier=D(multiplier),
        underlying_price=None if spot is None else D(spot),
        option=OptionTerms(
            underlying=on,
            right=OptionRight(right),
            strike=D(strike),
            expiry=expiry,
            broad_index=broad_index,
        ),
    )


def margin(
    *positions: MarginPosition, cash: str = "0", by: str = "reg_t", on: date = ON
) -> Assessment:
    """Assess a book that there are tables for."""
    found = assess(MarginBook(cash=D(cash), positions=positions), rulebook=by, on=on)
    assert isinstance(found, Assessment), found
    return found
