"""An override holds until its moment, whatever runs or does not run then."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from application.risk.commands import RuleFields, RuleNotFound, RulePending, RuleStored
from application.risk.override_rule import OverrideCommand
from application.shared.asker import Asker
from domain.approvals.change import ApprovalPolicy, ChangeState, PendingChange
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.rule import Rule, RuleType
from domain.risk.verdict import Approved
from domain.shared.values import InvalidValue
from tests.unit.application.risk.context import ACCOUNT, ASKER, TENANT, Context, D, make_context

FIELDS = RuleFields(name="Fat Finger", rule_type=RuleType.MAX_ORDER_VALUE, threshold=D(1_000))
OTHER = Asker(tenant_id=TENANT, actor="user:2")
HOUR = timedelta(hours=1)
TICK = timedelta(microseconds=1)


async def made(context: Context) -> Rule:
    """Store the rule."""
    outcome = await context.risk.create(FIELDS, asker=ASKER)
    assert isinstance(outcome, RuleStored)
    return outcome.rule


async def override(
    context: Context, rule: Rule, threshold: str, *, lasts: timedelta = HOUR
) -> RuleStored | RulePending:
    """Override the rule from now on."""
    command = OverrideCommand(
        rule_id=rule.id,
        threshold=D(threshold),
        expires_at=context.clock.now() + lasts,
        reason="earnings week",
    )
    done = await context.risk.override_rule(command, asker=ASKER)
    assert isinstance(done, RuleStored | RulePending)
    return done


async def passes(context: Context, quantity: int) -> bool:
    """Ask the gate about an order at 100 each, with the rule set that it knows already."""
    (book,) = context.database.books.values()
    when = MoveTimes(at=context.clock.now(), market_at=context.market.now())
    order = Order(
        id=UUID(int=77),
        tenant_id=TENANT,
        account_id=ACCOUNT,
        client_order_id="c",
        terms=OrderTerms(
            symbol="AAPL",
            side=Side.BUY,
            type=OrderType.LIMIT,
            quantity=Decimal(quantity),
            limit_price=D(100),
        ),
        accepted_at=when.at,
        updated_at=when.at,
        market_at=when.market_at,
    )
    judged = context.gatekeeper.judge(
        order,
        view=context.gatekeeper.view.marked(context.gatekeeper.view(book), symbol="AAPL"),
        rules=await context.gatekeeper.rules(tenant_id=TENANT),
        when=when,
    )
    return isinstance(judged.verdict, Approved)


async def test_the_gate_sees_the_looser_threshold_until_its_moment_and_not_at_it() -> None:
    context = make_context()
    rule = await made(context)
    assert not await passes(context, 20)
    assert isinstance(await override(context, rule, "2000"), RuleStored)
    assert await passes(context, 20)
    context.clock.advance((HOUR - TICK).total_seconds())
    assert await passes(context, 20)
    context.clock.advance(TICK.total_seconds())
    # No task ran, and nothing was read again.
    assert not await passes(context, 20)
    assert await passes(context, 10)


async def test_a_process_that_was_down_at_the_moment_sees_it_no_more() -> None:
    context = make_context()
    await override(context, await made(context), "2000")
    context.clock.advance(HOUR.total_seconds())
    # As a new process reads it: the row still has the override.
    await context.gatekeeper.refresh(tenant_id=TENANT)
    assert not await passes(context, 20)
    assert await passes(context, 10)


async def test_a_tighter_override_holds_at_once_without_approval() -> None:
    context = make_context(policy=ApprovalPolicy.SECOND_PERSON)
    rule = await made(context)
    assert isinstance(await override(context, rule, "500"), RuleStored)
    assert not await passes(context, 10)
    context.clock.advance(HOUR.total_seconds())
    assert await passes(context, 10)


async def test_a_looser_override_waits_for_approval() -> None:
    context = make_context(policy=ApprovalPolicy.SECOND_PERSON)
    rule = await made(context)
    outcome = await override(context, rule, "2000")
    assert isinstance(outcome, RulePending)
    assert outcome.change.expires_at == context.clock.now() + HOUR
    assert not await passes(context, 20)
    await context.deciding.approve(outcome.change.id, by=OTHER)
    assert await passes(context, 20)
    context.clock.advance(HOUR.total_seconds())
    assert not await passes(context, 20)


async def test_an_override_that_is_approved_too_late_is_void() -> None:
    context = make_context(policy=ApprovalPolicy.SECOND_PERSON)
    outcome = await override(context, await made(context), "2000")
    assert isinstance(outcome, RulePending)
    context.clock.advance(HOUR.total_seconds())
    decided = await context.deciding.approve(outcome.change.id, by=OTHER)
    assert isinstance(decided, PendingChange)
    assert decided.state is ChangeState.VOID


async def test_it_is_fenced_like_a_change_of_the_rule() -> None:
    context = make_context()
    rule = await made(context)
    before = await context.gatekeeper.rules(tenant_id=TENANT)
    done = await override(context, rule, "2000")
    assert isinstance(done, RuleStored)
    after = await context.gatekeeper.rules(tenant_id=TENANT)
    assert (after.version, done.rule.version) == (before.version + 1, rule.version + 1)


async def test_what_is_over_is_not_shown_from_its_moment_on() -> None:
    context = make_context()
    rule = await made(context)
    await override(context, rule, "2000")
    context.clock.advance(HOUR.total_seconds() - TICK.total_seconds())
    for shown in await read_both(context, rule):
        assert (shown.threshold, shown.override_threshold) == (D(1_000), D(2_000))
    context.clock.advance(TICK.total_seconds())
    # Nothing has taken it away yet.
    assert context.database.audit[-1].action != "risk_rule.override_ended"
    for shown in await read_both(context, rule):
        assert (shown.threshold, shown.override_threshold) == (D(1_000), None)
        assert shown.override_until is None


async def read_both(context: Context, rule: Rule) -> tuple[Rule, Rule]:
    """Read the rule by itself and among all."""
    (listed,) = await context.risk.list(tenant_id=TENANT)
    return await context.risk.get(tenant_id=TENANT, rule_id=rule.id), listed


async def test_what_is_over_is_taken_away_and_told() -> None:
    context = make_context()
    rule = await made(context)
    await override(context, rule, "2000")
    await context.overrides.end()
    assert (await context.risk.get(tenant_id=TENANT, rule_id=rule.id)).override_until is not None
    context.clock.advance(HOUR.total_seconds())
    for _ in range(2):
        await context.overrides.end()
    ended = await context.risk.get(tenant_id=TENANT, rule_id=rule.id)
    # Nobody's change: what waits is not outdated by it.
    assert (ended.override_until, ended.threshold, ended.version) == (None, D(1_000), 2)
    lines = await context.risk.history(tenant_id=TENANT, rule_id=rule.id, limit=10)
    assert [(one.done, one.actor, one.rule_version) for one in lines] == [
        ("created", ASKER.actor, 1),
        ("updated", ASKER.actor, 2),
        ("override_ended", "ballast", 2),
    ]
    assert context.database.audit[-1].action == "risk_rule.override_ended"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"lasts": timedelta(0)}, "expires_at"),
        ({"lasts": -HOUR}, "expires_at"),
        ({"lasts": timedelta(hours=24) + TICK}, "expires_at"),
        ({"threshold": "0"}, "threshold"),
        ({"threshold": "-1"}, "threshold"),
    ],
)
async def test_what_is_no_override_is_refused(changes: dict[str, object], field: str) -> None:
    context = make_context()
    rule = await made(context)
    lasts, threshold = changes.get("lasts", HOUR), changes.get("threshold", "2000")
    assert isinstance(lasts, timedelta)
    with pytest.raises(InvalidValue) as refused:
        await override(context, rule, str(threshold), lasts=lasts)
    assert refused.value.field == field
    assert len(context.database.audit) == 1


async def test_a_day_is_as_long_as_it_may_be() -> None:
    context = make_context()
    rule = await made(context)
    assert isinstance(await override(context, rule, "2000", lasts=24 * HOUR), RuleStored)


async def test_another_tenants_rule_is_absent() -> None:
    context = make_context()
    rule = await made(context)
    command = OverrideCommand(
        rule_id=rule.id, threshold=D(1), expires_at=context.clock.now() + HOUR, reason="why"
    )
    stranger = Asker(tenant_id=UUID(int=99), actor="user:9")
    with pytest.raises(RuleNotFound):
        await context.risk.override_rule(command, asker=stranger)
