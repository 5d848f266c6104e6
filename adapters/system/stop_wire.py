"""Say what processes send each other on the stop channel: one message, one answer."""

import asyncio
import ssl
from pathlib import Path
from uuid import UUID

import msgspec

from domain.kill_switch.latch import Latch

BYTES_MAX = 8 * 1024 * 1024
_LENGTH = 4


class StopMessage(msgspec.Struct, frozen=True, tag="stop"):
    """Act on this stop now."""

    latch: Latch


class AskMessage(msgspec.Struct, frozen=True, tag="ask"):
    """Which stops do you keep?"""


class BeatMessage(msgspec.Struct, frozen=True, tag="beat"):
    """I live, and stand for these brokers; accounts come where the digest is not known."""

    process: str
    brokers: list[str]
    digest: str
    accounts: dict[str, dict[str, UUID]] | None = None


class StoredMessage(msgspec.Struct, frozen=True, tag="stored"):
    """Storage has this stop."""

    latch_id: UUID


class SignOffMessage(msgspec.Struct, frozen=True, tag="sign_off"):
    """I end in order."""

    process: str


Message = StopMessage | StoredMessage | AskMessage | BeatMessage | SignOffMessage


class AnswerMessage(msgspec.Struct, frozen=True):
    """Done; or problem says why not."""

    is_watchdog: bool = False
    latches: list[Latch] = []
    unwatched: list[str] = []
    digest: str = ""
    problem: str = ""


MESSAGE = msgspec.json.Decoder(Message)
ANSWER = msgspec.json.Decoder(AnswerMessage)


class Unreadable(Exception):
    """What came is no message of the channel."""


async def write(writer: asyncio.StreamWriter, value: msgspec.Struct) -> None:
    """Write one message; raises OSError."""
    body = msgspec.json.encode(value)
    writer.write(len(body).to_bytes(_LENGTH, "big") + body)
    await writer.drain()


async def read(reader: asyncio.StreamReader) -> bytes:
    """Return the bytes of one message; raises Unreadable, OSError."""
    try:
        length = int.from_bytes(await reader.readexactly(_LENGTH), "big")
        if length > BYTES_MAX:
            raise Unreadable(f"a message of {length} bytes is too large")
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as problem:
        raise Unreadable("the connection ended within a message") from problem


def tls_of(*, certificate: Path, key: Path, ca: Path, server: bool) -> ssl.SSLContext:
    """Return TLS by which both sides show a certificate of the same authority; raises OSError."""
    purpose = ssl.Purpose.CLIENT_AUTH if server else ssl.Purpose.SERVER_AUTH
    context = ssl.create_default_context(purpose, cafile=str(ca))
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    return context
