"""Say what became of a command, to whoever sent it and to whoever watches."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.kafka.envelope import Envelope
from adapters.kafka.wire import REPLIES, REPLY_VERSION, Outcome, Reason
from domain.orders.order import Order
from domain.risk.verdict import Reason as GateReason
from domain.shared.values import plain
from ports.commands import Outgoing, ReceivedMessage
from ports.inbox import CommandAnswer

_STATUS = {
    Outcome.DONE: 200,
    Outcome.PENDING: 202,
    Outcome.DENIED: 403,
    Outcome.REFUSED: 409,
    Outcome.DEAD_LETTERED: 422,
}
_DETAIL_MAX = 1_000


class OrderView(msgspec.Struct, frozen=True, kw_only=True):
    """An order after the command."""

    id: UUID
    client_order_id: str
    state: str
    symbol: str
    quantity: str
    filled_quantity: str


class ReasonView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason of the risk gate."""

    code: str
    message: str
    rule_type: str = ""
    rule_name: str = ""
    rule_id: UUID | None = None
    clause: str = ""


class Result(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a command brought: the fields that its type has."""

    orders: tuple[OrderView, ...] = ()
    reasons: tuple[ReasonView, ...] = ()
    latch_id: UUID | None = None
    ack_ms: float | None = None
    rule_id: UUID | None = None
    rule_version: int | None = None
    # What waits for approval.
    change_id: UUID | None = None
    cash: str | None = None
    # What a signal is asked for by.
    signal_id: str | None = None
    # Where the same command, under a new id, may pass then.
    retry_after_s: int | None = None
    at: datetime | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored as the command's one answer."""

    outcome: Outcome
    # done, or why not: a stable word for programs.
    code: str = "done"
    detail: Annotated[str, Meta(max_length=_DETAIL_MAX)] = ""
    result: Result | None = None


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Where the command lay."""

    topic: str
    partition: int
    offset: int


class ReplyEvent(msgspec.Struct, frozen=True, kw_only=True):
    """One answer; delivered at least once, known by command_id.

    command_id, type, tenant and account are null where the message could not be read or its
    signature did not hold: nothing in it is worth repeating then.
    """

    version: int
    command_id: UUID | None
    type: str | None
    tenant: UUID | None
    account: UUID | None
    answer: Answer
    # The command was answered before: this is that answer again.
    repeated: bool
    origin: Origin


_ANSWER = msgspec.json.Decoder(Answer)
_encode = msgspec.json.Encoder().encode


def settled(answer: Answer) -> CommandAnswer:
    """Return an answer as it is stored."""
    return CommandAnswer(status=_STATUS[answer.outcome], body=_encode(answer))


def answer_of(kept: CommandAnswer) -> Answer:
    """Read a stored answer."""
    return _ANSWER.decode(kept.body)


def refused(code: str, detail: str, *, retry_after_s: int | None = None) -> Answer:
    """Return the answer of a command that was understood and not carried out."""
    result = Result(retry_after_s=retry_after_s) if retry_after_s is not None else None
    return Answer(outcome=Outcome.REFUSED, code=code, detail=detail[:_DETAIL_MAX], result=result)


def dead_lettered(reason: Reason, detail: str) -> Answer:
    """Return the answer of a command that went to the dead-letter topic."""
    return Answer(outcome=Outcome.DEAD_LETTERED, code=reason, detail=detail[:_DETAIL_MAX])


def reply(
    received: ReceivedMessage, *, envelope: Envelope | None, answer: Answer, repeated: bool = False
) -> Outgoing:
    """Return the message that tells of an answer; envelope only if its signature held."""
    event = ReplyEvent(
        version=REPLY_VERSION,
        command_id=envelope.id if envelope is not None else None,
        type=envelope.type if envelope is not None else None,
        tenant=envelope.tenant if envelope is not None else None,
        account=envelope.account if envelope is not None else None,
        answer=answer,
        repeated=repeated,
        origin=Origin(
            topic=received.partition.topic,
            partition=received.partition.number,
            offset=received.offset,
        ),
    )
    key = envelope.partition_key if envelope is not None else received.key
    return Outgoing(topic=REPLIES, key=key, value=_encode(event))


def order_view(order: Order) -> OrderView:
    """Show an order."""
    return OrderView(
        id=order.id,
        client_order_id=order.client_order_id,
        state=order.state,
        symbol=order.symbol,
        quantity=plain(order.terms.quantity),
        filled_quantity=plain(order.filled_quantity),
    )


def reason_view(reason: GateReason) -> ReasonView:
    """Show a reason of the gate."""
    return ReasonView(
        code=reason.code,
        message=reason.message,
        rule_type=reason.rule_type or "",
        rule_name=reason.rule_name or "",
        rule_id=reason.rule_id,
        clause=reason.clause,
    )
