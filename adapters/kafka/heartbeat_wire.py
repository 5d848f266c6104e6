"""Read agents' heartbeats, check who signed them, and write what is answered."""

from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.kafka.envelope import Moment, Signature, moment
from domain.agents.agent import Agent, Heartbeat, ReportedState
from domain.shared.json_names import refuse_repeated
from ports.command_keys import CommandKeys

HEARTBEATS = "ballast.heartbeats.v1"
SIGNED_AS = b"ballast-heartbeat-v1"
REPLY_TYPE = "agent.heartbeat"
REPLY_VERSION = 1
VALUE_BYTES_MAX = 4_096

Word = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]*$")]


class HeartbeatMessage(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One heartbeat, as it is sent."""

    agent_id: Word
    tenant: UUID
    account: UUID | None = None
    kind: Word
    at: Moment
    sequence: Annotated[int, Meta(ge=0, le=2**62)]
    state: ReportedState
    version: Word
    signature: Signature


class HeartbeatReply(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted of the agent. Sent for each heartbeat that was heard; the latest holds."""

    version: int
    type: str
    tenant: UUID
    agent_id: str
    sequence: int
    desired: str


class HeartbeatFault(Exception):
    """The message is no heartbeat of anybody we know; the text says a word for counting."""


_MESSAGE = msgspec.json.Decoder(HeartbeatMessage)
_encode = msgspec.json.Encoder().encode


def signed_bytes(message: HeartbeatMessage, *, key_id: str) -> bytes:
    """Return what the signature covers: a name of this use, then the fields, a line each."""
    fields = (
        key_id,
        str(message.tenant),
        str(message.account) if message.account is not None else "-",
        message.agent_id,
        message.kind,
        message.at,
        str(message.sequence),
        message.state.value,
        message.version,
    )
    return b"\n".join((SIGNED_AS, *(one.encode() for one in fields)))


def read_heartbeat(value: bytes | None, *, keys: CommandKeys) -> Heartbeat:
    """Return a heartbeat whose signature holds; raises HeartbeatFault."""
    if value is None or len(value) > VALUE_BYTES_MAX:
        raise HeartbeatFault("malformed")
    try:
        message = _MESSAGE.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise HeartbeatFault("malformed") from None
    signature = message.signature
    producer = keys.verify(
        key_id=signature.key_id,
        content=signed_bytes(message, key_id=signature.key_id),
        mac=bytes.fromhex(signature.mac),
    )
    if producer is None:
        raise HeartbeatFault("unsigned")
    if producer.tenant_id != message.tenant:
        raise HeartbeatFault("wrong_tenant")
    if not producer.may_touch(message.account):
        raise HeartbeatFault("wrong_account")
    try:
        refuse_repeated(value)
        return Heartbeat(
            tenant_id=message.tenant,
            agent_id=message.agent_id,
            account_id=message.account,
            kind=message.kind,
            at=moment(message.at, field="at"),
            sequence=message.sequence,
            state=message.state,
            version=message.version,
        )
    except (ValueError, RecursionError):
        raise HeartbeatFault("malformed") from None


def reply_to(agent: Agent) -> tuple[bytes, bytes]:
    """Return the key and the value of the answer to an agent's latest heartbeat."""
    reply = HeartbeatReply(
        version=REPLY_VERSION,
        type=REPLY_TYPE,
        tenant=agent.tenant_id,
        agent_id=agent.name,
        sequence=agent.last_sequence,
        desired=agent.desired.value,
    )
    return f"{agent.tenant_id}:{agent.name}".encode(), _encode(reply)
