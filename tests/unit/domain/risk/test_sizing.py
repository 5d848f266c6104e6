"""How much to trade."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.sizing import Sizing, fixed_risk, kelly, kelly_share, volatility_target
from domain.shared.values import InvalidValue

D = Decimal
BASE = Sizing(equity=D(100_000), price=D(50))
FRACTION = st.integers(min_value=1, max_value=100).map(lambda n: D(n).scaleb(-2))
MONEY = st.integers(min_value=1, max_value=10**8).map(lambda cents: D(cents).scaleb(-2))


def test_fixed_risk_by_hand() -> None:
    """100,000 x 1 % x (1 - 2 x 0.1 %) / |50 - 47| = 332.67, 332 lots of one."""
    size = fixed_risk(BASE, stop=D(47), risk=D("0.01"), commission=D("0.001"))
    assert round(size.exact, 2) == D("332.67")
    assert (size.quantity, size.value, size.share) == (D(332), D(16_600), D("0.166"))
    assert size.risked == D(996)


def test_fixed_risk_counts_rate_multiplier_and_lot() -> None:
    sizing = Sizing(equity=D(100_000), price=D(50), lot=D(10), multiplier=D(2), fx=D("1.25"))
    size = fixed_risk(sizing, stop=D(54), risk=D("0.01"))
    assert size.exact == D(100)
    assert (size.quantity, size.value) == (D(100), D(12_500))
    assert fixed_risk(sizing, stop=D("54.1"), risk=D("0.01")).quantity == D(90)


@given(equity=MONEY, price=MONEY, stop=MONEY, risk=FRACTION)
def test_fixed_risk_never_loses_more_at_the_stop(
    equity: Decimal, price: Decimal, stop: Decimal, risk: Decimal
) -> None:
    if price == stop:
        return
    size = fixed_risk(Sizing(equity=equity, price=price), stop=stop, risk=risk)
    assert size.risked <= equity * risk
    assert size.risked + abs(price - stop) > equity * risk
    assert size.quantity == size.quantity.to_integral_value()


def test_kelly_of_an_even_bet_at_sixty_percent_is_a_fifth() -> None:
    assert kelly_share(D("0.6"), payoff=D(1)) == D("0.2")
    assert kelly_share(D("0.6"), payoff=D(1), fraction=D("0.5")) == D("0.1")
    assert kelly_share(D("0.6"), payoff=D(1), cap=D("0.15")) == D("0.15")
    assert kelly_share(D("0.5"), payoff=D(1)) == 0
    assert kelly_share(D("0.3"), payoff=D(1)) == 0
    assert kelly_share(D("0.5"), payoff=D(2)) == D("0.25")
    size = kelly(BASE, win_probability=D("0.6"), payoff=D(1))
    assert (size.quantity, size.value, size.share) == (D(400), D(20_000), D("0.2"))


@given(p=FRACTION.filter(lambda p: p < 1), payoff=MONEY, cap=FRACTION, fraction=FRACTION)
def test_kelly_stays_between_nothing_and_its_cap(
    p: Decimal, payoff: Decimal, cap: Decimal, fraction: Decimal
) -> None:
    share = kelly_share(p, payoff=payoff, fraction=fraction, cap=cap)
    assert 0 <= share <= cap
    assert (share > 0) == (p * (payoff + 1) > 1)


def test_a_volatility_target_by_hand() -> None:
    size = volatility_target(BASE, target=D("0.01"), volatility=D("0.02"))
    assert (size.share, size.quantity) == (D("0.5"), D(1_000))
    assert size.risked == D(1_000)
    assert volatility_target(BASE, target=D("0.01"), volatility=D("0.001")).share == 1
    capped = volatility_target(BASE, target=D("0.01"), volatility=D("0.02"), cap=D("0.1"))
    assert capped.share == D("0.1")


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: Sizing(equity=D(0), price=D(1)), "equity"),
        (lambda: Sizing(equity=D(1), price=D(-1)), "price"),
        (lambda: Sizing(equity=D(1), price=D(1), lot=D(0)), "lot"),
        (lambda: Sizing(equity=D(1), price=D(1), multiplier=D(0)), "multiplier"),
        (lambda: Sizing(equity=D(1), price=D(1), fx=D("NaN")), "fx"),
        (lambda: fixed_risk(BASE, stop=D(50), risk=D("0.01")), "stop"),
        (lambda: fixed_risk(BASE, stop=D("NaN"), risk=D("0.01")), "stop"),
        (lambda: fixed_risk(BASE, stop=D(40), risk=D(0)), "risk"),
        (lambda: fixed_risk(BASE, stop=D(40), risk=D("1.01")), "risk"),
        (lambda: fixed_risk(BASE, stop=D(40), risk=D(1), commission=D("0.5")), "commission"),
        (lambda: fixed_risk(BASE, stop=D(40), risk=D(1), commission=D("-0.1")), "commission"),
        (lambda: kelly_share(D(0), payoff=D(1)), "win_probability"),
        (lambda: kelly_share(D(1), payoff=D(1)), "win_probability"),
        (lambda: kelly_share(D("0.5"), payoff=D(0)), "payoff"),
        (lambda: kelly_share(D("0.5"), payoff=D(1), fraction=D(2)), "fraction"),
        (lambda: kelly_share(D("0.5"), payoff=D(1), cap=D(0)), "cap"),
        (lambda: volatility_target(BASE, target=D(0), volatility=D(1)), "target"),
        (lambda: volatility_target(BASE, target=D(1), volatility=D(0)), "volatility"),
        (lambda: volatility_target(BASE, target=D(1), volatility=D(1), cap=D(2)), "cap"),
    ],
)
def test_what_makes_no_sense_is_refused(call: Callable[[], object], field: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        call()
    assert refused.value.field == field


def test_a_commission_just_under_a_half_is_taken() -> None:
    assert fixed_risk(BASE, stop=D(40), risk=D(1), commission=D("0.499")).quantity >= 0


@pytest.mark.parametrize(
    ("call", "field", "problem"),
    [
        (
            lambda: fixed_risk(BASE, stop=D(50), risk=D("0.01")),
            "stop",
            "must differ from the entry price",
        ),
        (
            lambda: fixed_risk(BASE, stop=D(40), risk=D(1), commission=D("0.5")),
            "commission",
            "must be from 0 to below 0.5 per side",
        ),
        (
            lambda: fixed_risk(BASE, stop=D(40), risk=D(1), commission=D("NaN")),
            "commission",
            "must be a finite number, not NaN",
        ),
        (
            lambda: kelly_share(D(1), payoff=D(1)),
            "win_probability",
            "must lie between 0 and 1",
        ),
        (
            lambda: kelly_share(D("NaN"), payoff=D(1)),
            "win_probability",
            "must be a finite number, not NaN",
        ),
        (
            lambda: kelly_share(D("0.5"), payoff=D(1), cap=D("1.50")),
            "cap",
            "is a fraction above 0 and at most 1, not 1.5",
        ),
        (
            lambda: volatility_target(BASE, target=D("Infinity"), volatility=D(1)),
            "target",
            "must be a finite number, not Infinity",
        ),
    ],
)
def test_a_refusal_says_what_would_be_right(
    call: Callable[[], object], field: str, problem: str
) -> None:
    with pytest.raises(InvalidValue) as refused:
        call()
    assert (refused.value.field, refused.value.problem) == (field, problem)


FUTURE = Sizing(equity=D(100_000), price=D(50), lot=D(3), multiplier=D(4), fx=D("1.25"))


def test_kelly_counts_rate_multiplier_lot_fraction_and_cap() -> None:
    """Worth 250 a unit: a tenth of 100,000 is 40 of them, 39 in lots of three."""
    size = kelly(FUTURE, win_probability=D("0.6"), payoff=D(1), fraction=D("0.5"))
    assert (size.exact, size.quantity) == (D(40), D(39))
    assert (size.value, size.share, size.risked) == (D(9_750), D("0.0975"), D(9_750))
    capped = kelly(FUTURE, win_probability=D("0.6"), payoff=D(1), cap=D("0.05"))
    assert capped.exact == D(20)


def test_a_volatility_target_counts_rate_multiplier_and_lot() -> None:
    size = volatility_target(FUTURE, target=D("0.002"), volatility=D("0.02"))
    assert (size.exact, size.quantity, size.value) == (D(40), D(39), D(9_750))
    assert (size.share, size.risked) == (D("0.0975"), D(195))
