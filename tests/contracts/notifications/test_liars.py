"""A sender that lies fails the suite, and just where it lies."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from domain.notifications.message import Message
from ports.notifications import NotSent, Sender, Sent
from tests.contracts.notifications import test_webhook
from tests.contracts.notifications.contract import HASTY_S
from tests.fakes.webhooks import SECRET, WebhookReceiver

SILENCE = "test_silence_is_no_yes"
ONCE = "test_a_message_that_is_taken_is_sent_and_arrives_once"
LOST = "test_a_lost_reply_is_no_yes_and_nothing_is_sent_a_second_time"
FOR_NOW = "test_a_no_for_now_is_worth_another_try_which_then_arrives"
FOR_GOOD = "test_a_no_for_good_is_said_to_be_one_without_any_secret"


class Honest:
    """Sends by webhook."""

    def __init__(self) -> None:
        self.inner = test_webhook.sender_of(timeout_s=HASTY_S)

    def check(self, address: str) -> None:
        self.inner.check(address)

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        return await self.inner.send(message, address=address)


class TakesSilenceForYes(Honest):
    """Says Sent on a time-out."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        outcome = await super().send(message, address=address)
        late = isinstance(outcome, NotSent) and "answer" in outcome.reason
        return Sent() if late and "status" not in repr(outcome) else outcome


class SendsTwice(Honest):
    """Wants to be on the safe side."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        await super().send(message, address=address)
        return await super().send(message, address=address)


class TriesAgainItself(Honest):
    """Repeats what it heard nothing of."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        outcome = await super().send(message, address=address)
        if isinstance(outcome, NotSent) and "status" not in outcome.reason:
            return await super().send(message, address=address)
        return outcome


class GivesUp(Honest):
    """Takes every no for the last."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        outcome = await super().send(message, address=address)
        return replace(outcome, again=False) if isinstance(outcome, NotSent) else outcome


class NeverGivesUp(Honest):
    """Takes no no for the last."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        outcome = await super().send(message, address=address)
        return replace(outcome, again=True) if isinstance(outcome, NotSent) else outcome


class TellsAll(Honest):
    """Puts the address into the reason."""

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        outcome = await super().send(message, address=address)
        if isinstance(outcome, NotSent):
            return replace(outcome, reason=f"{address}: {outcome.reason}")
        return outcome


@pytest.fixture
async def provider() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as server:
        yield server


async def _passes(name: str, sender: Sender, provider: WebhookReceiver) -> bool:
    given = "hasty" if name == SILENCE else "sender"
    test = getattr(test_webhook.TestWebhook(), name)
    try:
        await test(**{given: sender, "provider": provider, "address": provider.address})
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("name", [SILENCE, ONCE, LOST, FOR_NOW, FOR_GOOD])
async def test_who_does_not_lie_passes(name: str, provider: WebhookReceiver) -> None:
    assert await _passes(name, Honest(), provider)


@pytest.mark.parametrize(
    ("liar", "name"),
    [
        (TakesSilenceForYes, SILENCE),
        (TakesSilenceForYes, LOST),
        (SendsTwice, ONCE),
        (SendsTwice, LOST),
        (TriesAgainItself, LOST),
        (GivesUp, FOR_NOW),
        (GivesUp, SILENCE),
        (NeverGivesUp, FOR_GOOD),
        (TellsAll, FOR_GOOD),
    ],
)
async def test_who_lies_is_found_out(
    liar: type[Honest], name: str, provider: WebhookReceiver
) -> None:
    assert SECRET in provider.address
    assert not await _passes(name, liar(), provider)
