"""Carry out what is asked of risk rules."""

from adapters.kafka.call import Call, Came, StoredAnswer
from adapters.kafka.facades import CommandFacades
from adapters.kafka.payloads import RiskRuleCreate, RiskRuleDelete, RiskRuleUpdate
from adapters.kafka.replies import Answer, Result, refused, settled
from adapters.kafka.wire import Outcome
from application.risk.commands import (
    RuleDeleted,
    RulePending,
    RuleStored,
    TooManyRules,
)
from application.risk.create_rule import Created
from application.shared.change import KeyReused, Once, Replayed
from domain.accounts.book_change import Reply
from domain.approvals.change import PendingChange
from domain.risk.rule import Rule
from ports.inbox import CommandAnswer, OtherContent, reply_key


async def create(facades: CommandFacades, call: Call, payload: RiskRuleCreate) -> Came:
    """Make a rule; the answer is stored with it."""

    def render(outcome: Created) -> tuple[int, bytes] | None:
        return call.render(_stored(outcome.rule)) if isinstance(outcome, RuleStored) else None

    once = Once(key=reply_key(call.envelope.id), request_hash=call.content_hash, render=render)
    await _check_scope(facades, call, payload)
    outcome = await facades.risk.create(
        payload.fields(), asker=call.asker, reason=payload.reason or "", once=once
    )
    match outcome:
        case RuleStored():
            return StoredAnswer(settled(_stored(outcome.rule)))
        case Replayed():
            return StoredAnswer(
                CommandAnswer(status=outcome.status, body=outcome.body), repeated=True
            )
        case KeyReused():
            return OtherContent()
        case TooManyRules():
            return refused("too_many_rules", f"a tenant may have {outcome.allowed} rules")


async def update(facades: CommandFacades, call: Call, payload: RiskRuleUpdate) -> Came:
    """Replace a rule; the answer is stored with it."""
    await _check_scope(facades, call, payload)
    outcome = await facades.risk.update(
        payload.fields(),
        rule_id=payload.rule_id,
        asker=call.asker,
        reason=payload.reason or "",
        expected_version=payload.expected_version,
        answer=lambda done: call.reply(_of(done)),
    )
    match outcome:
        case RuleStored():
            return StoredAnswer(settled(_stored(outcome.rule)))
        case RulePending():
            return StoredAnswer(settled(_of(outcome.change)))


async def delete(facades: CommandFacades, call: Call, payload: RiskRuleDelete) -> Came:
    """Delete a rule; the answer is stored with the deletion."""
    made = refused("not_found", "")

    def answer(done: Rule | PendingChange) -> Reply:
        nonlocal made
        made = _of(done)
        return call.reply(made)

    outcome = await facades.risk.delete(
        rule_id=payload.rule_id,
        asker=call.asker,
        reason=payload.reason or "",
        expected_version=payload.expected_version,
        answer=answer,
    )
    match outcome:
        case RuleDeleted():
            return StoredAnswer(settled(made))
        case RulePending():
            return StoredAnswer(settled(made))


async def _check_scope(facades: CommandFacades, call: Call, payload: RiskRuleCreate) -> None:
    """Raise AccountNotFound for an account that a rule cannot be for."""
    await facades.accounts.check(
        tenant_id=call.envelope.tenant, account_id=payload.scope.account_id
    )


def _stored(rule: Rule) -> Answer:
    return Answer(outcome=Outcome.DONE, result=Result(rule_id=rule.id, rule_version=rule.version))


def _of(done: Rule | PendingChange) -> Answer:
    """Return what is told of a rule that was changed, or of a change that waits."""
    if isinstance(done, Rule):
        return _stored(done)
    return Answer(
        outcome=Outcome.PENDING,
        code="approval_pending",
        detail="it loosens a limit and waits for approval: the rule is as it was",
        result=Result(rule_id=done.subject, change_id=done.id),
    )
