"""The orders of a group are judged together: none hides behind another."""

from decimal import Decimal

import pytest

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    GroupKind,
    OrderRequest,
    SubmitOrder,
    SubmitOutcome,
)
from domain.accounts.account import AccountKind
from domain.orders.terms import Side
from tests import builders
from tests.room import Room


async def _submitted(*sales: int) -> SubmitOutcome:
    """Buy 100 in a cash account, and sell so many each once that has filled."""
    owner = builders.account(kind=AccountKind.CASH, leverage=Decimal(1))
    room = Room(book=builders.book(owner))
    buy = builders.terms(quantity=Decimal(100))
    sell = [builders.terms(side=Side.SELL, quantity=Decimal(one)) for one in sales]
    command = SubmitOrder(
        asker=room.asker,
        account_id=room.account_id,
        orders=tuple(OrderRequest(terms=one) for one in (buy, *sell)),
        group=GroupKind.OTO,
    )
    return await room.submit(command, idempotency=None)


async def test_children_may_share_what_their_entry_opens() -> None:
    assert isinstance(await _submitted(60, 40), Accepted)


@pytest.mark.parametrize("sales", [(100, 100), (60, 41), (25, 25, 25, 26), (101,)])
async def test_children_that_sell_more_than_their_entry_buys_are_denied(
    sales: tuple[int, ...],
) -> None:
    outcome = await _submitted(*sales)
    assert isinstance(outcome, DeniedOrders)
    assert "SHORT_SALE" in [reason.code for reason in outcome.reasons]
