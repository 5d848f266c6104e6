"""Carry one message through to its end: its effect once, its answer told, or put aside."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from adapters.kafka.admission import AdmittedCommand, MessageFault, TimeLimits, admit, untimely
from adapters.kafka.call import Call, Came, StoredAnswer
from adapters.kafka.dead_letters import dead_letter
from adapters.kafka.envelope import Envelope, content_hash
from adapters.kafka.facades import CommandFacades
from adapters.kafka.replies import (
    Answer,
    answer_of,
    dead_lettered,
    refused,
    reply,
    settled,
)
from adapters.kafka.rights import access_of, among, record, refusal
from adapters.kafka.wire import Outcome, Reason
from application.accounts.book_store import AccountNotFound
from application.approvals.deps import TooManyPending
from application.orders.cancel import OrderNotFound
from application.risk.commands import RuleNotFound
from domain.audit.origin import coming_from
from domain.shared.refusals import Outdated
from domain.shared.values import InvalidValue
from ports.command_keys import CommandKeys
from ports.commands import MessageSink, Outgoing, ReceivedMessage, TransportUnavailable
from ports.idempotency import AlreadyAnswered
from ports.inbox import Begun, CommandAnswer, Inbox, OtherContent
from ports.storage import StorageUnavailable
from ports.time import Clock, Sleeper

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retries:
    """How often, and how far apart, a message is tried again.

    What does not answer is asked for as long as it takes; a message that fails by itself
    is put aside after so many attempts.
    """

    attempts_max: int = 5
    first_wait_s: float = 0.1
    longest_wait_s: float = 5.0
    # One attempt's limit: storage has stricter ones of its own.
    attempt_s: float = 30.0

    def wait_s(self, failures: int) -> float:
        """Return the pause after so many failures in a row."""
        return min(self.first_wait_s * 2.0 ** min(failures - 1, 16), self.longest_wait_s)


@dataclass(slots=True, kw_only=True)
class CommandProcess:
    """Does everything that one message asks for; returns when all of it is durable.

    waiting counts the messages that wait for storage or for the log to answer: while there
    are any, no others should be taken.
    """

    facades: CommandFacades
    inbox: Inbox
    sink: MessageSink
    keys: CommandKeys
    clock: Clock
    sleeper: Sleeper
    limits: TimeLimits
    retries: Retries
    waiting: int = 0

    async def __call__(self, received: ReceivedMessage) -> None:
        """Carry the message through; only a cancellation leaves it unfinished."""
        admitted = admit(received, keys=self.keys, limits=self.limits)
        if isinstance(admitted, MessageFault):
            await self._send(self._put_aside(received, admitted))
        else:
            await self._send(await self._answered(received, admitted))

    async def _answered(
        self, received: ReceivedMessage, admitted: AdmittedCommand
    ) -> Sequence[Outgoing]:
        """Return what is to be told, once the answer is stored."""
        failures, faults, held = 0, 0, False
        try:
            while True:
                try:
                    async with asyncio.timeout(self.retries.attempt_s):
                        return await self._attempt(received, admitted)
                except (StorageUnavailable, TimeoutError) as problem:
                    if not held:
                        held = True
                        self.waiting += 1
                    log.warning("command.storage_down", **_names(received), problem=str(problem))
                # Whatever it is, it must not hold up those behind it for ever.
                except Exception as problem:
                    faults += 1
                    last = faults >= self.retries.attempts_max
                    log.error(
                        "command.failed",
                        **_names(received),
                        problem=type(problem).__name__,
                        exc_info=problem if last else None,
                    )
                    if last:
                        detail = (
                            f"failed {faults} times, the last time with {type(problem).__name__}"
                        )
                        unfit = MessageFault(
                            reason=Reason.FAILED, detail=detail, envelope=admitted.envelope
                        )
                        return self._put_aside(received, unfit)
                failures += 1
                await self.sleeper.sleep(self.retries.wait_s(failures))
        finally:
            self.waiting -= held

    async def _attempt(
        self, received: ReceivedMessage, admitted: AdmittedCommand
    ) -> Sequence[Outgoing]:
        envelope = admitted.envelope
        content = content_hash(envelope)
        came = await self._came(admitted, content=content)
        if isinstance(came, Answer):
            # What is told as not done must not be done by a later run: this decides it.
            own = settled(came)
            kept = await self.inbox.settle(
                tenant_id=envelope.tenant,
                command_id=envelope.id,
                content_hash=content,
                answer=own,
            )
            came = (
                kept if isinstance(kept, OtherContent) else StoredAnswer(kept, repeated=kept != own)
            )
        if isinstance(came, OtherContent):
            detail = "the id was used before, for a command with other content"
            return self._put_aside(
                received, MessageFault(reason=Reason.ID_REUSED, detail=detail, envelope=envelope)
            )
        return self._told(received, envelope, came)

    async def _came(self, admitted: AdmittedCommand, *, content: bytes) -> Came:
        envelope = admitted.envelope
        now = self.clock.now()
        known: Begun | CommandAnswer | OtherContent | None = Begun(at=now)
        unfit = untimely(admitted, now=now, limits=self.limits)
        if unfit is not None:
            # It may have been begun in time, by a run that did not live to say so.
            known = await self.inbox.find(
                tenant_id=envelope.tenant, command_id=envelope.id, content_hash=content
            )
        elif admitted.command.begins:
            known = await self.inbox.begin(
                tenant_id=envelope.tenant,
                command_id=envelope.id,
                content_hash=content,
                at=now,
            )
        match known:
            case Begun():
                return await self._carry_out(admitted, content=content, begun_at=known.at)
            case CommandAnswer():
                return StoredAnswer(known, repeated=True)
            case OtherContent():
                return known
            case None:
                assert unfit is not None
                return dead_lettered(unfit.reason, unfit.detail)

    async def _carry_out(
        self, admitted: AdmittedCommand, *, content: bytes, begun_at: datetime
    ) -> Came:
        if not await self.facades.producers.may_send(
            tenant_id=admitted.envelope.tenant,
            key_id=admitted.producer.key_id,
            actor=admitted.envelope.actor,
        ):
            return refused("producer_disabled", "the key, or the user behind it, is disabled")
        access = await access_of(admitted, rights=self.facades.rights)
        if access is not None and (no := refusal(admitted, access=access)) is not None:
            await record(admitted, access=access, refusing=self.facades.refusing)
            return no
        call = Call(
            envelope=admitted.envelope,
            content_hash=content,
            begun_at=begun_at,
            user_id=admitted.producer.user_id,
            among=among(access),
        )
        try:
            if admitted.command.needs_running and (
                paused := await self.facades.agents.paused(
                    tenant_id=call.asker.tenant_id, actor=call.asker.actor
                )
            ):
                return refused("agent_paused", f"agent {paused} is paused: resume it first")
            with coming_from(call.origin):
                return await admitted.command.handle(self.facades, call, admitted.payload)
        except AlreadyAnswered:
            return await self._first_answer(admitted.envelope, content=content)
        except (AccountNotFound, OrderNotFound, RuleNotFound) as absent:
            return refused("not_found", str(absent))
        except Outdated as outdated:
            return refused("rule_changed", f"the rule is at version {outdated.version} now")
        except TooManyPending as full:
            return refused("too_many_pending_changes", str(full))
        except InvalidValue as problem:
            return dead_lettered(Reason.INVALID, str(problem))

    async def _first_answer(self, envelope: Envelope, *, content: bytes) -> Came:
        kept = await self.inbox.find(
            tenant_id=envelope.tenant, command_id=envelope.id, content_hash=content
        )
        match kept:
            case CommandAnswer():
                return StoredAnswer(kept, repeated=True)
            case OtherContent():
                return kept
            case _:
                # Not waited for without end: somebody else holds the key of the answer.
                raise AlreadyAnswered("a key was used that is the command's own")

    def _told(
        self, received: ReceivedMessage, envelope: Envelope, kept: StoredAnswer
    ) -> Sequence[Outgoing]:
        answer = answer_of(kept.answer)
        log.info(
            "command.done",
            **_names(received),
            id=str(envelope.id),
            type=envelope.type,
            outcome=answer.outcome,
            code=answer.code,
            repeated=kept.repeated,
        )
        told = reply(received, envelope=envelope, answer=answer, repeated=kept.repeated)
        if answer.outcome is not Outcome.DEAD_LETTERED:
            return (told,)
        # Also when it was answered so before: that run may have died between the two.
        return (self._letter(received, Reason(answer.code), answer.detail), told)

    def _put_aside(self, received: ReceivedMessage, unfit: MessageFault) -> Sequence[Outgoing]:
        log.warning("command.dead_lettered", **_names(received), reason=unfit.reason)
        answer = dead_lettered(unfit.reason, unfit.detail)
        return (
            self._letter(received, unfit.reason, unfit.detail),
            reply(received, envelope=unfit.envelope, answer=answer),
        )

    def _letter(self, received: ReceivedMessage, reason: Reason, detail: str) -> Outgoing:
        return dead_letter(received, reason=reason, detail=detail, at=self.clock.now())

    async def _send(self, messages: Sequence[Outgoing]) -> None:
        """Send until all are kept: what nobody was told of is not done."""
        failures = 0
        try:
            while True:
                try:
                    return await self.sink.send(messages)
                except TransportUnavailable as problem:
                    self.waiting += failures == 0
                    failures += 1
                    log.warning("command.reply_not_sent", problem=str(problem))
                await self.sleeper.sleep(self.retries.wait_s(failures))
        finally:
            self.waiting -= failures > 0


def _names(received: ReceivedMessage) -> dict[str, int]:
    return {"partition": received.partition.number, "offset": received.offset}
