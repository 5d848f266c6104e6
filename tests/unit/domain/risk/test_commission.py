"""What a broker may charge, and what of a cash account's money it leaves."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.account import AccountKind
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.book_view import view_of
from domain.risk.commission import FREE, CommissionSchedule, with_commissions
from domain.risk.situation import Situation
from domain.shared.values import InvalidValue
from tests.unit.domain.risk.context import (
    D,
    account_figures,
    book,
    instrument,
    order,
    quote,
    resting,
    situation,
    symbol_figures,
    terms,
)

CENTS = st.integers(0, 10**6).map(lambda cents: D(cents).scaleb(-2))
UNITS = st.integers(1, 10**6).map(D)
PERCENT = CommissionSchedule(percent=D(1), minimum=D(2))


@given(per_unit=CENTS, minimum=CENTS, percent=CENTS, quantity=UNITS, price=CENTS)
def test_the_larger_of_the_minimum_and_what_units_and_money_cost_is_owed(
    per_unit: Decimal, minimum: Decimal, percent: Decimal, quantity: Decimal, price: Decimal
) -> None:
    schedule = CommissionSchedule(per_unit=per_unit, minimum=minimum, percent=percent)
    owed = max(minimum, per_unit * quantity + price * quantity * percent / 100)
    assert schedule.estimate(quantity=quantity, price=price) == owed
    assert schedule.estimate(quantity=quantity, price=-price) == owed
    assert schedule.is_free == (not any((per_unit, minimum, percent)))
    without = schedule.estimate(quantity=quantity, price=None)
    assert without == (None if percent else owed)


@pytest.mark.parametrize("name", ["per_unit", "minimum", "percent"])
def test_a_charge_that_is_no_number_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidValue) as refused:
        CommissionSchedule(**{name: D("NaN")})
    assert refused.value.field == name


def left(
    asked: OrderTerms,
    *,
    schedule: CommissionSchedule | None = PERCENT,
    kind: AccountKind = AccountKind.CASH,
    filled: int = 0,
    quoted: bool = True,
) -> Situation:
    """Set commissions aside beside a resting buy of 10 at 100 and a resting sale."""
    made = order(asked, filled_quantity=D(filled))
    rests = [resting(number=50), resting(terms(side=Side.SELL), number=51)]
    view = view_of(
        book(kind=kind, orders=rests),
        instrument=lambda symbol: instrument(symbol),
        quote=lambda symbol: quote(symbol),
    )
    leverage = D(1) if kind is AccountKind.CASH else D(2)
    figures = symbol_figures() if quoted else symbol_figures(quote=None)
    world = situation(account=account_figures(kind=kind, leverage=leverage), symbol=figures)
    return with_commissions(world, order=made, terms=asked, view=view, schedule=schedule)


@pytest.mark.parametrize(
    ("asked", "filled", "owed"),
    [
        (terms(), 0, "20"),
        (terms(), 4, "16"),
        # The minimum of two, and ten for what rests.
        (terms(quantity=D(1)), 0, "12"),
        (terms(type=OrderType.STOP, stop_price=D(120)), 0, "22"),
        (terms(type=OrderType.MARKET), 0, "20.001"),
    ],
)
def test_what_the_buy_and_those_at_rest_may_owe_is_set_aside(
    asked: OrderTerms, filled: int, owed: str
) -> None:
    account = left(asked, filled=filled).account
    assert (account.cash, account.reserved_cash) == (D(100_000), D(owed))


def test_a_share_of_the_price_is_set_aside_at_the_price_that_it_may_gap_to() -> None:
    asked = terms(type=OrderType.MARKET)
    view = view_of(book(kind=AccountKind.CASH), instrument=instrument, quote=quote)
    account = account_figures(kind=AccountKind.CASH, leverage=D(1))
    world = situation(account=account, collar=D(10))
    after = with_commissions(
        world, order=order(asked), terms=asked, view=view, schedule=PERCENT
    ).account
    # The minimum and a hundredth of 10 x 100.01 x 1.1, or as the schedule has it.
    plain = with_commissions(
        situation(account=account), order=order(asked), terms=asked, view=view, schedule=PERCENT
    ).account
    assert after.reserved_cash is not None
    assert plain.reserved_cash is not None
    assert after.reserved_cash == plain.reserved_cash * D("1.1")


@pytest.mark.parametrize(
    ("asked", "fields"),
    [
        (terms(side=Side.SELL), {}),
        (terms(side=Side.SELL), {"schedule": None}),
        (terms(), {"schedule": FREE}),
        (terms(), {"kind": AccountKind.MARGIN}),
        (terms(), {"kind": AccountKind.MARGIN, "schedule": None}),
    ],
)
def test_sales_margin_and_free_brokers_set_nothing_aside(
    asked: OrderTerms, fields: dict[str, Any]
) -> None:
    account = left(asked, **fields).account
    assert (account.cash, account.reserved_cash) == (D(100_000), D(0))


def test_what_cannot_be_worked_out_leaves_the_reserve_unknown() -> None:
    assert left(terms(), schedule=None).account.reserved_cash is None
    blind = left(terms(type=OrderType.MARKET), quoted=False).account
    assert (blind.reserved_cash, blind.cash) == (None, D(100_000))
