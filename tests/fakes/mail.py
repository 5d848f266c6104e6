"""Take mail on loopback: aiosmtpd, a real SMTP server, made to fail at each stage."""

import asyncio
import ssl
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from tests.fakes.provider import Fault, Moods

HOST = "127.0.0.1"
USER, PASSWORD = "ballast", "mail-canary-c81e"


@dataclass(slots=True)
class MailServer:
    """A server that takes mail; refusals by stage win over its fault."""

    fault: Fault | None = None
    # What gives each connection its own fault, in place of that.
    moods: Moods | None = None
    taken: list[str] = field(default_factory=list)
    mails: list[EmailMessage] = field(default_factory=list)
    contents: list[bytes] = field(default_factory=list)
    envelopes: list[tuple[str | None, tuple[str, ...]]] = field(default_factory=list)
    # By stage (CONNECT, AUTH, MAIL, RCPT, DATA): what is said there instead of a yes.
    refusals: dict[str, str] = field(default_factory=dict)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    tls: ssl.SSLContext | None = None
    # From the first byte on rather than by STARTTLS.
    at_once: bool = False
    port: int = 0
    _server: asyncio.Server | None = None
    _sessions: "list[_Session]" = field(default_factory=list)

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            self._session, HOST, 0, ssl=self.tls if self.at_once else None
        )
        self.port = int(str(self._server.sockets[0].getsockname()[1]))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.shut()
        for session in self._sessions:
            session.hang_up()
        # What was cut ends in its turn.
        for _turn in range(5):
            await asyncio.sleep(0)

    async def shut(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    def _session(self) -> "_Session":
        session = _Session(
            _Handler(self),
            hostname="mail.loopback",
            loop=asyncio.get_running_loop(),
            tls_context=None if self.at_once else self.tls,
            auth_require_tls=self.tls is not None and not self.at_once,
            authenticator=self._authenticate,
        )
        session.provider = self
        session.own = None if self.moods is None else self.moods()
        self._sessions.append(session)
        return session

    def _authenticate(self, *args: Any) -> AuthResult:
        shown = args[4]
        self.logins.append((shown.login, shown.password))
        if "AUTH" in self.refusals:
            return AuthResult(success=False, handled=False, message=self.refusals["AUTH"])
        right = (shown.login, shown.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=right)


class _Session(SMTP):
    """One connection."""

    provider: MailServer
    own: Fault | None = None

    @property
    def fault(self) -> Fault | None:
        """What goes wrong with this connection."""
        return self.provider.fault if self.provider.moods is None else self.own

    def hang_up(self) -> None:
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def push(self, status: Any) -> None:
        said = status if isinstance(status, str) else status.decode()
        if said.startswith("220 mail.loopback"):
            if self.fault is Fault.HANGING_UP:
                self.hang_up()
                return
            if self.fault is Fault.SILENT:
                await asyncio.Event().wait()
            said = self.provider.refusals.get("CONNECT", said)
        await super().push(said)


@dataclass(slots=True)
class _Handler:
    provider: MailServer

    async def handle_MAIL(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.provider.refusals.get("MAIL", "250 OK")

    async def handle_RCPT(  # noqa: N802 - as above
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.provider.refusals.get("RCPT", "250 OK")

    async def handle_DATA(  # noqa: N802 - as above
        self, server: _Session, session: Session, envelope: Envelope
    ) -> str:
        provider = self.provider
        if server.fault is Fault.BUSY:
            return "451 4.3.0 Try again later"
        if server.fault is Fault.REFUSING:
            return f"554 5.7.1 Refused for policy reasons {PASSWORD}"
        if "DATA" in provider.refusals:
            return provider.refusals["DATA"]
        content = envelope.content
        assert isinstance(content, bytes)
        mail = message_from_bytes(content, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        body = mail.get_body(("plain",))
        assert body is not None
        provider.contents.append(content)
        provider.mails.append(mail)
        provider.envelopes.append((envelope.mail_from, tuple(envelope.rcpt_tos)))
        provider.taken.append(f"{mail['Subject']}\n{body.get_content()}")
        if server.fault is Fault.REPLY_LOST:
            server.hang_up()
        return "250 2.0.0 Ok: queued as 9F2C1"
