"""A template tightens at once; what it loosens is one change."""

from dataclasses import replace

import pytest

from application.risk.apply_template import TemplateApplied
from application.risk.commands import RuleFields, RuleStored
from application.shared.asker import Asker
from domain.approvals.change import ApprovalPolicy, ChangeState, PendingChange
from domain.risk.rule import Rule, RuleType
from domain.risk.rules import made_as_written
from domain.risk.templates import TEMPLATES, TemplateName
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import ASKER, TENANT, Context, D, make_context

OTHER = Asker(tenant_id=TENANT, actor="user:2")
SECOND = ApprovalPolicy.SECOND_PERSON


async def thresholds(context: Context) -> dict[str, object]:
    """Return what the gate decides by."""
    rules = (await context.gatekeeper.rules(tenant_id=TENANT)).rules
    return {one.name: one.threshold for one in rules}


async def applied(context: Context, name: TemplateName, *, reason: str = "") -> TemplateApplied:
    """Apply a template."""
    done = await context.risk.apply_template(name, asker=ASKER, reason=reason)
    assert isinstance(done, TemplateApplied)
    return done


def of(name: TemplateName) -> dict[str, object]:
    """Return what a template says."""
    return {one.name: one.threshold for one in TEMPLATES[name].rules}


@pytest.mark.parametrize("name", list(TemplateName))
async def test_without_rules_each_of_them_is_made(name: TemplateName) -> None:
    context = make_context(policy=SECOND)
    done = await applied(context, name)
    assert done.change is None
    assert await thresholds(context) == of(name)
    for rule in done.rules:
        made_as_written(rule)
    # Again it changes nothing.
    assert (await applied(context, name)).rules == ()


async def test_a_tighter_template_is_in_force_at_once() -> None:
    context = make_context(policy=SECOND)
    await context.risk.add_default_rules(asker=ASKER)
    done = await applied(context, TemplateName.CONSERVATIVE)
    assert done.change is None
    assert await thresholds(context) == of(TemplateName.CONSERVATIVE)


async def test_what_a_template_loosens_is_one_change_and_the_rest_holds_at_once() -> None:
    context = make_context(policy=SECOND)
    await context.risk.add_default_rules(asker=ASKER)
    before = await thresholds(context)
    done = await applied(context, TemplateName.DAY_TRADING, reason="I trade by the day now")
    assert done.change is not None
    now, wanted = await thresholds(context), of(TemplateName.DAY_TRADING)
    waits = {name for name in wanted if now[name] != wanted[name]}
    assert waits == {"Sector Concentration", "Max Leverage", "Duplicate Orders", "Order Rate"}
    assert all(now[name] == before[name] for name in waits)
    decided = await context.deciding.approve(done.change.id, by=OTHER)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.APPLIED
    assert await thresholds(context) == wanted


async def test_one_rule_that_changed_outdates_the_whole_change() -> None:
    context = make_context(policy=SECOND)
    await context.risk.add_default_rules(asker=ASKER)
    done = await applied(context, TemplateName.DAY_TRADING, reason="by the day")
    assert done.change is not None
    leverage = next(one for one in await rules(context) if one.name == "Max Leverage")
    fields = RuleFields(name=leverage.name, rule_type=leverage.rule_type, threshold=D(1))
    await context.risk.update(fields, rule_id=leverage.id, asker=ASKER)
    before = await thresholds(context)
    decided = await context.deciding.approve(done.change.id, by=OTHER)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.OUTDATED
    assert await thresholds(context) == before


async def test_one_member_on_paper_has_all_of_it_at_once() -> None:
    context = make_context()
    await context.risk.add_default_rules(asker=ASKER)
    with pytest.raises(InvalidValue, match="reason: is required"):
        await applied(context, TemplateName.DAY_TRADING)
    done = await applied(context, TemplateName.DAY_TRADING, reason="earnings week")
    assert done.change is None
    assert await thresholds(context) == of(TemplateName.DAY_TRADING)


async def test_without_a_reason_nothing_of_a_loosening_template_is_done() -> None:
    context = make_context(policy=SECOND)
    await context.risk.add_default_rules(asker=ASKER)
    before = await thresholds(context)
    with pytest.raises(InvalidValue):
        await applied(context, TemplateName.DAY_TRADING)
    assert await thresholds(context) == before


async def test_rules_of_ones_own_stay() -> None:
    context = make_context()
    own = RuleFields(name="Mine", rule_type=RuleType.MAX_LEVERAGE, threshold=D("1.5"))
    scoped = replace(own, name="Max Leverage", scope=replace(own.scope, symbol="AAPL"))
    for fields in (own, scoped):
        assert isinstance(await context.risk.create(fields, asker=ASKER), RuleStored)
    kept = await rules(context)
    await applied(context, TemplateName.CONSERVATIVE)
    after = await rules(context)
    assert all(one in after for one in kept)
    assert len(after) == len(kept) + len(of(TemplateName.CONSERVATIVE))


async def rules(context: Context) -> tuple[Rule, ...]:
    """Return the rules as the gate knows them."""
    return (await context.gatekeeper.rules(tenant_id=TENANT)).rules
