"""Every ledger transaction sums to zero per asset, or it is not made."""

from dataclasses import FrozenInstanceError
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.accounts.ledger import (
    EntryKind,
    LedgerAccount,
    LedgerTransaction,
    Posting,
    Unbalanced,
    exchange,
    totals,
    transfer,
)
from domain.shared.values import ZERO, InvalidValue
from tests import builders

AMOUNTS = st.decimals(min_value=-(10**9), max_value=10**9, places=8)


def _transaction(*postings: Posting) -> LedgerTransaction:
    return LedgerTransaction(
        id=builders.new_id(),
        tenant_id=builders.new_id(),
        account_id=builders.new_id(),
        kind=EntryKind.FILL,
        postings=postings,
        at=builders.AT,
        market_at=builders.MARKET_AT,
        reference="a test",
    )


def _posting(asset: str, amount: Decimal | int) -> Posting:
    return Posting(ledger=LedgerAccount.HOLDING, asset=asset, amount=Decimal(amount))


@given(quantity=AMOUNTS, cost=AMOUNTS, commission=AMOUNTS)
def test_every_trade_balances(quantity: Decimal, cost: Decimal, commission: Decimal) -> None:
    postings = exchange(
        symbol="AAPL", quantity=quantity, currency="USD", cost=cost, commission=commission
    )
    assert set(totals(_transaction(*postings).postings).values()) == {ZERO}
    held = totals(one for one in postings if one.ledger is LedgerAccount.HOLDING)
    assert held == {"unit:AAPL": quantity, "cash:USD": -cost - commission}


@given(amount=AMOUNTS, source=st.sampled_from(LedgerAccount))
def test_every_transfer_balances(amount: Decimal, source: LedgerAccount) -> None:
    postings = transfer(source=source, asset="cash:USD", amount=amount)
    assert totals(_transaction(*postings).postings) == {"cash:USD": ZERO}


@given(amounts=st.lists(st.tuples(st.sampled_from(["a", "b"]), AMOUNTS), min_size=2, max_size=6))
def test_what_does_not_balance_is_never_made(amounts: list[tuple[str, Decimal]]) -> None:
    postings = [_posting(asset, amount) for asset, amount in amounts]
    if any(totals(postings).values()):
        with pytest.raises(Unbalanced):
            _transaction(*postings)
    else:
        assert _transaction(*postings).postings == tuple(postings)


def test_one_asset_cannot_pay_for_another() -> None:
    with pytest.raises(Unbalanced, match=r"unit:AAPL is off by 10"):
        _transaction(_posting("unit:AAPL", 10), _posting("cash:USD", -10))


def test_a_transaction_has_two_sides() -> None:
    with pytest.raises(InvalidValue) as refused:
        _transaction(_posting("cash:USD", 0))
    assert refused.value.field == "postings"
    assert refused.value.problem == "a transaction needs at least two"
    with pytest.raises(InvalidValue):
        _transaction()


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "1E+20", "1E-19"])
def test_an_amount_is_finite_and_storable(amount: str) -> None:
    with pytest.raises(InvalidValue):
        _posting("cash:USD", Decimal(amount))


@pytest.mark.parametrize("field", ["kind", "postings", "reference"])
def test_what_is_written_does_not_change(field: str) -> None:
    written: Any = _transaction(_posting("cash:USD", 1), _posting("cash:USD", -1))
    with pytest.raises(FrozenInstanceError):
        setattr(written, field, None)


def test_a_trade_without_commission_posts_none() -> None:
    postings = exchange(
        symbol="AAPL", quantity=Decimal(1), currency="USD", cost=Decimal(5), commission=ZERO
    )
    assert LedgerAccount.COMMISSION not in {one.ledger for one in postings}
