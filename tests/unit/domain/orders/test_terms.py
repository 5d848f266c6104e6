"""Terms say no to what cannot be an order, and name the field."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from itertools import product
from typing import Any

import pytest

from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import InvalidValue

_T = OrderType
AT = datetime(2026, 1, 2, tzinfo=UTC)

# Which prices each type must have; every other price is refused.
NEEDS: dict[OrderType, set[str]] = {
    _T.MARKET: set(),
    _T.LIMIT: {"limit_price"},
    _T.STOP: {"stop_price"},
    _T.STOP_LIMIT: {"limit_price", "stop_price"},
    _T.MARKET_IF_TOUCHED: {"stop_price"},
    _T.LIMIT_IF_TOUCHED: {"limit_price", "stop_price"},
    _T.MARKET_TO_LIMIT: set(),
    _T.TRAILING_STOP: {"trail"},
}
MAY_ALSO_HAVE = {_T.TRAILING_STOP: {"stop_price"}}
PRICES = ("limit_price", "stop_price", "trail")
RESTS_AT_A_LIMIT = {_T.LIMIT, _T.STOP_LIMIT, _T.LIMIT_IF_TOUCHED}
AT_ONCE = {TimeInForce.IOC, TimeInForce.FOK}
AT_AUCTION = {TimeInForce.OPG, TimeInForce.CLS}


def _terms(type: OrderType, **given: Any) -> OrderTerms:
    """Make valid terms of a type, with fields replaced or, by None, taken away."""
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "side": Side.BUY,
        "type": type,
        "quantity": Decimal(10),
    }
    for name in NEEDS[type]:
        fields[name] = Decimal("12.5")
    if type is _T.TRAILING_STOP:
        fields["trail_kind"] = TrailKind.AMOUNT
    return OrderTerms(**(fields | given))


@pytest.mark.parametrize(("type", "present"), list(product(_T, range(2 ** len(PRICES)))))
def test_each_type_takes_its_own_prices_and_no_others(type: OrderType, present: int) -> None:
    given = {name for index, name in enumerate(PRICES) if present >> index & 1}
    fields = {name: Decimal("12.5") if name in given else None for name in PRICES}
    right = NEEDS[type] <= given <= NEEDS[type] | MAY_ALSO_HAVE.get(type, set())
    if right:
        assert _terms(type, **fields).type is type
        return
    with pytest.raises(InvalidValue) as refused:
        _terms(type, **fields)
    wrong = NEEDS[type] ^ given
    assert refused.value.field in wrong


@pytest.mark.parametrize(("type", "tif"), list(product(_T, TimeInForce)))
def test_some_durations_need_a_market_or_limit_order(type: OrderType, tif: TimeInForce) -> None:
    expires = AT if tif is TimeInForce.GTD else None
    allowed = tif not in AT_ONCE | AT_AUCTION or type in (_T.MARKET, _T.LIMIT)
    if allowed:
        assert _terms(type, time_in_force=tif, expires_at=expires).time_in_force is tif
        return
    with pytest.raises(InvalidValue) as refused:
        _terms(type, time_in_force=tif, expires_at=expires)
    assert refused.value.field == "time_in_force"


@pytest.mark.parametrize("tif", list(TimeInForce))
def test_an_expiry_belongs_to_gtd_alone(tif: TimeInForce) -> None:
    wrong = None if tif is TimeInForce.GTD else AT
    with pytest.raises(InvalidValue) as refused:
        _terms(_T.LIMIT, time_in_force=tif, expires_at=wrong)
    assert refused.value.field == "expires_at"


def test_an_expiry_carries_a_time_zone() -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        _terms(_T.LIMIT, time_in_force=TimeInForce.GTD, expires_at=AT.replace(tzinfo=None))
    there = timezone(timedelta(hours=-5))
    away = _terms(_T.LIMIT, time_in_force=TimeInForce.GTD, expires_at=AT.astimezone(there))
    assert away.expires_at == AT


@pytest.mark.parametrize(
    ("type", "tif", "field"),
    list(product(_T, TimeInForce, ("post_only", "display_quantity"))),
)
def test_only_what_can_rest_at_a_limit_is_post_only_or_iceberg(
    type: OrderType, tif: TimeInForce, field: str
) -> None:
    given: dict[str, Any] = {field: True if field == "post_only" else Decimal(5)}
    given |= {"time_in_force": tif, "expires_at": AT if tif is TimeInForce.GTD else None}
    if tif in AT_ONCE | AT_AUCTION and type not in (_T.MARKET, _T.LIMIT):
        return
    if type in RESTS_AT_A_LIMIT and tif not in AT_ONCE:
        assert getattr(_terms(type, **given), field) == given[field]
        return
    with pytest.raises(InvalidValue) as refused:
        _terms(type, **given)
    assert refused.value.field == field


BAD_NUMBERS = ("NaN", "sNaN", "Infinity", "-Infinity", "1E+20", "-1E+400", "1E-19")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *product(("quantity", "trail", "display_quantity"), (*BAD_NUMBERS, "0", "-1", "-0")),
        *product(("limit_price", "stop_price"), BAD_NUMBERS),
    ],
)
def test_a_number_is_finite_storable_and_where_it_counts_positive(field: str, value: str) -> None:
    priced = {"trail": _T.TRAILING_STOP, "stop_price": _T.STOP}.get(field, _T.LIMIT)
    with pytest.raises(InvalidValue) as refused:
        _terms(priced, **{field: Decimal(value)})
    assert refused.value.field == field


@pytest.mark.parametrize("price", ["-37.63", "0", "99999999999999999999.999999999999999999"])
def test_a_price_may_be_negative_and_as_large_as_storage(price: str) -> None:
    assert _terms(_T.LIMIT, limit_price=Decimal(price)).limit_price == Decimal(price)


@pytest.mark.parametrize(
    ("trail", "kind", "right"),
    [
        ("99.99", TrailKind.PERCENT, True),
        ("100", TrailKind.PERCENT, False),
        ("100", TrailKind.AMOUNT, True),
        ("1", None, False),
    ],
)
def test_a_trail_says_what_it_is_measured_in(
    trail: str, kind: TrailKind | None, right: bool
) -> None:
    if right:
        terms = _terms(_T.TRAILING_STOP, trail=Decimal(trail), trail_kind=kind)
        assert terms.trail_kind is kind
        return
    with pytest.raises(InvalidValue, match="trail"):
        _terms(_T.TRAILING_STOP, trail=Decimal(trail), trail_kind=kind)


@pytest.mark.parametrize("type", [one for one in _T if one is not _T.TRAILING_STOP])
def test_only_a_trailing_stop_has_a_kind_of_trail(type: OrderType) -> None:
    with pytest.raises(InvalidValue):
        _terms(type, trail_kind=TrailKind.PERCENT)


def test_an_iceberg_shows_at_most_what_there_is() -> None:
    assert _terms(_T.LIMIT, display_quantity=Decimal(10)).display_quantity == 10
    with pytest.raises(InvalidValue) as refused:
        _terms(_T.LIMIT, display_quantity=Decimal("10.1"))
    assert refused.value.field == "display_quantity"


@pytest.mark.parametrize("symbol", ["", "aapl", "A" * 33, "-A", "A B", "A\n", "\u0410APL", "A%"])
def test_a_symbol_is_upper_case_and_well_formed(symbol: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        _terms(_T.LIMIT, symbol=symbol)
    assert refused.value.field == "symbol"


def test_a_sale_is_a_negative_quantity() -> None:
    assert _terms(_T.LIMIT).signed_quantity == 10
    assert _terms(_T.LIMIT, side=Side.SELL).signed_quantity == -10
