"""Which changes take the short way into Postgres: an order as the desk takes it in, no other."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.memory.accounts import MemoryAccountBooks
from adapters.postgres.accepting import accepted_row
from domain.accounts.change import BookChange
from domain.accounts.together import together
from domain.orders.order import GroupLink, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, TimeInForce
from ports.accounts import Committed, Stale
from tests import builders
from tests.contracts.accounts.taking_in import taken_in
from tests.unit.adapters.http.desk import open_desk

LATER = builders.AT + timedelta(seconds=1)


def _change() -> BookChange:
    return taken_in(builders.book())


def test_a_plain_order_takes_the_short_way() -> None:
    change = _change()
    row = accepted_row(change)
    assert row is not None
    assert change.orders[0].id in row
    assert accepted_row(replace(change, replies=())) is not None


async def test_what_the_desk_makes_of_an_order_takes_the_short_way(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[BookChange] = []
    commit = MemoryAccountBooks.commit

    async def seeing(books: MemoryAccountBooks, change: BookChange) -> Committed | Stale:
        seen.append(change)
        return await commit(books, change)

    async with open_desk() as desk, desk.client() as client:
        monkeypatch.setattr(MemoryAccountBooks, "commit", seeing)
        answer = await client.post(
            "/api/v1/orders", json=desk.order(), headers={"Idempotency-Key": "short"}
        )
    assert answer.status_code == 201
    assert [accepted_row(change) is not None for change in seen] == [True]


@pytest.mark.parametrize(
    "different",
    [
        {"state": OrderState.DENIED},
        {"origin": Origin.EXTERNAL},
        {"updated_at": LATER},
        {"terms": builders.terms(type=OrderType.STOP, stop_price=Decimal(9), limit_price=None)},
        {"terms": builders.terms(time_in_force=TimeInForce.GTD, expires_at=LATER)},
        {"terms": builders.terms(post_only=True)},
        {"terms": builders.terms(reduce_only=True)},
        {"terms": builders.terms(display_quantity=Decimal(1))},
        {"link": GroupLink(group_id=builders.new_id(), role=Role.PEER)},
        {"filled_quantity": Decimal(1)},
        {"filled_notional": Decimal(1)},
        {"venue_order_id": "v"},
        {"waiting": True},
        {"pending_terms": builders.terms()},
        {"settled_state": OrderState.WORKING},
        {"sent_at": builders.AT},
        {"request_sent": True},
        {"cancel_wanted": True},
        {"reason": "because"},
        {"actor": "user:other"},
        {"id": builders.new_id()},
        {"account_id": builders.new_id()},
        {"tenant_id": builders.new_id()},
        {"market_at": LATER},
    ],
)
def test_an_order_that_is_more_than_plain_does_not(different: dict[str, Any]) -> None:
    change = _change()
    other = replace(change.orders[0], **different)
    assert accepted_row(replace(change, orders=(other,))) is None


def test_a_change_that_does_more_or_less_does_not() -> None:
    change = _change()
    decision, notice = change.decisions[0], change.notices[0]
    entry, intake = change.audit[0], change.intakes[0]
    others: list[dict[str, Any]] = [
        {"figures": True},
        {"currencies": ("USD",)},
        {"positions": ("AAPL",)},
        {"heard": 1},
        {"replies": change.replies * 2},
        {"orders": change.orders * 2},
        {"decisions": ()},
        {"decisions": (replace(decision, approved=False),)},
        {"decisions": (replace(decision, common=None),)},
        {"decisions": (replace(decision, order_id=builders.new_id()),)},
        {"audit": ()},
        {"audit": (replace(entry, subject="another"),)},
        {"audit": (replace(entry, at=LATER),)},
        {"audit": (replace(entry, account_id=None),)},
        {"notices": change.notices * 2},
        {"notices": (replace(notice, type="order.replaced"),)},
        {"notices": (replace(notice, channel="risk"),)},
        {"notices": (replace(notice, sequence=notice.sequence + 1),)},
        {"notices": (replace(notice, market_at=None),)},
        {"intakes": ()},
        {"intakes": (replace(intake, at=LATER),)},
        {"intakes": (replace(intake, symbol="IBM"),)},
    ]
    for other in others:
        assert accepted_row(replace(change, **other)) is None, other


def test_an_order_stored_with_a_deposit_does_not() -> None:
    book = builders.book()
    deposit = builders.deposit(5, on=book)
    both = together(deposit, taken_in(deposit.book))
    assert both is not None
    assert both.figures
    assert accepted_row(both) is None
