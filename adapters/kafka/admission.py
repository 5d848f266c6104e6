"""Let in what is well-formed, signed, of its tenant and in time; say why not of the rest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import msgspec

from adapters.kafka.catalogue import COMMANDS, Command, Reach
from adapters.kafka.envelope import Envelope, moment, signed_bytes
from adapters.kafka.payloads import Payload
from adapters.kafka.wire import Reason
from domain.shared.json_names import refuse_repeated
from ports.command_keys import CommandKeys, Producer
from ports.commands import ReceivedMessage

VALUE_BYTES_MAX = 65_536

_ENVELOPE = msgspec.json.Decoder(Envelope)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeLimits:
    """How long a command may live, and how far its sender's clock may be ahead of ours."""

    lifetime_max: timedelta = timedelta(hours=1)
    clock_skew: timedelta = timedelta(seconds=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class AdmittedCommand:
    """A command that its producer may give."""

    envelope: Envelope
    command: Command[Any]
    payload: Payload
    producer: Producer
    issued_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFault:
    """A message for the dead-letter topic.

    envelope is there only if a key of its own tenant signed it: nothing else in a message
    is believed, not even to whom it says that it belongs.
    """

    reason: Reason
    detail: str
    envelope: Envelope | None = None


def admit(
    received: ReceivedMessage, *, keys: CommandKeys, limits: TimeLimits
) -> AdmittedCommand | MessageFault:
    """Read a message and check all but whether it is in time now."""
    value = received.value or b""
    if len(value) > VALUE_BYTES_MAX:
        return MessageFault(
            reason=Reason.TOO_LARGE, detail=f"may have at most {VALUE_BYTES_MAX} bytes"
        )
    try:
        envelope = _ENVELOPE.decode(value)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        return MessageFault(reason=Reason.MALFORMED, detail=_said(problem))
    producer = _producer(envelope, keys)
    if producer is None:
        return MessageFault(reason=Reason.UNSIGNED, detail="no known key made this signature")
    if producer.tenant_id != envelope.tenant:
        return MessageFault(reason=Reason.WRONG_TENANT, detail="the key is another tenant's")
    try:
        refuse_repeated(value)
    except (ValueError, RecursionError) as problem:
        return MessageFault(reason=Reason.MALFORMED, detail=_said(problem), envelope=envelope)
    unfit = _forbidden(envelope, producer=producer, key=received.key)
    return unfit if unfit is not None else _read(envelope, producer=producer, limits=limits)


def untimely(
    admitted: AdmittedCommand, *, now: datetime, limits: TimeLimits
) -> MessageFault | None:
    """Return why a command may not be carried out now; an expiry gets no grace."""
    if now > admitted.expires_at:
        late_s = (now - admitted.expires_at).total_seconds()
        detail = f"expired {late_s:.3f} s ago"
        return MessageFault(reason=Reason.EXPIRED, detail=detail, envelope=admitted.envelope)
    if admitted.issued_at > now + limits.clock_skew:
        ahead_s = (admitted.issued_at - now).total_seconds()
        detail = f"issued {ahead_s:.3f} s from now: is the sender's clock right?"
        return MessageFault(reason=Reason.TOO_EARLY, detail=detail, envelope=admitted.envelope)
    return None


def _producer(envelope: Envelope, keys: CommandKeys) -> Producer | None:
    signature = envelope.signature
    if signature is None:
        return None
    return keys.verify(
        key_id=signature.key_id,
        content=signed_bytes(envelope, key_id=signature.key_id),
        mac=bytes.fromhex(signature.mac),
    )


def _forbidden(envelope: Envelope, *, producer: Producer, key: bytes | None) -> MessageFault | None:
    if producer.actor != envelope.actor:
        detail = f"the key signs as {producer.actor}"
        return MessageFault(reason=Reason.WRONG_ACTOR, detail=detail, envelope=envelope)
    if not producer.may_touch(envelope.account):
        detail = "the key does not reach that account"
        if envelope.account is None:
            detail = "the key reaches some accounts only, not the whole tenant"
        return MessageFault(reason=Reason.WRONG_ACCOUNT, detail=detail, envelope=envelope)
    if key != envelope.partition_key:
        # Another key may lie in another partition, and overtake.
        detail = f"the message's key must be {envelope.partition_key.decode()}"
        return MessageFault(reason=Reason.WRONG_KEY, detail=detail, envelope=envelope)
    return None


def _read(
    envelope: Envelope, *, producer: Producer, limits: TimeLimits
) -> AdmittedCommand | MessageFault:
    def unfit(reason: Reason, detail: str) -> MessageFault:
        return MessageFault(reason=reason, detail=detail, envelope=envelope)

    command = COMMANDS.get(envelope.type)
    if command is None:
        return unfit(Reason.UNKNOWN_TYPE, f"no command is called {envelope.type}")
    if envelope.version > command.version:
        return unfit(
            Reason.UNKNOWN_VERSION, f"versions 1 to {command.version} are known of {envelope.type}"
        )
    named = envelope.account is not None
    if command.reach is (Reach.TENANT if named else Reach.ACCOUNT):
        problem = "must be left out" if named else "is required"
        return unfit(Reason.MALFORMED, f"account {problem} for {envelope.type}")
    try:
        issued_at = moment(envelope.issued_at, field="issued_at")
        expires_at = moment(envelope.expires_at, field="expires_at")
        payload = command.read(envelope.payload)
    except (msgspec.DecodeError, ValueError, RecursionError) as problem:
        return unfit(Reason.MALFORMED, _said(problem))
    if not timedelta(0) < expires_at - issued_at <= limits.lifetime_max:
        longest_s = limits.lifetime_max.total_seconds()
        return unfit(
            Reason.MALFORMED, f"expires_at must be after issued_at, by {longest_s:g} s at most"
        )
    return AdmittedCommand(
        envelope=envelope,
        command=command,
        payload=payload,
        producer=producer,
        issued_at=issued_at,
        expires_at=expires_at,
    )


def _said(problem: Exception) -> str:
    return str(problem)[:500]
