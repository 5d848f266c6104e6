"""Carry out what is asked of the kill switch: it can be thrown here, never released."""

from uuid import UUID, uuid5

from adapters.kafka.call import Call, Came
from adapters.kafka.facades import CommandFacades
from adapters.kafka.payloads import KillSwitchActivate
from adapters.kafka.replies import Answer, Result
from adapters.kafka.wire import Outcome
from application.accounts.book_store import AccountNotFound
from application.kill_switch.commands import ActivateKill

_LATCHES = UUID("6f1a7c6e-52c1-5a5b-9d0e-0c2a7a3f6b11")


async def activate(facades: CommandFacades, call: Call, payload: KillSwitchActivate) -> Came:
    """Stop the scope; a second run finishes the first one's latch and engages no other."""
    envelope = call.envelope
    if envelope.account is not None:
        accounts = await facades.accounts.accounts(tenant_id=envelope.tenant)
        if all(one.id != envelope.account for one in accounts):
            raise AccountNotFound(envelope.account)
    outcome = await facades.kill_switch.activate_vouched(
        ActivateKill(
            tenant_id=envelope.tenant,
            account_id=envelope.account,
            actor=call.asker.actor,
            strategy_id=payload.strategy_id,
            broker=payload.broker,
            symbol=payload.symbol,
            level=payload.level,
            reason=payload.reason,
            flatten=payload.flatten,
            trace_id=call.asker.trace_id,
        ),
        latch_id=latch_id(tenant_id=envelope.tenant, command_id=envelope.id),
    )
    return Answer(
        outcome=Outcome.DONE,
        result=Result(latch_id=outcome.latch.id, ack_ms=round(outcome.ack_ms, 3)),
    )


def latch_id(*, tenant_id: UUID, command_id: UUID) -> UUID:
    """Return the id of the latch that a command engages; no other tenant's command has it."""
    return uuid5(_LATCHES, f"{tenant_id}/{command_id}")
