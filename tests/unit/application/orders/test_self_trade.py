"""Two own orders that would cross, decided at once in two accounts, are never both sent."""

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
from application.orders.replace import Replace
from domain.orders.terms import OrderTerms, Side
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from tests import builders
from tests.rig import Rig

BUY = builders.terms()
SELL = builders.terms(side=Side.SELL)
PAIRS = 24


async def _yielding() -> None:
    await asyncio.sleep(0)


def rig_under_rule(scope: RuleScope | None = None) -> tuple[Rig, UUID]:
    """A desk of two accounts that must not trade with itself."""
    rig = Rig(pause=_yielding)
    rule = Rule(
        id=UUID(int=1),
        tenant_id=rig.tenant_id,
        name="Not with oneself",
        rule_type=RuleType.SELF_TRADE,
        threshold=Decimal(0),
        action=Action.BLOCK,
        scope=scope if scope is not None else RuleScope(),
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    account = replace(rig.book.account, id=builders.new_id(), name="Another")
    rig.database.books[account.id] = builders.book(account)
    return rig, account.id


async def asked(rig: Rig, account_id: UUID, terms: OrderTerms) -> Accepted | DeniedOrders:
    """Ask for an order in an account."""
    command = SubmitOrder(
        asker=rig.asker, account_id=account_id, orders=(OrderRequest(terms=terms),)
    )
    outcome = await rig.submit(command, idempotency=None)
    assert isinstance(outcome, Accepted | DeniedOrders)
    return outcome


async def test_an_order_that_would_meet_one_of_another_account_is_denied() -> None:
    rig, other = rig_under_rule()
    assert isinstance(await asked(rig, rig.account_id, BUY), Accepted)
    outcome = await asked(rig, other, SELL)
    assert isinstance(outcome, DeniedOrders)
    assert [one.code for one in outcome.reasons] == ["SELF_TRADE"]
    away = builders.terms(side=Side.SELL, limit_price=Decimal(101))
    assert isinstance(await asked(rig, other, away), Accepted)


@pytest.mark.parametrize("processes", [1, 2])
async def test_of_two_that_would_cross_at_once_one_is_denied(processes: int) -> None:
    for _ in range(PAIRS):
        rig, other = rig_under_rule()
        second = rig.twin(seed=9) if processes == 2 else rig
        outcomes = await asyncio.gather(asked(rig, rig.account_id, BUY), asked(second, other, SELL))
        assert sorted(isinstance(one, Accepted) for one in outcomes) == [False, True]


async def test_an_order_that_no_such_rule_looks_at_is_seen_by_one_that_it_does() -> None:
    """Only one account is bound: its order never comes behind one of the other that it meets."""
    for _ in range(PAIRS):
        rig, other = rig_under_rule()
        rule = rig.database.rules[UUID(int=1)]
        rig.database.rules[rule.id] = replace(rule, scope=RuleScope(account_id=rig.account_id))
        second = rig.twin(seed=9)
        bound, free = await asyncio.gather(
            asked(rig, rig.account_id, BUY), asked(second, other, SELL)
        )
        assert isinstance(free, Accepted)
        if isinstance(bound, Accepted):
            told = [one for one in rig.database.notices if one.type == "order.accepted"]
            assert [one.account_id for one in told] == [rig.account_id, other]


async def test_new_terms_that_would_cross_are_denied() -> None:
    rig, other = rig_under_rule()
    away = builders.terms(side=Side.SELL, limit_price=Decimal(101))
    accepted = await asked(rig, other, away)
    assert isinstance(await asked(rig, rig.account_id, BUY), Accepted)
    replacing = Replace(context=rig.context, gatekeeper=rig.gatekeeper)
    command = ReplaceOrder(
        asker=rig.asker, order_id=accepted.orders[0].id, limit_price=Decimal(100)
    )
    outcome = await replacing(command)
    assert isinstance(outcome, ReplaceDenied)
    assert [one.code for one in outcome.reasons] == ["SELF_TRADE"]


async def test_symbols_without_such_a_rule_are_not_fenced() -> None:
    rig, other = rig_under_rule(RuleScope(symbol="MSFT"))
    await asked(rig, rig.account_id, BUY)
    assert isinstance(await asked(rig, other, SELL), Accepted)
    assert rig.database.symbol_versions == {}


async def test_what_is_denied_holds_up_nobody() -> None:
    rig, other = rig_under_rule()
    await asked(rig, rig.account_id, BUY)
    before = dict(rig.database.symbol_versions)
    assert isinstance(await asked(rig, other, SELL), DeniedOrders)
    assert rig.database.symbol_versions == before == {(rig.tenant_id, "AAPL"): 1}


async def test_two_requests_of_one_account_are_decided_one_upon_the_other() -> None:
    for _ in range(PAIRS):
        rig, _other = rig_under_rule()
        outcomes = await asyncio.gather(
            *(asked(rig, rig.account_id, terms) for terms in (BUY, SELL, BUY, SELL))
        )
        taken = {one.orders[0].side for one in outcomes if isinstance(one, Accepted)}
        assert len(taken) == 1


async def test_a_preview_says_what_would_be_met() -> None:
    rig, other = rig_under_rule()
    await asked(rig, rig.account_id, BUY)
    command = SubmitOrder(asker=rig.asker, account_id=other, orders=(OrderRequest(terms=SELL),))
    told = await rig.preview(command)
    assert [one.code for one in told.reasons] == ["SELF_TRADE"]
