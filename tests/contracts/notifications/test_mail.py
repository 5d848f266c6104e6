"""Mail keeps what every sender promises, and what mail servers expect."""

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from adapters.notify.linked import LinkedSender
from adapters.notify.mail import Encryption, MailSender, MailServer
from adapters.notify.mail_form import read_sender
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sender, Sent
from tests import certificates
from tests.contracts.notifications.contract import HASTY_S, TIMEOUT_S, SenderContract, message_of
from tests.fakes import mail as fake

TO = "you@example.com"
FROM = read_sender("Ballast <ballast@desk.example.com>", field="smtp_from")


def sender_to(
    provider: fake.MailServer,
    *,
    timeout_s: float = TIMEOUT_S,
    encryption: Encryption = Encryption.NONE,
    password: str | None = fake.PASSWORD,
    host: str = fake.HOST,
    trusted: ssl.SSLContext | None = None,
) -> MailSender:
    server = MailServer(
        host=host,
        port=provider.port,
        encryption=encryption,
        user=fake.USER if password is not None else None,
        password=password,
    )
    return MailSender(server, sender=FROM, timeout_s=timeout_s, trusted=trusted)


@pytest.fixture
async def provider() -> AsyncIterator[fake.MailServer]:
    async with fake.MailServer() as server:
        yield server


class TestMail(SenderContract):
    UNREACHABLE = (
        "you",
        "you@",
        "@example.com",
        "a b@example.com",
        "you@exa_mple.com",
        "you@-a.com",
        "a@b.example,c@d.example",
        "<you@example.com>",
        f"{'a' * 65}@example.com",
        "you@ex\xe4mple.com",
    )  # fmt: skip - one to a line hides the forms
    CANARIES = (fake.PASSWORD,)

    @pytest.fixture
    async def provider(self) -> AsyncIterator[fake.MailServer]:
        async with fake.MailServer() as server:
            yield server

    @pytest.fixture
    def sender(self, provider: fake.MailServer) -> Sender:
        return sender_to(provider)

    @pytest.fixture
    def hasty(self, provider: fake.MailServer) -> Sender:
        return sender_to(provider, timeout_s=HASTY_S)

    @pytest.fixture
    def address(self, provider: fake.MailServer) -> str:
        return TO


async def test_text_and_html_go_side_by_side_under_an_id_that_stays(
    provider: fake.MailServer,
) -> None:
    message, sender = message_of("Margin: 12 % – büffer"), sender_to(provider)
    for _ in range(2):
        yes = await sender.send(message, address=TO)
        assert yes == Sent(reference="2.0.0 Ok: queued as 9F2C1")
    one, other = provider.mails
    assert one["Message-ID"] == other["Message-ID"] == f"<{message.id}@desk.example.com>"
    assert one["Date"].datetime == other["Date"].datetime == message.at
    assert one["Subject"] == "Margin: 12 % – büffer"
    assert one.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in one.iter_parts()] == ["text/plain", "text/html"]
    assert all(message.link in part.get_content() for part in one.iter_parts())
    assert provider.envelopes[0] == ("ballast@desk.example.com", (TO,))
    assert provider.logins[0] == (fake.USER.encode(), fake.PASSWORD.encode())
    assert max(len(line) for line in provider.contents[0].splitlines()) <= 998


async def test_no_header_and_no_receiver_can_be_added(provider: fake.MailServer) -> None:
    hostile = "Hello\r\nBcc: thief@evil.example\nX-Evil: 1\u2028Y: 1"
    assert isinstance(await sender_to(provider).send(message_of(hostile), address=TO), Sent)
    (mail,), (envelope,) = provider.mails, provider.envelopes
    assert mail["Bcc"] is None
    assert mail["X-Evil"] is None
    assert envelope[1] == (TO,)


@pytest.mark.parametrize(
    "name",
    [
        "a\r\nBcc: b@c.example <d@e.example>",
        "x",
        "",
        "<a@b.example",
        "A <a@b>\r\nTo: c",
        "é@b.example",
    ],
)
def test_who_mail_comes_from_must_be_an_address(name: str) -> None:
    with pytest.raises(InvalidValue, match="smtp_from"):
        read_sender(name, field="smtp_from")


@pytest.mark.parametrize("stage", ["MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize(
    ("code", "again"), [(421, True), (450, True), (451, True), (550, False), (552, False)]
)
async def test_a_no_to_the_message_is_final_by_its_code(
    provider: fake.MailServer, stage: str, code: int, again: bool
) -> None:
    provider.refusals[stage] = f"{code} 5.1.1 because so"
    no = await sender_to(provider).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert no.again is again
    assert f"{code} 5.1.1 because so" in no.reason
    assert provider.taken == []


@pytest.mark.parametrize(
    ("stage", "said"),
    [
        ("CONNECT", "421 too busy"),
        ("CONNECT", "554 no service"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("AUTH", "454 4.7.0 later"),
    ],
)
async def test_a_no_to_us_is_none_to_the_message(
    provider: fake.MailServer, stage: str, said: str
) -> None:
    provider.refusals[stage] = said
    no = await sender_to(provider).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert no.again
    assert said.split(" ", 1)[0] in no.reason
    assert provider.taken == []


@pytest.mark.parametrize("said", ["251 it will go there", "200 fine"])
async def test_each_code_of_two_hundred_is_a_yes_to_the_mail(
    provider: fake.MailServer, said: str
) -> None:
    provider.refusals["DATA"] = said
    assert isinstance(await sender_to(provider).send(message_of(), address=TO), Sent)


@pytest.fixture
def own_certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    certificates.make(tmp_path)
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    return serving, ssl.create_default_context(cafile=str(tmp_path / "server.pem"))


@pytest.mark.parametrize("encryption", [Encryption.STARTTLS, Encryption.TLS])
async def test_a_server_is_spoken_to_over_tls_if_its_certificate_holds(
    own_certificate: tuple[ssl.SSLContext, ssl.SSLContext], encryption: Encryption
) -> None:
    serving, trusted = own_certificate
    at_once = encryption is Encryption.TLS
    async with fake.MailServer(tls=serving, at_once=at_once) as provider:
        sender = sender_to(provider, encryption=encryption, trusted=trusted)
        assert isinstance(await sender.send(message_of(), address=TO), Sent)
        stranger = sender_to(provider, encryption=encryption)
        no = await stranger.send(message_of(id=uuid4()), address=TO)
        assert isinstance(no, NotSent)
        assert no.again
        assert len(provider.taken) == len(provider.logins) == 1


async def test_nothing_is_said_to_a_server_without_the_tls_that_was_set(
    provider: fake.MailServer,
) -> None:
    no = await sender_to(provider, encryption=Encryption.STARTTLS).send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert "STARTTLS" in no.reason
    assert not provider.logins
    assert not provider.taken


async def test_without_encryption_nothing_is_said_to_another_machine(
    provider: fake.MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As if the name that was set led elsewhere: the connection's own end is what counts.
    sender = sender_to(provider)
    monkeypatch.setattr("aiosmtplib.SMTP.get_transport_info", lambda *_: ("192.0.2.7", 25))
    no = await sender.send(message_of(), address=TO)
    assert isinstance(no, NotSent)
    assert "set smtp_tls to starttls or tls" in no.reason
    assert not provider.logins
    assert not provider.taken


@pytest.mark.parametrize(
    ("public_url", "link"),
    [("https://desk.example.com/", "https://desk.example.com/n/1"), (None, "")],
)
async def test_a_page_of_ours_is_linked_by_its_public_address(
    provider: fake.MailServer, public_url: str | None, link: str
) -> None:
    linked = LinkedSender(sender_to(provider), public_url=public_url)
    message = replace(message_of(), link="/n/1", html="<html><body><p>It</p></body></html>")
    assert isinstance(await linked.send(message, address=TO), Sent)
    for part in provider.mails[0].iter_parts():
        assert ("/n/1" in part.get_content()) is bool(link)
        assert link in part.get_content()
