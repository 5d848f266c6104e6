"""A rule that counts all accounts of the tenant holds over them, whoever decides where."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from application.orders.commands import (
    Accepted,
    DeniedOrders,
    OrderRequest,
    ReplaceDenied,
    ReplaceOrder,
    SubmitOrder,
)
from application.orders.decide_again import DecideAgain
from application.orders.preview import ExplainOrder
from application.orders.replace import Replace
from domain.accounts.book import AccountBook
from domain.accounts.positions import Position
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.record import replay
from domain.risk.rule import Action, Rule, RuleType
from tests import builders
from tests.room import Room

ACCOUNTS = 8
AT_ONCE = 64
BUY = builders.terms()
EXIT = builders.terms(side=Side.SELL, type=OrderType.MARKET)


def _held(units: int) -> dict[str, Position]:
    return {"AAPL": Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(units) * 100)}


def _limit(room: Room, rule_type: RuleType, threshold: str, *, per: str = "tenant") -> Room:
    rule = Rule(
        id=UUID(int=1),
        tenant_id=room.tenant_id,
        name="All accounts",
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters={"per": per},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    room.database.rules[rule.id] = rule
    room.database.rules_versions[room.tenant_id] = 1
    return room


def _open(room: Room, **given: object) -> AccountBook:
    """Open another account of the room's tenant."""
    account = replace(room.book.account, id=builders.new_id(), name="Another")
    book = builders.book(account, **given)
    room.database.books[account.id] = book
    return book


async def _asked(
    room: Room, terms: OrderTerms = BUY, *, account_id: UUID | None = None
) -> Accepted | DeniedOrders:
    asked = SubmitOrder(
        asker=room.asker,
        account_id=room.account_id if account_id is None else account_id,
        orders=(OrderRequest(terms=terms),),
    )
    outcome = await room.submit(asked, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


def _codes(outcome: Accepted | DeniedOrders) -> list[str]:
    return [one.code for one in outcome.reasons] if isinstance(outcome, DeniedOrders) else []


async def test_what_another_account_holds_or_has_at_rest_counts() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000")
    other = _open(room, positions=_held(10))
    assert isinstance(await _asked(room, account_id=other.account.id), Accepted)
    assert isinstance(await _asked(room), Accepted)
    denied = await _asked(room)
    assert _codes(denied) == ["MAX_POSITION_SIZE"]
    assert isinstance(denied, DeniedOrders)
    (reason,) = denied.reasons
    assert (reason.value, reason.limit) == (Decimal(4000), Decimal(3000))
    assert denied.orders[0].state is OrderState.DENIED


async def test_an_account_alone_is_held_to_its_own() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000", per="account")
    _open(room, positions=_held(1_000))
    assert isinstance(await _asked(room), Accepted)


async def test_another_tenants_accounts_count_for_nothing() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000")
    stranger = builders.book(positions=_held(1_000))
    room.database.books[stranger.account.id] = stranger
    assert isinstance(await _asked(room), Accepted)


async def test_an_account_in_another_currency_is_named() -> None:
    room = _limit(Room(), RuleType.MAX_LEVERAGE, "2")
    account = replace(room.book.account, id=builders.new_id(), currency="EUR")
    room.database.books[account.id] = builders.book(account)
    denied = await _asked(room)
    assert isinstance(denied, DeniedOrders)
    (reason,) = denied.reasons
    assert reason.code == "RATE_UNKNOWN"
    named = f"an exchange rate for account {account.id} in EUR"
    assert reason.message == f"All accounts: cannot decide without {named}"


async def test_what_another_account_misses_denies() -> None:
    room = _limit(Room(), RuleType.MAX_LEVERAGE, "2")
    unpriced = Position(symbol="NONE", quantity=Decimal(1), cost=Decimal(1))
    _open(room, positions={"NONE": unpriced})
    denied = await _asked(room)
    assert _codes(denied) == ["EQUITY_UNKNOWN"]
    assert isinstance(denied, DeniedOrders)
    assert denied.reasons[0].message.endswith("in every account of the tenant")


async def test_what_only_reduces_is_held_back_by_no_other_account() -> None:
    room = _limit(Room(book=builders.book(positions=_held(10))), RuleType.MAX_LEVERAGE, "0.001")
    account = replace(room.book.account, id=builders.new_id(), currency="EUR")
    room.database.books[account.id] = builders.book(account)
    assert isinstance(await _asked(room, EXIT), Accepted)


async def test_many_at_once_over_several_accounts_pass_as_many_as_fit() -> None:
    fit = 20
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, str(fit * 1000))
    accounts = [room.account_id, *(_open(room).account.id for _ in range(ACCOUNTS - 1))]
    told = await asyncio.gather(
        *(_asked(room, account_id=accounts[n % ACCOUNTS]) for n in range(AT_ONCE))
    )
    assert sum(isinstance(one, Accepted) for one in told) == fit
    assert {code for one in told for code in _codes(one)} == {"MAX_POSITION_SIZE"}
    resting = sum(len(room.database.books[one].orders) for one in accounts)
    assert resting == fit
    # As decided, so for ever: each with what the other accounts came to then.
    records = [one.record for many in room.database.decisions.values() for one in many]
    assert len(records) == AT_ONCE
    assert all(replay(record) == record for record in records)


@pytest.mark.parametrize("processes", [2, 3])
async def test_processes_that_decide_at_once_pass_as_many_as_fit(processes: int) -> None:
    """Each turns to the others whenever it uses storage, so that they decide on old books."""
    room = _limit(Room(pause=lambda: asyncio.sleep(0)), RuleType.MAX_POSITION_SIZE, "5000")
    rooms = [room, *(room.twin(seed=2 + n) for n in range(processes - 1))]
    accounts = [room.account_id, *(_open(room).account.id for _ in range(processes - 1))]
    told = await asyncio.gather(
        *(
            _asked(rooms[n % processes], account_id=accounts[n % processes])
            for n in range(4 * processes)
        )
    )
    assert sum(isinstance(one, Accepted) for one in told) == 5
    assert {code for one in told for code in _codes(one)} == {"MAX_POSITION_SIZE"}


async def test_of_two_accounts_that_share_a_limit_one_gets_the_last_of_it() -> None:
    room = _limit(Room(pause=lambda: asyncio.sleep(0)), RuleType.POSITION_LIMIT, "1")
    other = _open(room)
    twin = room.twin(seed=2)
    told = await asyncio.gather(_asked(room), _asked(twin, account_id=other.account.id))
    assert sorted(isinstance(one, Accepted) for one in told) == [False, True]


async def test_a_replace_counts_the_other_accounts() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000")
    accepted = await _asked(room)
    assert isinstance(accepted, Accepted)
    _open(room, positions=_held(15))
    replacing = Replace(context=room.context, gatekeeper=room.gatekeeper)
    told = [
        await replacing(
            ReplaceOrder(
                asker=room.asker, order_id=accepted.orders[0].id, quantity=Decimal(quantity)
            )
        )
        for quantity in (16, 15)
    ]
    assert isinstance(told[0], ReplaceDenied)
    assert [one.code for one in told[0].reasons] == ["MAX_POSITION_SIZE"]
    assert not isinstance(told[1], ReplaceDenied)


async def test_what_waited_long_is_decided_on_with_the_other_accounts() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000")
    accepted = await _asked(room)
    assert isinstance(accepted, Accepted)
    order = accepted.orders[0]
    again = DecideAgain(context=room.context, gatekeeper=room.gatekeeper)
    room.clock.advance(120)
    assert await again(order, decided_at=None)
    _open(room, positions=_held(21))
    assert await again(room.database.orders[order.id], decided_at=None) is None
    assert room.database.orders[order.id].state is OrderState.CANCELED


async def test_a_preview_and_an_explanation_tell_of_all_accounts() -> None:
    room = _limit(Room(), RuleType.MAX_POSITION_SIZE, "3000")
    _open(room, positions=_held(25))
    asked = SubmitOrder(
        asker=room.asker, account_id=room.account_id, orders=(OrderRequest(terms=BUY),)
    )
    preview = await room.preview(asked)
    assert not preview.approved
    assert preview.headroom[-1].value == Decimal(3500)
    denied = await _asked(room)
    assert isinstance(denied, DeniedOrders)
    told = await ExplainOrder(context=room.context)(
        tenant_id=room.tenant_id, order_id=denied.orders[0].id
    )
    assert told.inputs["others.value"] == "2500"
    assert told.headroom[-1].value == Decimal(3500)
