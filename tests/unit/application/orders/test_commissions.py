"""A cash account buys no more than it can pay for, its broker's commission included."""

from decimal import Decimal

import pytest

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    OrderRequest,
    ReplaceDenied,
    ReplaceOrder,
    SubmitOrder,
    SubmitOutcome,
)
from application.orders.replace import Replace
from domain.accounts.account import AccountKind
from domain.orders.terms import OrderTerms, OrderType
from domain.risk.commission import FREE, CommissionSchedule
from domain.risk.verdict import Reason
from tests import builders
from tests.rig import Rig

ONE_EACH = CommissionSchedule(per_unit=Decimal(1))
AT_LEAST_TEN = CommissionSchedule(per_unit=Decimal("0.01"), minimum=Decimal(10))
PERCENT = CommissionSchedule(percent=Decimal(1))


def _rig(
    schedule: CommissionSchedule | None, *, cash: int, kind: AccountKind = AccountKind.CASH
) -> Rig:
    leverage = Decimal(1 if kind is AccountKind.CASH else 2)
    account = builders.account(kind=kind, leverage=leverage)
    book = builders.book(account, cash={"USD": Decimal(cash)})
    return Rig(book=book, commissions={"paper": schedule} if schedule is not None else {})


async def _buy(rig: Rig, quantity: int = 10, **given: object) -> SubmitOutcome:
    terms: OrderTerms = builders.terms(quantity=Decimal(quantity), **given)
    return await rig.submit(
        SubmitOrder(
            asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=terms),)
        ),
        idempotency=None,
    )


def _codes(outcome: object) -> list[str]:
    assert isinstance(outcome, DeniedOrders | ReplaceDenied), outcome
    reasons: tuple[Reason, ...] = outcome.reasons
    return [reason.code for reason in reasons]


@pytest.mark.parametrize(
    ("schedule", "owed"),
    [(FREE, 0), (ONE_EACH, 10), (AT_LEAST_TEN, 10), (PERCENT, 10)],
    ids=["free", "per unit", "minimum", "percent"],
)
async def test_cash_must_cover_order_and_commission(
    schedule: CommissionSchedule, owed: int
) -> None:
    assert isinstance(await _buy(_rig(schedule, cash=1000 + owed)), Accepted)
    assert _codes(await _buy(_rig(schedule, cash=1000 + owed - 1))) == ["BUYING_POWER"]


async def test_the_commissions_of_resting_buys_are_set_aside_too() -> None:
    rig = _rig(ONE_EACH, cash=3029)
    for _ in range(2):
        assert isinstance(await _buy(rig), Accepted)
    assert _codes(await _buy(rig)) == ["BUYING_POWER"]
    rig = _rig(ONE_EACH, cash=3030)
    for _ in range(3):
        assert isinstance(await _buy(rig), Accepted)


async def test_a_replace_must_fit_with_its_commission() -> None:
    for cash, fits in ((2020, True), (2019, False)):
        rig = _rig(ONE_EACH, cash=cash)
        order = await rig.sent(builders.terms(quantity=Decimal(10)))
        replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
        said = await replacing(
            ReplaceOrder(asker=rig.asker, order_id=order.id, quantity=Decimal(20))
        )
        assert isinstance(said, ReplaceDenied) is not fits


async def test_a_market_order_owes_on_the_price_it_would_pay() -> None:
    # 10 at the ask of 100.01, and one percent of that.
    for cash, fits in ((1200, True), (1005, False)):
        outcome = await _buy(_rig(PERCENT, cash=cash), type=OrderType.MARKET)
        assert isinstance(outcome, Accepted) is fits


async def test_where_the_commission_is_not_known_a_cash_account_does_not_buy() -> None:
    assert _codes(await _buy(_rig(None, cash=100_000))) == ["RESERVE_UNKNOWN"]
    # What may borrow is held to its exposure, not to its cash.
    margin = _rig(None, cash=100_000, kind=AccountKind.MARGIN)
    assert isinstance(await _buy(margin), Accepted)
