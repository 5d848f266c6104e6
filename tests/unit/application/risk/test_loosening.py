"""A loosened rule waits for a second look, whoever asks; a tightened one is in force at once."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from application.approvals.deps import ChangeNotFound
from application.risk.commands import RuleDeleted, RuleFields, RulePending, RuleStored
from application.shared.asker import Asker
from domain.accounts.book_change import Reply
from domain.approvals.change import ApprovalPolicy, ChangeState, PendingChange
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import ACCOUNT, ASKER, TENANT, Context, D, make_context

FIELDS = RuleFields(name="Fat Finger", rule_type=RuleType.MAX_ORDER_VALUE, threshold=D(100))
OTHER = Asker(tenant_id=TENANT, actor="user:2")
KEY = Asker(tenant_id=TENANT, actor="producer:desk")
SECOND = ApprovalPolicy.SECOND_PERSON
WHY = "earnings week"


async def made(context: Context) -> Rule:
    """Store the rule."""
    outcome = await context.risk.create(FIELDS, asker=ASKER)
    assert isinstance(outcome, RuleStored)
    return outcome.rule


async def in_force(context: Context) -> list[tuple[object, ...]]:
    """Return what the gate would decide by."""
    rules = (await context.gatekeeper.rules(tenant_id=TENANT)).at(context.clock.now()).rules
    return [(one.threshold, one.action, one.is_active, one.scope.account_id) for one in rules]


STRICT = [(D(100), Action.BLOCK, True, None)]


@pytest.mark.parametrize(
    "changes",
    [
        {"threshold": D(200)},
        {"action": Action.WARN},
        {"is_active": False},
        {"scope": RuleScope(account_id=ACCOUNT)},
    ],
)
async def test_a_loosening_waits_until_another_person_agrees(changes: dict[str, Any]) -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    outcome = await context.risk.update(
        replace(FIELDS, **changes), rule_id=rule.id, asker=ASKER, reason=WHY
    )
    assert isinstance(outcome, RulePending)
    assert await in_force(context) == STRICT
    decided = await context.deciding.approve(outcome.change.id, by=OTHER)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.APPLIED
    assert await in_force(context) != STRICT
    entry = next(one for one in context.database.audit if one.action == "risk_rule.updated")
    said = dict(entry.detail)
    assert (entry.actor, said["proposer"], said["reason"]) == (OTHER.actor, ASKER.actor, WHY)


async def test_a_deletion_waits_too() -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    outcome = await context.risk.delete(rule_id=rule.id, asker=KEY, reason=WHY)
    assert isinstance(outcome, RulePending)
    assert outcome.change.proposer == KEY.actor
    assert await in_force(context) == STRICT
    await context.deciding.approve(outcome.change.id, by=OTHER)
    assert await in_force(context) == []


async def test_a_tightening_acts_at_once_and_asks_for_no_reason() -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    lower = replace(FIELDS, threshold=D(50), action=Action.HALT)
    assert isinstance(await context.risk.update(lower, rule_id=rule.id, asker=ASKER), RuleStored)
    assert await in_force(context) == [(D(50), Action.HALT, True, None)]


async def test_what_is_off_may_go_at_once() -> None:
    context = make_context(policy=SECOND)
    made_off = await context.risk.create(replace(FIELDS, is_active=False), asker=ASKER)
    assert isinstance(made_off, RuleStored)
    gone = await context.risk.delete(rule_id=made_off.rule.id, asker=ASKER)
    assert gone == RuleDeleted()


@pytest.mark.parametrize("policy", ApprovalPolicy)
async def test_without_a_reason_nothing_is_loosened_not_even_what_needs_no_second_look(
    policy: ApprovalPolicy,
) -> None:
    context = make_context(policy=policy)
    rule = await made(context)
    for asked in (
        context.risk.update(replace(FIELDS, threshold=D(200)), rule_id=rule.id, asker=ASKER),
        context.risk.delete(rule_id=rule.id, asker=ASKER),
    ):
        with pytest.raises(InvalidValue) as refused:
            await asked
        assert refused.value.field == "reason"
    assert await in_force(context) == STRICT


async def test_one_member_on_paper_loosens_at_once() -> None:
    context = make_context()
    rule = await made(context)
    higher = replace(FIELDS, threshold=D(200))
    stored = await context.risk.update(higher, rule_id=rule.id, asker=ASKER, reason=WHY)
    assert isinstance(stored, RuleStored)
    gone = await context.risk.delete(rule_id=rule.id, asker=ASKER, reason=WHY)
    assert isinstance(gone, RuleDeleted)


async def test_a_rule_that_was_tightened_meanwhile_is_not_loosened() -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    outcome = await context.risk.update(
        replace(FIELDS, threshold=D(200)), rule_id=rule.id, asker=ASKER, reason=WHY
    )
    assert isinstance(outcome, RulePending)
    await context.risk.update(replace(FIELDS, threshold=D(50)), rule_id=rule.id, asker=OTHER)
    decided = await context.deciding.approve(outcome.change.id, by=OTHER)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.OUTDATED
    assert await in_force(context) == [(D(50), Action.BLOCK, True, None)]


async def test_the_answer_to_a_command_is_stored_with_the_change_that_waits() -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    told: list[Rule | PendingChange] = []

    def answer(done: Rule | PendingChange) -> Reply:
        told.append(done)
        return Reply(key=f"cmd:{len(told)}", request_hash=b"h", status=202, body=b"waits")

    asked: list[Callable[[], Awaitable[object]]] = [
        lambda: context.risk.update(
            replace(FIELDS, threshold=D(200)),
            rule_id=rule.id,
            asker=KEY,
            reason=WHY,
            answer=answer,
        ),
        lambda: context.risk.delete(rule_id=rule.id, asker=KEY, reason=WHY, answer=answer),
    ]
    for ask in asked:
        outcome = await ask()
        assert isinstance(outcome, RulePending)
        assert told[-1] == outcome.change
    assert {key for _, key in context.database.replies} == {"cmd:1", "cmd:2"}


async def test_another_tenants_second_person_is_none() -> None:
    context = make_context(policy=SECOND)
    rule = await made(context)
    outcome = await context.risk.delete(rule_id=rule.id, asker=ASKER, reason=WHY)
    assert isinstance(outcome, RulePending)
    stranger = Asker(tenant_id=UUID(int=99), actor="user:2")
    with pytest.raises(ChangeNotFound):
        await context.deciding.approve(outcome.change.id, by=stranger)
