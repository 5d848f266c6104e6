"""What must not leave late leaves in the breath of its last question, or not at all."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from adapters.brokers.sending import NoAnswer, NotSent, Sending
from adapters.brokers.sending_httpx import SendingTransport
from tests import certificates

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
Serve = Callable[["_Noting", asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """A server of bytes: what came in over each connection, in the order of connecting."""

    serve: Serve
    came: list[bytes] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    port: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection to its end."""
        number = len(self.came)
        self.came.append(b"")
        noted = _Noting(reader, peer=self, number=number)
        try:
            await self.serve(noted, writer)
        finally:
            writer.close()
            await writer.wait_closed()
            self.ended.set()


class _Noting:
    def __init__(self, reader: asyncio.StreamReader, *, peer: Peer, number: int) -> None:
        self._reader, self._peer, self._number = reader, peer, number

    async def request(self) -> bytes:
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        whole = head + await self._reader.readexactly(length)
        self._peer.came[self._number] += whole
        return whole


async def _answers(reader: _Noting, writer: asyncio.StreamWriter, *, with_: bytes = OK) -> None:
    while True:
        try:
            await reader.request()
        except asyncio.IncompleteReadError:
            return
        writer.write(with_)
        await writer.drain()


@asynccontextmanager
async def _peer(serve: Serve, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Peer]:
    peer = Peer(serve)
    server = await asyncio.start_server(peer.take, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    async with server:
        yield peer


def _sender(
    port: int, *, keep_s: float = 60.0, total_s: float = 30.0, tls: ssl.SSLContext | None = None
) -> Sending:
    scheme = "http" if tls is None else "https"
    url = f"{scheme}://127.0.0.1:{port}"
    return Sending(url=url, connect_s=20.0, total_s=total_s, keep_s=keep_s, tls=tls)


@dataclass(frozen=True, slots=True)
class Tls:
    """Both ends of TLS, over a certificate of its own."""

    server: ssl.SSLContext
    client: ssl.SSLContext


@pytest.fixture
def tls(tmp_path: Path) -> Tls:
    certificates.make(tmp_path)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    return Tls(server, ssl.create_default_context(cafile=str(tmp_path / "server.pem")))


def _nothing() -> None:
    pass


async def _post(sender: Sending, body: bytes = b"{}") -> tuple[int, bytes]:
    reply = await sender.request("POST", "/v1/orders", body, leaving=_nothing, written=_nothing)
    return reply.status, reply.body


async def test_one_connection_carries_one_request_after_the_other() -> None:
    async with _peer(_answers) as peer:
        sender = _sender(peer.port)
        assert await _post(sender, b'{"a":1}') == (200, b"ok")
        assert await _post(sender, b'{"a":2}') == (200, b"ok")
        sender.close()
        assert len(peer.came) == 1
        assert peer.came[0].count(b"POST /v1/orders HTTP/1.1\r\n") == 2
        assert peer.came[0].endswith(b'\r\n\r\n{"a":2}')


async def test_who_may_not_leave_sends_not_a_byte() -> None:
    class Stopped(Exception):
        pass

    def stopped() -> None:
        raise Stopped

    told: list[str] = []
    async with _peer(_answers) as peer:
        sender = _sender(peer.port)
        for _ in range(2):
            with pytest.raises(Stopped):
                await sender.request(
                    "POST", "/x", b"{}", leaving=stopped, written=lambda: told.append("!")
                )
        # Connected it was, for the question comes last.
        assert await _post(sender) == (200, b"ok")
        sender.close()
        assert [came for came in peer.came if came] == [peer.came[-1]]
    assert told == []


async def test_nothing_runs_between_the_question_and_the_write() -> None:
    ran: list[str] = []
    async with _peer(_answers) as peer:
        sender = _sender(peer.port)

        def leaving() -> None:
            ran.append("asked")
            asyncio.get_running_loop().call_soon(ran.append, "others")

        await sender.request(
            "POST", "/x", b"{}", leaving=leaving, written=lambda: ran.append("written")
        )
        sender.close()
    assert ran == ["asked", "written", "others"]


async def test_nobody_there_is_known_to_have_got_nothing() -> None:
    async with _peer(_answers) as peer:
        port = peer.port
    with pytest.raises(NotSent, match="cannot connect"):
        await _post(_sender(port))


async def test_a_peer_that_hangs_up_leaves_it_unknown() -> None:
    async def hangs_up(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await reader.request()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Le")
        await writer.drain()

    async with _peer(hangs_up) as peer:
        with pytest.raises(NoAnswer, match="the connection ended"):
            await _post(_sender(peer.port))
        assert len(peer.came) == 1


async def test_a_silent_peer_leaves_it_unknown_in_time() -> None:
    gone = asyncio.Event()

    async def silent(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await reader.request()
        await gone.wait()

    async with _peer(silent) as peer:
        with pytest.raises(NoAnswer, match="no answer within"):
            await _post(_sender(peer.port, total_s=0.2))
        gone.set()


@pytest.mark.parametrize(
    "said",
    [
        b"SMTP ready\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 abc OK\r\nContent-Length: 0\r\n\r\n",
        b"\r\n\r\n",
    ],
)
async def test_an_answer_that_is_none_leaves_it_unknown(said: bytes) -> None:
    async def serve(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await _answers(reader, writer, with_=said)

    async with _peer(serve) as peer:
        with pytest.raises(NoAnswer):
            await _post(_sender(peer.port))


async def test_a_connection_that_ended_while_it_was_idle_is_not_used_again() -> None:
    async def once(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await reader.request()
        writer.write(OK)
        await writer.drain()

    async with _peer(once) as peer:
        sender = _sender(peer.port)
        assert await _post(sender) == (200, b"ok")
        await peer.ended.wait()
        assert await _post(sender) == (200, b"ok")
        assert len(peer.came) == 2
        sender.close()
        assert all(came.count(b"POST") == 1 for came in peer.came)


@pytest.mark.parametrize(
    "answer",
    [OK.replace(b"1.1", b"1.0"), OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")],
)
async def test_a_peer_that_keeps_no_connections_gets_a_new_one_each_time(answer: bytes) -> None:
    async def serve(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await _answers(reader, writer, with_=answer)

    async with _peer(serve) as peer:
        sender = _sender(peer.port)
        for _ in range(3):
            assert await _post(sender) == (200, b"ok")
        sender.close()
        assert len(peer.came) == 3


async def test_an_old_connection_is_not_trusted() -> None:
    async with _peer(_answers) as peer:
        sender = _sender(peer.port, keep_s=0.0)
        for _ in range(2):
            await asyncio.sleep(0.01)
            assert await _post(sender) == (200, b"ok")
        sender.close()
        assert len(peer.came) == 2


@pytest.mark.parametrize(
    ("said", "body"),
    [
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, b"ok"),
        (CHUNKED + b"3;name=x\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n", b"abcde"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    ],
)
async def test_an_answer_is_read_as_it_is_framed_and_the_connection_kept(
    said: bytes, body: bytes
) -> None:
    async def serve(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await _answers(reader, writer, with_=said)

    async with _peer(serve) as peer:
        sender = _sender(peer.port)
        for _ in range(2):
            assert (await _post(sender))[1] == body
        sender.close()
        assert len(peer.came) == 1


async def test_an_answer_without_a_length_ends_with_its_connection() -> None:
    async def once(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await reader.request()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nall of it")
        await writer.drain()

    async with _peer(once) as peer:
        assert await _post(_sender(peer.port)) == (200, b"all of it")


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        CHUNKED + b"ffffffff\r\n",
        CHUNKED + b"1\r\nab\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    ],
)
async def test_an_answer_that_says_two_things_leaves_it_unknown(said: bytes) -> None:
    async def serve(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await _answers(reader, writer, with_=said)

    async with _peer(serve) as peer:
        with pytest.raises(NoAnswer):
            await _post(_sender(peer.port))


@pytest.mark.parametrize("path", ["/x\r\nHost: other", "/x y", "/\n"])
async def test_a_request_that_would_be_two_is_none(path: str) -> None:
    with pytest.raises(ValueError, match="cannot hold that"):
        await _sender(1).request("POST", path, b"{}", leaving=_nothing, written=_nothing)


async def test_a_request_larger_than_the_kernel_takes_leaves_whole(tls: Tls) -> None:
    body = b"x" * 4_000_000
    async with _peer(_answers, tls=tls.server) as peer:
        sender = _sender(peer.port, tls=tls.client)
        assert await _post(sender, body) == (200, b"ok")
        sender.close()
        assert peer.came[0].endswith(body)


async def test_tls_connections_are_kept_though_the_server_sends_tickets(tls: Tls) -> None:
    async with _peer(_answers, tls=tls.server) as peer:
        sender = _sender(peer.port, tls=tls.client)
        for _ in range(3):
            assert await _post(sender) == (200, b"ok")
        sender.close()
        assert len(peer.came) == 1


async def test_nothing_runs_between_the_question_and_the_encrypted_write(tls: Tls) -> None:
    ran: list[str] = []
    async with _peer(_answers, tls=tls.server) as peer:
        sender = _sender(peer.port, tls=tls.client)

        def leaving() -> None:
            ran.append("asked")
            asyncio.get_running_loop().call_soon(ran.append, "others")

        await sender.request(
            "POST", "/x", b"{}", leaving=leaving, written=lambda: ran.append("written")
        )
        sender.close()
    assert ran == ["asked", "written", "others"]


async def test_a_certificate_of_nobody_we_trust_gets_nothing(tls: Tls) -> None:
    async with _peer(_answers, tls=tls.server) as peer:
        with pytest.raises(NotSent, match="CERTIFICATE_VERIFY_FAILED"):
            await _post(_sender(peer.port, tls=ssl.create_default_context()))
        assert not any(peer.came)


async def test_a_peer_that_cuts_its_encrypted_answer_leaves_it_unknown(tls: Tls) -> None:
    async def cut(reader: _Noting, writer: asyncio.StreamWriter) -> None:
        await reader.request()
        # Without a length, half an answer is told from a whole one by how the peer ends it.
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nhal")
        await writer.drain()
        writer.transport.abort()

    async with _peer(cut, tls=tls.server) as peer:
        with pytest.raises(NoAnswer):
            await _post(_sender(peer.port, tls=tls.client))


async def test_an_httpx_client_sends_in_one_breath_too(tls: Tls) -> None:
    ran: list[str] = []

    def leaving() -> None:
        ran.append("asked")
        asyncio.get_running_loop().call_soon(ran.append, "others")

    def stopped() -> None:
        raise LookupError("stopped")

    async with _peer(_answers, tls=tls.server) as peer:
        sender = _sender(peer.port, tls=tls.client)
        transport = SendingTransport(sender)
        async with httpx.AsyncClient(
            base_url=sender.url, transport=transport, auth=("us", "secret")
        ) as client:
            hooks = {"leaving": leaving, "written": lambda: ran.append("written")}
            reply = await client.post("/orders?a=1", json={"x": 1}, extensions=hooks)
            assert (reply.status_code, reply.text) == (200, "ok")
            with pytest.raises(LookupError):
                await client.post("/orders", json={}, extensions={"leaving": stopped})
        assert ran == ["asked", "written", "others"]
        assert [one.count(b"POST") for one in peer.came] == [1]
        head, _, body = peer.came[0].partition(b"\r\n\r\n")
        assert head.startswith(b"POST /orders?a=1 HTTP/1.1\r\n")
        assert b"\r\nAuthorization: Basic " in head
        assert body == b'{"x":1}'
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient(base_url=sender.url, transport=transport) as client:
            await client.get("/")
