"""Carry out what is asked of accounts, and answer heartbeats."""

from adapters.kafka.call import Call, Came
from adapters.kafka.facades import CommandFacades
from adapters.kafka.payloads import AccountDeposit, Heartbeat
from adapters.kafka.replies import Answer, Result, refused
from adapters.kafka.wire import Outcome
from application.accounts.open_account import Deposit, ReferenceUsed
from domain.shared.amounts import read_amount
from domain.shared.values import plain


async def deposit(facades: CommandFacades, call: Call, payload: AccountDeposit) -> Came:
    """Book a deposit; its reference is unique, so that a second run books nothing."""
    outcome = await facades.accounts.deposit(
        Deposit(
            tenant_id=call.envelope.tenant,
            actor=call.asker.actor,
            account_id=call.account_id,
            amount=read_amount(payload.amount, field="amount"),
            reference=payload.reference or f"cmd:{call.envelope.id}",
            trace_id=call.asker.trace_id,
        )
    )
    if isinstance(outcome, ReferenceUsed):
        return refused("reference_used", outcome.sentence)
    return Answer(outcome=Outcome.DONE, result=Result(cash=plain(outcome.cash)))


async def heartbeat(facades: CommandFacades, _call: Call, _payload: Heartbeat) -> Came:
    """Say when it was heard."""
    return Answer(outcome=Outcome.DONE, result=Result(at=facades.clock.now()))
