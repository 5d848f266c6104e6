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
from tests.rig import Rig

ACCOUNTS = 8
AT_ONCE = 64
BUY = builders.terms()
EXIT = builders.terms(side=Side.SELL, type=OrderType.MARKET)


def _held(units: int) -> dict[str, Position]:
    return {"AAPL": Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(units) * 100)}


def _limit(rig: Rig, rule_type: RuleType, threshold: str, *, per: str = "tenant") -> Rig:
    rule = Rule(
        id=UUID(int=1),
        tenant_id=rig.tenant_id,
        name="All accounts",
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters={"per": per},
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    return rig


def _open(rig: Rig, **given: object) -> AccountBook:
    """Open another account of the room's tenant."""
    account = replace(rig.book.account, id=builders.new_id(), name="Another")
    book = builders.book(account, **given)
    rig.database.books[account.id] = book
    return book


async def _asked(
    rig: Rig, terms: OrderTerms = BUY, *, account_id: UUID | None = None
) -> Accepted | DeniedOrders:
    asked = SubmitOrder(
        asker=rig.asker,
        account_id=rig.account_id if account_id is None else account_id,
        orders=(OrderRequest(terms=terms),),
    )
    outcome = await rig.submit(asked, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


def _codes(outcome: Accepted | DeniedOrders) -> list[str]:
    return [one.code for one in outcome.reasons] if isinstance(outcome, DeniedOrders) else []


async def test_what_another_account_holds_or_has_at_rest_counts() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000")
    other = _open(rig, positions=_held(10))
    assert isinstance(await _asked(rig, account_id=other.account.id), Accepted)
    assert isinstance(await _asked(rig), Accepted)
    denied = await _asked(rig)
    assert _codes(denied) == ["MAX_POSITION_SIZE"]
    assert isinstance(denied, DeniedOrders)
    (reason,) = denied.reasons
    assert (reason.value, reason.limit) == (Decimal(4000), Decimal(3000))
    assert denied.orders[0].state is OrderState.DENIED


async def test_an_account_alone_is_held_to_its_own() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000", per="account")
    _open(rig, positions=_held(1_000))
    assert isinstance(await _asked(rig), Accepted)


async def test_another_tenants_accounts_count_for_nothing() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000")
    stranger = builders.book(positions=_held(1_000))
    rig.database.books[stranger.account.id] = stranger
    assert isinstance(await _asked(rig), Accepted)


async def test_an_account_in_another_currency_is_named() -> None:
    rig = _limit(Rig(), RuleType.MAX_LEVERAGE, "2")
    account = replace(rig.book.account, id=builders.new_id(), currency="EUR")
    rig.database.books[account.id] = builders.book(account)
    denied = await _asked(rig)
    assert isinstance(denied, DeniedOrders)
    (reason,) = denied.reasons
    assert reason.code == "RATE_UNKNOWN"
    named = f"an exchange rate for account {account.id} in EUR"
    assert reason.message == f"All accounts: cannot decide without {named}"


async def test_what_another_account_misses_denies() -> None:
    rig = _limit(Rig(), RuleType.MAX_LEVERAGE, "2")
    unpriced = Position(symbol="NONE", quantity=Decimal(1), cost=Decimal(1))
    _open(rig, positions={"NONE": unpriced})
    denied = await _asked(rig)
    assert _codes(denied) == ["EQUITY_UNKNOWN"]
    assert isinstance(denied, DeniedOrders)
    assert denied.reasons[0].message.endswith("in every account of the tenant")


async def test_what_only_reduces_is_held_back_by_no_other_account() -> None:
    rig = _limit(Rig(book=builders.book(positions=_held(10))), RuleType.MAX_LEVERAGE, "0.001")
    account = replace(rig.book.account, id=builders.new_id(), currency="EUR")
    rig.database.books[account.id] = builders.book(account)
    assert isinstance(await _asked(rig, EXIT), Accepted)


async def test_many_at_once_over_several_accounts_pass_as_many_as_fit() -> None:
    fit = 20
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, str(fit * 1000))
    accounts = [rig.account_id, *(_open(rig).account.id for _ in range(ACCOUNTS - 1))]
    told = await asyncio.gather(
        *(_asked(rig, account_id=accounts[n % ACCOUNTS]) for n in range(AT_ONCE))
    )
    assert sum(isinstance(one, Accepted) for one in told) == fit
    assert {code for one in told for code in _codes(one)} == {"MAX_POSITION_SIZE"}
    resting = sum(len(rig.database.books[one].orders) for one in accounts)
    assert resting == fit
    # As decided, so for ever: each with what the other accounts came to then.
    records = [one.record for many in rig.database.decisions.values() for one in many]
    assert len(records) == AT_ONCE
    assert all(replay(record) == record for record in records)


@pytest.mark.parametrize("processes", [2, 3])
async def test_processes_that_decide_at_once_pass_as_many_as_fit(processes: int) -> None:
    """Each turns to the others whenever it uses storage, so that they decide on old books."""
    rig = _limit(Rig(pause=lambda: asyncio.sleep(0)), RuleType.MAX_POSITION_SIZE, "5000")
    rigs = [rig, *(rig.twin(seed=2 + n) for n in range(processes - 1))]
    accounts = [rig.account_id, *(_open(rig).account.id for _ in range(processes - 1))]
    told = await asyncio.gather(
        *(
            _asked(rigs[n % processes], account_id=accounts[n % processes])
            for n in range(4 * processes)
        )
    )
    assert sum(isinstance(one, Accepted) for one in told) == 5
    assert {code for one in told for code in _codes(one)} == {"MAX_POSITION_SIZE"}


async def test_of_two_accounts_that_share_a_limit_one_gets_the_last_of_it() -> None:
    rig = _limit(Rig(pause=lambda: asyncio.sleep(0)), RuleType.POSITION_LIMIT, "1")
    other = _open(rig)
    twin = rig.twin(seed=2)
    told = await asyncio.gather(_asked(rig), _asked(twin, account_id=other.account.id))
    assert sorted(isinstance(one, Accepted) for one in told) == [False, True]


async def test_a_replace_counts_the_other_accounts() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000")
    accepted = await _asked(rig)
    assert isinstance(accepted, Accepted)
    _open(rig, positions=_held(15))
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    told = [
        await replacing(
            ReplaceOrder(
                asker=rig.asker, order_id=accepted.orders[0].id, quantity=Decimal(quantity)
            )
        )
        for quantity in (16, 15)
    ]
    assert isinstance(told[0], ReplaceDenied)
    assert [one.code for one in told[0].reasons] == ["MAX_POSITION_SIZE"]
    assert not isinstance(told[1], ReplaceDenied)


async def test_what_waited_long_is_decided_on_with_the_other_accounts() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000")
    accepted = await _asked(rig)
    assert isinstance(accepted, Accepted)
    order = accepted.orders[0]
    again = DecideAgain(context=rig.context, gatekeeper=rig.gatekeeper)
    rig.clock.advance(120)
    assert await again(order, decided_at=None)
    _open(rig, positions=_held(21))
    assert await again(rig.database.orders[order.id], decided_at=None) is None
    assert rig.database.orders[order.id].state is OrderState.CANCELED


async def test_a_preview_and_an_explanation_tell_of_all_accounts() -> None:
    rig = _limit(Rig(), RuleType.MAX_POSITION_SIZE, "3000")
    _open(rig, positions=_held(25))
    asked = SubmitOrder(
        asker=rig.asker, account_id=rig.account_id, orders=(OrderRequest(terms=BUY),)
    )
    preview = await rig.preview(asked)
    assert not preview.approved
    assert preview.headroom[-1].value == Decimal(3500)
    denied = await _asked(rig)
    assert isinstance(denied, DeniedOrders)
    told = await ExplainOrder(context=rig.context)(
        tenant_id=rig.tenant_id, order_id=denied.orders[0].id
    )
    assert told.inputs["others.value"] == "2500"
    assert told.headroom[-1].value == Decimal(3500)
