"""Carry out what is asked of signals."""

from adapters.kafka.call import Call, Came, StoredAnswer
from adapters.kafka.facades import CommandFacades
from adapters.kafka.payloads import PublishSignal
from adapters.kafka.replies import Answer, Result, refused, settled
from adapters.kafka.wire import Outcome
from application.shared.change import KeyReused, Once, Replayed
from application.signals.publish import SignalRepeated
from domain.signals.signal import PublishedSignal
from ports.inbox import CommandAnswer, OtherContent, reply_key


async def publish(facades: CommandFacades, call: Call, payload: PublishSignal) -> Came:
    """Keep a signal; the answer is stored with it."""
    once: Once[PublishedSignal] = Once(
        key=reply_key(call.envelope.id),
        request_hash=call.content_hash,
        render=lambda one: call.render(_kept(one)),
    )
    try:
        outcome = await facades.signals.publish(payload.fields(), by=call.asker, once=once)
    except SignalRepeated as repeated:
        return refused("signal_repeated", str(repeated))
    match outcome:
        case PublishedSignal():
            return StoredAnswer(settled(_kept(outcome)))
        case Replayed():
            return StoredAnswer(
                CommandAnswer(status=outcome.status, body=outcome.body), repeated=True
            )
        case KeyReused():
            return OtherContent()


def _kept(one: PublishedSignal) -> Answer:
    return Answer(outcome=Outcome.DONE, result=Result(signal_id=one.shown_id))
