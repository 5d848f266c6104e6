"""Send mail through an SMTP server (RFC 5321), encrypted unless it is on this machine."""

import asyncio
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.headerregistry import Address
from enum import StrEnum
from functools import cache
from ipaddress import ip_address

import aiosmtplib

from adapters.notify.mail_form import checked_mailbox, mail_of
from adapters.notify.replies import no_answer, said
from domain.notifications.message import Message
from domain.shared.values import InvalidValue
from ports.notifications import NotSent, Sent

GOODBYE_S = 1.0
# From here on a server's no is final (RFC 5321, 4.2.1).
_FINAL = 500


class Encryption(StrEnum):
    """How the way to the mail server is kept private."""

    STARTTLS = "starttls"  # plain at first, as on port 587; nothing is said before TLS
    TLS = "tls"  # from the first byte on, as on port 465
    NONE = "none"  # to this machine alone


@dataclass(frozen=True, slots=True, kw_only=True)
class MailServer:
    """The server that takes mail from us."""

    host: str
    port: int
    encryption: Encryption
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@cache
def _trusted() -> ssl.SSLContext:
    # Read once: it holds the event loop up for twenty milliseconds.
    return ssl.create_default_context()


class MailSender:
    """Mail with text and HTML, one connection a message.

    A no to the message itself (its sender, address or content) is final where the server's
    code is: it begins with 5. A no to us (greeting, TLS, password) tells nothing of the message,
    which can be sent once somebody has mended that.
    """

    def __init__(
        self,
        server: MailServer,
        *,
        sender: Address,
        timeout_s: float,
        trusted: ssl.SSLContext | None = None,
    ) -> None:
        self._server = server
        self._sender = sender
        self._timeout_s = timeout_s
        self._trusted = trusted

    def check(self, address: str) -> None:
        """Raise InvalidValue for what is no e-mail address."""
        checked_mailbox(address, field="address")

    async def send(self, message: Message, *, address: str) -> Sent | NotSent:
        """Hand a message to the server; a lost answer, even to the whole mail, is again."""
        try:
            content = mail_of(message, sender=self._sender, to=address)
        except InvalidValue as problem:
            return NotSent(reason=str(problem), again=False)
        client = self._client()
        try:
            async with asyncio.timeout(self._timeout_s):
                refused = await self._greeted(client)
                if refused is not None:
                    return refused
                outcome = await self._handed_over(client, content, to=address)
            if client.is_connected:
                with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                    await client.quit(timeout=GOODBYE_S)
        except (aiosmtplib.SMTPException, OSError, ValueError) as problem:
            # Also TimeoutError and ssl.SSLError, which are OSErrors, and a reply that is none.
            return self._lost(problem)
        finally:
            client.close()
        return outcome

    def _client(self) -> aiosmtplib.SMTP:
        server = self._server
        return aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            use_tls=server.encryption is Encryption.TLS,
            start_tls=server.encryption is Encryption.STARTTLS,
            tls_context=(
                None if server.encryption is Encryption.NONE else self._trusted or _trusted()
            ),
            local_hostname=self._sender.domain,
            timeout=self._timeout_s,
        )

    async def _greeted(self, client: aiosmtplib.SMTP) -> NotSent | None:
        """Connect and log in; nothing is said to another machine that does not speak TLS."""
        server = self._server
        try:
            await client.connect()
            if server.encryption is Encryption.NONE and not _is_here(client):
                reason = (
                    f"smtp_host {server.host} is not on this machine, and smtp_tls is none: set"
                    " smtp_tls to starttls or tls"
                )
                return NotSent(reason=reason, again=True)
            if server.user is not None:
                await client.login(server.user, server.password or "")
        except aiosmtplib.SMTPResponseException as no:
            return self._refused(no, stage="the connection", again=True)
        return None

    async def _handed_over(
        self, client: aiosmtplib.SMTP, content: bytes, *, to: str
    ) -> Sent | NotSent:
        stage = "the sender"
        try:
            await client.mail(self._sender.addr_spec)
            stage = "the address"
            await client.rcpt(to)
            stage = "the mail"
            reply = await client.data(content)
        except aiosmtplib.SMTPDataError as answer:
            # Any code that begins with 2 is a yes (RFC 5321, 4.2.1).
            if 200 <= answer.code < 300:
                return Sent(reference=self._said(answer.message))
            return self._refused(answer, stage=stage, again=answer.code < _FINAL)
        except aiosmtplib.SMTPResponseException as no:
            return self._refused(no, stage=stage, again=no.code < _FINAL)
        return Sent(reference=self._said(reply.message))

    def _refused(self, no: aiosmtplib.SMTPResponseException, *, stage: str, again: bool) -> NotSent:
        reason = f"the mail server refused {stage}: {no.code} {self._said(no.message)}"
        return NotSent(reason=reason.strip(), again=again)

    def _lost(self, problem: Exception) -> NotSent:
        if isinstance(problem, TimeoutError):
            reason = f"the mail server gave no answer within {self._timeout_s:g} s"
            return NotSent(reason=reason, again=True)
        if isinstance(problem, aiosmtplib.SMTPException):
            return NotSent(reason=f"mail: {self._said(problem.message)}", again=True)
        return no_answer(problem)

    def _said(self, text: str) -> str:
        return said(text, hiding=(self._server.password,))


def _is_here(client: aiosmtplib.SMTP) -> bool:
    peer = client.get_transport_info("peername")
    try:
        return ip_address(str(peer[0]).partition("%")[0]).is_loopback
    except (ValueError, TypeError, IndexError):
        return False
