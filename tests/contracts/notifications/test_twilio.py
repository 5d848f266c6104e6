"""Text messages keep what every sender promises, in the wire that Twilio's own client speaks."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.http import HttpClient
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from adapters.memory.time import ManualClock
from adapters.notify.twilio import BODY_CHARS_MAX, TwilioAccount, TwilioSender
from ports.notifications import NotSent, Sender, Sent
from tests.contracts.notifications.contract import (
    HASTY_S,
    LINK,
    TIMEOUT_S,
    SenderContract,
    message_of,
)
from tests.fakes.provider import Fault
from tests.fakes.twilio import SENDER, SID, TOKEN, TwilioServer
from tests.fakes.web import Answer

TO = "+15558675310"


def sender_to(
    provider: TwilioServer, *, timeout_s: float = TIMEOUT_S, token: str = TOKEN, who: str = SENDER
) -> TwilioSender:
    account = TwilioAccount(sid=SID, token=token, sender=who, url=provider.url)
    clock = ManualClock(datetime(2026, 3, 8, 7, 30, tzinfo=UTC))
    return TwilioSender(account, clock=clock, timeout_s=timeout_s)


class TestTwilio(SenderContract):
    UNREACHABLE = ("15558675310", "+0155586753", "+1 555 867 5310", "+1", "whatsapp:+15558675310")
    CANARIES = (TOKEN,)

    @pytest.fixture
    async def provider(self) -> AsyncIterator[TwilioServer]:
        async with TwilioServer() as server:
            yield server

    @pytest.fixture
    def sender(self, provider: TwilioServer) -> Sender:
        return sender_to(provider)

    @pytest.fixture
    def hasty(self, provider: TwilioServer) -> Sender:
        return sender_to(provider, timeout_s=HASTY_S)

    @pytest.fixture
    def address(self, provider: TwilioServer) -> str:
        return TO


@pytest.fixture
async def provider() -> AsyncIterator[TwilioServer]:
    async with TwilioServer() as server:
        yield server


class _Loopback(HttpClient):  # type: ignore[misc]  # Twilio ships no types
    """Sends what Twilio's client made to loopback instead."""

    def __init__(self, url: str) -> None:
        super().__init__(None, False, None)
        self.url = url
        self.inner = TwilioHttpClient(timeout=TIMEOUT_S)

    def request(self, method: str, url: str, *args: object, **asked: object) -> Response:
        here = url.replace("https://api.twilio.com", self.url)
        return self.inner.request(method, here, *args, **asked)


async def test_twilios_own_client_and_we_send_the_same(provider: TwilioServer) -> None:
    """The stand-in takes what Twilio's client writes, and that client reads its replies."""
    client = Client(SID, TOKEN, http_client=_Loopback(provider.url))
    told = await asyncio.to_thread(
        lambda: client.messages.create(to=TO, from_=SENDER, body="Hello & goodbye + 1")
    )
    assert told.sid == f"SM{1:032x}"
    assert told.status == "queued"
    ours = await sender_to(provider).send(message_of("Hello", "goodbye + 1"), address=TO)
    assert ours == Sent(reference=f"SM{2:032x}")
    theirs, own = provider.posted
    assert (own.method, own.path) == (theirs.method, theirs.path)
    for name in ("authorization", "content-type"):
        assert own.fields[name] == theirs.fields[name]
    assert provider.messages[0].keys() == provider.messages[1].keys()


async def test_twilios_own_client_reads_the_stand_ins_errors(provider: TwilioServer) -> None:
    client = Client(SID, TOKEN, http_client=_Loopback(provider.url))
    with pytest.raises(TwilioRestException) as refused:
        await asyncio.to_thread(lambda: client.messages.create(to="555", from_=SENDER, body="x"))
    assert (refused.value.status, refused.value.code) == (400, 21211)


async def test_an_error_tells_code_words_and_where_to_read_on(provider: TwilioServer) -> None:
    provider.fault = Fault.REFUSING
    no = await sender_to(provider).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert "21610, Attempt to send to unsubscribed recipient" in no.reason
    assert "https://www.twilio.com/docs/errors/21610" in no.reason


async def test_too_many_are_sent_again_when_twilio_says(provider: TwilioServer) -> None:
    provider.fault = Fault.BUSY
    no = await sender_to(provider).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert (no.again, no.after_s) == (True, 7.0)


async def test_a_wrong_token_says_nothing_of_the_message(provider: TwilioServer) -> None:
    no = await sender_to(provider, token="another").send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert no.again
    assert "20003" in no.reason


@pytest.mark.parametrize(
    ("answer", "again"),
    [
        (Answer(status=500), True),
        (Answer(status=503, body=b"<html>"), True),
        (Answer(status=400, body=b"[]"), False),
        (Answer(status=302, fields=(("Location", "http://127.0.0.1:9/"),)), False),
        (Answer(status=201, body=b'{"status": "failed", "error_code": 30008}'), False),
    ],
)
async def test_other_answers_are_no_yes(
    provider: TwilioServer, answer: Answer, again: bool
) -> None:
    provider.instead = answer
    no = await sender_to(provider).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert no.again is again


@pytest.mark.parametrize(
    "answer", [Answer(status=201, body=b'{"sid": "SM', lacks=50), Answer(status=201, body=b"?")]
)
async def test_a_yes_is_one_whatever_becomes_of_the_rest(
    provider: TwilioServer, answer: Answer
) -> None:
    provider.instead = answer
    assert isinstance(await sender_to(provider).send(message_of(), address=TO), Sent)


async def test_a_long_text_is_cut_and_its_link_stays_whole(provider: TwilioServer) -> None:
    assert isinstance(
        await sender_to(provider).send(message_of("S", "word " * 900), address=TO), Sent
    )
    assert len(provider.taken[0]) <= BODY_CHARS_MAX
    assert provider.taken[0].endswith(f"...\n{LINK}")


async def test_a_messaging_service_may_send(provider: TwilioServer) -> None:
    service = "MG" + "a1" * 16
    assert isinstance(await sender_to(provider, who=service).send(message_of(), address=TO), Sent)
    assert provider.messages[0]["MessagingServiceSid"] == service
    assert "From" not in provider.messages[0]
