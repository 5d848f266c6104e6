"""Black, Scholes and Merton against printed values, and against what every option obeys."""

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.market.instruments import OptionRight
from domain.options.black_scholes import EuropeanOption
from domain.shared.values import InvalidValue

CALL, PUT = OptionRight.CALL, OptionRight.PUT


@pytest.mark.parametrize(
    ("right", "spot", "strike", "years", "rate", "dividends", "volatility", "value"),
    [
        # Hull, Options, Futures, and Other Derivatives, chapter on Black-Scholes-Merton.
        pytest.param(CALL, 42, 40, 0.5, 0.10, 0.0, 0.20, 4.76, id="hull_call"),
        pytest.param(PUT, 42, 40, 0.5, 0.10, 0.0, 0.20, 0.81, id="hull_put"),
        # The same, options on stock indices.
        pytest.param(CALL, 930, 900, 2 / 12, 0.08, 0.03, 0.20, 51.83, id="hull_index"),
        # Haug, The Complete Guide to Option Pricing Formulas, 1.1.1 and 1.1.2.
        pytest.param(CALL, 60, 65, 0.25, 0.08, 0.0, 0.30, 2.1334, id="haug_stock"),
        pytest.param(PUT, 100, 95, 0.5, 0.10, 0.05, 0.20, 2.4648, id="haug_dividends"),
    ],
)
def test_printed_values_come_out(
    right: OptionRight,
    spot: float,
    strike: float,
    years: float,
    rate: float,
    dividends: float,
    volatility: float,
    value: float,
) -> None:
    option = EuropeanOption(
        right=right, strike=strike, years=years, rate=rate, dividend_yield=dividends
    )
    places = len(str(value).partition(".")[2])
    assert round(option.value(spot, volatility=volatility), places) == value


_prices = st.floats(1, 1_000)
_years = st.floats(0.002, 3)
_rates = st.floats(-0.02, 0.15)


@given(_prices, _prices, _years, _rates, _rates, st.floats(0, 2))
def test_a_call_less_a_put_is_a_forward(
    spot: float, strike: float, years: float, rate: float, dividends: float, volatility: float
) -> None:
    call, put = (
        EuropeanOption(
            right=right, strike=strike, years=years, rate=rate, dividend_yield=dividends
        ).value(spot, volatility=volatility)
        for right in (CALL, PUT)
    )
    forward = spot * math.exp(-dividends * years) - strike * math.exp(-rate * years)
    assert call - put == pytest.approx(forward, abs=1e-8)


@given(st.sampled_from([CALL, PUT]), _prices, _prices, _years, st.floats(0.05, 2))
def test_the_volatility_of_a_value_gives_it_back(
    right: OptionRight, spot: float, strike: float, years: float, volatility: float
) -> None:
    option = EuropeanOption(right=right, strike=strike, years=years)
    value = option.value(spot, volatility=volatility)
    assume(value > option.value(spot, volatility=0.0))
    found = option.volatility(value, spot=spot)
    assert found is not None
    assert option.value(spot, volatility=found) == pytest.approx(value, abs=1e-9)


def test_what_no_volatility_explains_has_none() -> None:
    call = EuropeanOption(right=CALL, strike=100, years=0.5)
    assert call.volatility(101, spot=100) is None
    # No more than exercising pays.
    assert call.volatility(20, spot=120) == 0.0
    # On the last day only exercising counts.
    assert EuropeanOption(right=PUT, strike=100, years=0).value(90, volatility=0.5) == 10


@pytest.mark.parametrize(("field", "value"), [("strike", 0.0), ("years", -0.1), ("rate", math.nan)])
def test_what_no_option_can_be_is_refused_by_field(field: str, value: float) -> None:
    with pytest.raises(InvalidValue) as refused:
        EuropeanOption(right=CALL, **{"strike": 100.0, "years": 1.0, field: value})
    assert refused.value.field == field
