"""Push keeps what every sender promises, to an ntfy server on loopback by apprise."""

import logging
from collections.abc import AsyncIterator

import pytest

from adapters.notify.push import PushSender, secrets_of
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sender, Sent
from tests.contracts.notifications.contract import (
    HASTY_S,
    LINK,
    TIMEOUT_S,
    SenderContract,
    message_of,
)
from tests.fakes.ntfy import TOKEN, TOPIC, NtfyServer
from tests.fakes.provider import Fault
from tests.fakes.web import HOST, Answer

CANARIES = (TOKEN, TOPIC)


class TestPush(SenderContract):
    UNREACHABLE = (
        f"ntfys://{TOKEN}@10.0.0.7/{TOPIC}",
        f"ntfys://{TOKEN}@metadata.internal/{TOPIC}",
        f"json://{HOST}/{TOPIC}",
        f"mailto://{TOKEN}@example.com/{TOPIC}",
        f"syslog://{TOPIC}",
        f"file:///{TOPIC}",
        f"https://ntfy.sh/{TOPIC}",
        f"pover://{TOKEN}",
        "ntfy://",
        f"ntfys://ntfy.sh/{TOPIC}/another",
    )
    CANARIES = CANARIES

    @pytest.fixture
    async def provider(self) -> AsyncIterator[NtfyServer]:
        async with NtfyServer() as server:
            yield server

    @pytest.fixture
    def sender(self, provider: NtfyServer) -> Sender:
        return PushSender(hosts=[HOST], timeout_s=TIMEOUT_S)

    @pytest.fixture
    def hasty(self, provider: NtfyServer) -> Sender:
        return PushSender(hosts=[HOST], timeout_s=HASTY_S)

    @pytest.fixture
    def address(self, provider: NtfyServer) -> str:
        return provider.address


@pytest.fixture
async def provider() -> AsyncIterator[NtfyServer]:
    async with NtfyServer() as server:
        yield server


async def test_title_text_and_link_arrive(provider: NtfyServer) -> None:
    sender = PushSender(hosts=[HOST], timeout_s=TIMEOUT_S)
    assert isinstance(await sender.send(message_of(), address=provider.address), Sent)
    assert provider.messages[0]["title"] == "Risk limit broken: MAX_POSITION"
    assert LINK in provider.messages[0]["message"]


async def test_what_the_service_says_is_told_without_the_address(provider: NtfyServer) -> None:
    sender = PushSender(hosts=[HOST], timeout_s=TIMEOUT_S)
    provider.fault = Fault.BUSY
    no = await sender.send(message_of(), address=provider.address)
    assert isinstance(no, NotSent)
    assert "limit reached" in no.reason
    assert not [canary for canary in CANARIES if canary in no.reason]


async def test_nobody_is_sent_elsewhere_whatever_the_address_says(provider: NtfyServer) -> None:
    sender = PushSender(hosts=[HOST], timeout_s=TIMEOUT_S)
    async with NtfyServer() as other:
        away = (("Location", f"http://{HOST}:{other.port}/"),)
        provider.instead = Answer(status=307, fields=away)
        address = f"{provider.address}?redirect=yes&verify=no"
        no = await sender.send(message_of(), address=address)
        assert isinstance(no, NotSent)
        assert other.posted == []


async def test_a_server_of_ones_own_is_an_operators_to_name(provider: NtfyServer) -> None:
    with pytest.raises(InvalidValue, match="push_hosts"):
        PushSender(hosts=[], timeout_s=TIMEOUT_S).check(provider.address)
    named = PushSender(hosts=["push.example.com"], timeout_s=TIMEOUT_S)
    named.check(f"ntfys://push.example.com/{TOPIC}")
    named.check(f"ntfys://{TOPIC}")
    with pytest.raises(InvalidValue, match="encrypted"):
        named.check(f"ntfy://push.example.com/{TOPIC}")


@pytest.mark.parametrize("fault", [None, *Fault])
async def test_no_address_is_ever_logged(
    provider: NtfyServer, fault: Fault | None, capfd: pytest.CaptureFixture[str]
) -> None:
    lines: list[str] = []

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    listening, root = Listening(), logging.getLogger()
    before = root.level
    root.addHandler(listening)
    root.setLevel(logging.NOTSET)
    try:
        sender = PushSender(hosts=[HOST], timeout_s=HASTY_S)
        provider.fault = fault
        if fault is Fault.SHUT:
            await provider.shut()
        await sender.send(message_of(), address=provider.address)
        await sender.send(message_of(), address=f"{provider.address}?auth=none")
        await sender.send(message_of(), address=f"pover://{TOKEN}@{TOPIC}?priority=odd")
    finally:
        root.removeHandler(listening)
        root.setLevel(before)
    shown = "\n".join([*lines, *capfd.readouterr()])
    assert not [canary for canary in CANARIES if canary in shown]


def test_every_part_of_an_address_may_be_a_secret() -> None:
    found = secrets_of("ntfys://us%40er:pass-word@push.example.com:8443/top-ic?token=tk_12&x=1")
    assert {"us@er", "pass-word", "top-ic", "tk_12"} <= found
    assert "push.example.com" not in found
