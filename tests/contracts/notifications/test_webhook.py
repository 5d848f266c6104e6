"""Webhooks keep what every sender promises, and reach nothing that they should not."""

import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from ipaddress import ip_network
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from adapters.memory.time import ManualClock
from adapters.notify.destinations import Destinations
from adapters.notify.webhook import WebhookSender
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sender, Sent
from tests.contracts.notifications.contract import (
    HASTY_S,
    LINK,
    TIMEOUT_S,
    SenderContract,
    message_of,
)
from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer
from tests.fakes.webhooks import SECRET, WebhookReceiver

LOOPBACK = (ip_network("127.0.0.0/8"),)


def sender_of(
    *, private: Any = LOOPBACK, timeout_s: float = TIMEOUT_S, at: datetime | None = None
) -> WebhookSender:
    clock = ManualClock(at or datetime.now(UTC))
    return WebhookSender(Destinations(private=private), clock=clock, timeout_s=timeout_s)


class TestWebhook(SenderContract):
    UNREACHABLE = (
        f"https://desk.example.com/hook#{SECRET[:-8]}",  # too short
        f"https://desk.example.com/hook#{SECRET.removeprefix('whsec_')}",
        "https://desk.example.com/hook",
        f"http://desk.example.com/hook#{SECRET}",
        f"https://user:{SECRET}@desk.example.com/hook#{SECRET}",
        f"ftp://desk.example.com/hook#{SECRET}",
        f"https://10.0.0.7/hook#{SECRET}",
        f"https://169.254.169.254/latest/meta-data#{SECRET}",
        f"https://[::1]/hook#{SECRET}",
        f"https://[::ffff:10.0.0.7]/hook#{SECRET}",
        f"https://[64:ff9b::a00:7]/hook#{SECRET}",
        f"https://[2002:a00:7::1]/hook#{SECRET}",
        f"https://[fd00::7]/hook#{SECRET}",
        f"https://0.0.0.0/hook#{SECRET}",
        f"https://desk.example.com:port/hook#{SECRET}",
    )
    CANARIES = (SECRET, SECRET.removeprefix("whsec_"))

    @pytest.fixture
    async def provider(self) -> AsyncIterator[WebhookReceiver]:
        async with WebhookReceiver() as server:
            yield server

    @pytest.fixture
    def sender(self, provider: WebhookReceiver) -> Sender:
        return sender_of()

    @pytest.fixture
    def hasty(self, provider: WebhookReceiver) -> Sender:
        return sender_of(timeout_s=HASTY_S)

    @pytest.fixture
    def address(self, provider: WebhookReceiver) -> str:
        return provider.address


@pytest.fixture
async def provider() -> AsyncIterator[WebhookReceiver]:
    async with WebhookReceiver() as server:
        yield server


async def test_the_specifications_own_library_takes_what_is_sent(
    provider: WebhookReceiver,
) -> None:
    message = message_of("Margin – 12 %")
    assert await sender_of().send(message, address=provider.address) == Sent(reference="status 204")
    (posted,) = provider.posted
    told = Webhook(SECRET).verify(posted.body, posted.fields)
    assert told == {
        "type": "risk_breach",
        "timestamp": "2026-03-08T07:30:00Z",
        "data": {
            "id": str(message.id),
            "priority": "HIGH",
            "subject": "Margin – 12 %",
            "text": message.text,
            "link": LINK,
        },
    }
    assert posted.fields["content-type"] == "application/json"
    assert posted.fields["host"] == f"{HOST}:{provider.port}"
    assert SECRET not in posted.path


async def test_a_repetition_has_the_same_id_and_body_and_a_time_of_its_own(
    provider: WebhookReceiver,
) -> None:
    message = message_of()
    for at in (datetime(2026, 3, 8, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)):
        await sender_of(at=at).send(message, address=provider.address)
    one, other = provider.posted
    assert one.fields["webhook-id"] == other.fields["webhook-id"] == str(message.id)
    assert one.body == other.body
    assert one.fields["webhook-timestamp"] != other.fields["webhook-timestamp"]
    assert one.fields["webhook-signature"] != other.fields["webhook-signature"]


@pytest.mark.parametrize(
    ("status", "again"), [(410, False), (404, True), (400, True), (429, True), (500, True)]
)
async def test_only_gone_is_for_good(provider: WebhookReceiver, status: int, again: bool) -> None:
    provider.instead = Answer(status=status, fields=(("Retry-After", "7"),))
    no = await sender_of().send(message_of(), address=provider.address)
    assert isinstance(no, NotSent)
    assert (no.again, no.after_s) == (again, 7.0)
    assert str(status) in no.reason


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_receiver_cannot_send_us_elsewhere(provider: WebhookReceiver, status: int) -> None:
    async with WebhookReceiver() as other:
        away = (("Location", f"http://{HOST}:{other.port}/"),)
        provider.instead = Answer(status=status, fields=away)
        no = await sender_of().send(message_of(), address=provider.address)
        assert isinstance(no, NotSent)
        assert other.posted == []


async def test_this_machine_is_reached_only_if_an_operator_named_it(
    provider: WebhookReceiver,
) -> None:
    closed = sender_of(private=())
    with pytest.raises(InvalidValue, match="private_networks"):
        closed.check(provider.address)
    no = await closed.send(message_of(), address=provider.address)
    assert isinstance(no, NotSent)
    assert not no.again
    assert provider.posted == []


@pytest.mark.parametrize("number", ["127.0.0.1", "10.0.0.7", "::1", "169.254.169.254"])
async def test_a_name_that_leads_to_a_private_number_is_not_followed(
    provider: WebhookReceiver, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    """The name looks harmless when it is given, and leads inside when it is used."""
    family = socket.AF_INET6 if ":" in number else socket.AF_INET
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 443)),
        (family, socket.SOCK_STREAM, 6, "", (number, 443)),
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    address = f"https://desk.example.com:{provider.port}/hook#{SECRET}"
    closed = sender_of(private=())
    closed.check(address)
    no = await closed.send(message_of(), address=address)
    assert isinstance(no, NotSent)
    assert "private network" in no.reason
    assert provider.posted == []


async def test_the_connection_goes_to_the_number_that_was_looked_at(
    provider: WebhookReceiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere at the second look gains nothing: there is none."""
    asked: list[object] = []
    real = socket.getaddrinfo

    def looked_up(host: Any, *rest: Any, **named: Any) -> Any:
        asked.append(host)
        return real(HOST, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    address = f"http://localhost:{provider.port}/hook#{SECRET}"
    assert isinstance(await sender_of().send(message_of(), address=address), Sent)
    assert asked.count("localhost") == 1
    assert provider.posted[0].fields["host"] == f"localhost:{provider.port}"


async def test_a_name_that_is_not_known_is_worth_another_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_AGAIN, "later")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    no = await sender_of().send(message_of(), address=f"https://desk.example.com/#{SECRET}")
    assert isinstance(no, NotSent)
    assert no.again


async def test_a_body_holds_no_more_than_the_message(provider: WebhookReceiver) -> None:
    hostile = '"},"type":"kill","x":"\r\n\u2028'
    await sender_of().send(message_of(hostile), address=provider.address)
    told = json.loads(provider.posted[0].body)
    assert told["type"] == "risk_breach"
    assert told["data"]["subject"] == hostile


async def test_a_receiver_that_is_gone_is_not_asked_again(provider: WebhookReceiver) -> None:
    provider.fault = Fault.REFUSING
    no = await sender_of().send(message_of(), address=provider.address)
    assert isinstance(no, NotSent)
    assert not no.again
