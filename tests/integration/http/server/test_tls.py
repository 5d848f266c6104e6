"""The server ends TLS itself, with a certificate that the test made."""

import asyncio
import json
import socket
import ssl
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import websockets
from websockets.typing import Subprotocol

from adapters.cli.client import Server
from adapters.cli.failures import CommandFailed
from adapters.cli.trust import trusting
from adapters.cli.watching import _read, _Watch
from adapters.http.server.server import HttpServer
from adapters.http.server.settings import ServerSettings
from adapters.http.server.tls import Certificate, TlsUnusable
from tests.certificates import make
from tests.integration.backup.trading import CALM
from tests.integration.bootstrap.processes import ballast, served
from tests.integration.http.server.doors import HANDSHAKE, Door, opened
from tests.waiting import eventually

# The server hangs up, and may have said why.
REFUSED = (ssl.SSLError, ConnectionError)


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    make(tmp_path)
    return _settings(tmp_path)


def _settings(folder: Path) -> ServerSettings:
    return replace(
        ServerSettings(),
        tls_certificate=folder / "server.pem",
        tls_key=folder / "server.key",
        head_s=1.0,
    )


def _client(settings: ServerSettings) -> ssl.SSLContext:
    assert settings.tls_certificate is not None
    return ssl.create_default_context(cafile=str(settings.tls_certificate))


def _bearer(door: Door) -> dict[str, str]:
    return {"Authorization": f"Bearer {door.context.token}"}


async def test_https_is_spoken_and_browsers_are_told_to_stay_with_it(
    settings: ServerSettings,
) -> None:
    async with opened(settings) as door:
        assert door.url.startswith("https://127.0.0.1:")
        line = await door.connect(_client(settings))
        tls: ssl.SSLObject = line.writer.get_extra_info("ssl_object")
        assert tls.version() in ("TLSv1.2", "TLSv1.3")
        assert tls.selected_alpn_protocol() is None
        for _ in range(2):
            answer = await line.asked("GET", "/api/v1/accounts", _bearer(door))
            assert answer.status == 200
            assert answer.headers["strict-transport-security"].startswith("max-age=63072000")


@pytest.mark.parametrize(
    ("version", "is_spoken"),
    [
        (ssl.TLSVersion.TLSv1, False),
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
        (ssl.TLSVersion.TLSv1_3, True),
    ],
    ids=["1.0", "1.1", "1.2", "1.3"],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_nothing_older_than_1_2_is_spoken(
    settings: ServerSettings, version: ssl.TLSVersion, is_spoken: bool
) -> None:
    context = _client(settings)
    # What a client would do that asks for nothing better.
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = version
    async with opened(settings) as door:
        if is_spoken:
            line = await door.connect(context)
            assert (await line.asked("GET", "/health/live")).status == 200
        else:
            with pytest.raises(REFUSED):
                await door.connect(context)


@pytest.mark.parametrize("ciphers", ["AES256-SHA256", "ECDHE-ECDSA-AES128-SHA256"])
async def test_no_cipher_without_secrecy_and_authentication_is_taken(
    settings: ServerSettings, ciphers: str
) -> None:
    context = _client(settings)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(ciphers)
    async with opened(settings) as door:
        with pytest.raises(REFUSED):
            await door.connect(context)


async def test_plain_http_is_not_answered_where_tls_is_set(settings: ServerSettings) -> None:
    async with opened(settings) as door:
        line = await door.connect()
        line.say("GET", "/health/live")
        async with asyncio.timeout(40):
            assert not (await line.reader.read()).startswith(b"HTTP/")


async def test_who_shakes_no_hands_is_let_go(settings: ServerSettings) -> None:
    async with opened(settings) as door:
        line = await door.connect()
        async with asyncio.timeout(settings.head_s + 40):
            assert await line.reader.read() == b""


async def test_who_shakes_no_hands_takes_a_place_until_another_needs_it(
    settings: ServerSettings,
) -> None:
    few = replace(settings, connections_per_network=2, head_s=30.0)
    async with opened(few) as door:
        silent = [await door.connect() for _ in range(2)]
        await _settled(door, 2)
        late = await door.connect(_client(settings))
        assert (await late.asked("GET", "/health/live")).status == 200
        assert await silent[0].is_over()
        assert door.metric("ballast_http_connections_displaced_total") == 1
        for line in (silent[1], late):
            line.writer.close()
        await _settled(door, 0)
        line = await door.connect()
        line.say("GET", "/health/live")
        assert not (await line.reader.read()).startswith(b"HTTP/")
        await _settled(door, 0)
        again = await door.connect(_client(settings))
        assert (await again.asked("GET", "/health/live")).status == 200


async def _settled(door: Door, count: int) -> None:
    await eventually(lambda: door.metric("ballast_http_connections_open") == count)


async def _nothing(scope: object, receive: object, send: object) -> None:
    """Answer nobody."""


async def test_who_shakes_no_hands_keeps_no_server_from_ending(
    settings: ServerSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = replace(settings, port=0, head_s=60.0)
    server = HttpServer(settings=patient)
    address = urlsplit(server.bind())
    await server.start(_nothing)
    assert server._server is not None
    listening = server._server.servers[0]
    close = listening.close
    queued: list[socket.socket] = []

    def closing() -> None:
        close()
        if not queued:
            # The kernel lets them in: we have not given the port back.
            at = (address.hostname, address.port)
            queued.extend(socket.create_connection(at) for _ in range(3))

    monkeypatch.setattr(listening, "close", closing)
    async with asyncio.timeout(30):
        await server.stop()
    assert len(queued) == 3
    for one in queued:
        one.close()


async def test_a_websocket_comes_over_tls_with_its_ticket_beside_the_address(
    settings: ServerSettings,
) -> None:
    async with opened(settings) as door:
        line = await door.connect(_client(settings))
        told = await line.asked("POST", "/api/v1/ws/ticket", _bearer(door))
        protocols = [Subprotocol(one) for one in json.loads(told.body)["protocols"]]
        port = door.url.rsplit(":", 1)[1]
        address = f"wss://localhost:{port}/ws/v1"
        async with websockets.connect(
            address, ssl=_client(settings), subprotocols=protocols, proxy=None
        ) as socket:
            assert socket.subprotocol == "ballast.v1"
            assert json.loads(await socket.recv())["type"] == "welcome"


async def test_a_page_that_came_in_plain_opens_no_websocket_over_tls(
    settings: ServerSettings,
) -> None:
    async with opened(settings) as door:
        line = await door.connect(_client(settings))
        asked = {**HANDSHAKE, **_bearer(door), "Origin": "http://localhost"}
        assert (await line.asked("GET", "/ws/v1", asked)).status == 403
        line = await door.connect(_client(settings))
        asked["Origin"] = "https://localhost"
        assert (await line.asked("GET", "/ws/v1", asked)).status == 101


async def test_a_renewed_certificate_is_shown_to_who_comes_next(
    settings: ServerSettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.http.server.server.RENEW_S", 0.05)
    before = _client(settings)
    async with opened(settings) as door:
        line = await door.connect(before)
        make(tmp_path)
        after = _client(settings)
        async with asyncio.timeout(10):
            while True:
                try:
                    renewed = await door.connect(after)
                except ssl.SSLError:
                    await asyncio.sleep(0.05)
                else:
                    break
        assert (await renewed.asked("GET", "/health/live")).status == 200
        assert (await line.asked("GET", "/health/live")).status == 200
        with pytest.raises(ssl.SSLError):
            await door.connect(before)


def test_files_that_do_not_fit_leave_the_old_ones_in_use(tmp_path: Path) -> None:
    make(tmp_path)
    files = {"certificate": tmp_path / "server.pem", "key": tmp_path / "server.key"}
    certificate = Certificate(**files)
    old = (tmp_path / "server.pem").read_bytes()
    loaded = certificate.context.cert_store_stats()
    make(tmp_path)
    (tmp_path / "server.pem").write_bytes(old)
    certificate.renew()
    assert certificate.context.cert_store_stats() == loaded
    with pytest.raises(TlsUnusable):
        Certificate(**files)
    (tmp_path / "server.pem").unlink()
    certificate.renew()


@pytest.mark.parametrize("fault", ["no key", "another's key", "everyone's", "encrypted", "no pem"])
async def test_a_certificate_that_cannot_be_used_keeps_the_server_from_starting(
    tmp_path: Path, fault: str
) -> None:
    make(tmp_path, password=b"hidden" if fault == "encrypted" else None)
    key, certificate = tmp_path / "server.key", tmp_path / "server.pem"
    match fault:
        case "no key":
            key.unlink()
        case "another's key":
            kept = certificate.read_bytes()
            make(tmp_path)
            certificate.write_bytes(kept)
        case "everyone's":
            key.chmod(0o644)
        case "encrypted":
            pass
        case _:
            certificate.write_text("not a certificate")
    with pytest.raises(TlsUnusable, match="server"):
        async with opened(_settings(tmp_path)):
            pass


async def test_the_commands_beside_it_know_their_server_by_its_certificate(
    settings: ServerSettings, tmp_path: Path
) -> None:
    async with opened(settings) as door:
        token = door.context.token
        ours = Server(url=door.url, token=token, certificate=settings.tls_certificate)
        assert await asyncio.to_thread(ours.get, "/accounts")
        watch = _Watch(account_id=str(door.context.account_id), left=0, as_json=True)
        async with asyncio.timeout(10):
            await _read(ours, watch=watch)
        # Neither another certificate nor the system's authorities are enough.
        (tmp_path / "other").mkdir()
        make(tmp_path / "other")
        for certificate in (_settings(tmp_path / "other").tls_certificate, None):
            stranger = Server(url=door.url, token=token, certificate=certificate)
            with pytest.raises(CommandFailed):
                await asyncio.to_thread(stranger.get, "/accounts")
    with pytest.raises(CommandFailed):
        trusting(tmp_path / "nowhere.pem")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("options", [(), ("--workers", "2")], ids=["one", "many"])
def test_a_whole_server_speaks_tls_and_its_commands_with_it(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    make(tmp_path)
    tls = {
        "BALLAST_HTTP_TLS_CERTIFICATE": str(tmp_path / "server.pem"),
        "BALLAST_HTTP_TLS_KEY": str(tmp_path / "server.key"),
        **CALM,
    }
    folder = tmp_path / "var"
    with served(folder, *options, **tls) as server:
        assert server.url.startswith("https://127.0.0.1:")
        asked = ballast(folder, "account", "positions", "--json", **tls)
        assert asked.returncode == 0, asked.stderr
        # Without the certificate nobody vouches for it.
        stranger = ballast(folder, "account", "positions", **CALM)
        assert stranger.returncode != 0
        server.stop()
