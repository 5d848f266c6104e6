"""Put aside what cannot be carried out, readable and ready to be put back."""

import base64
from datetime import datetime

from adapters.kafka import wire
from adapters.kafka.wire import DEAD_LETTERS, DLQ, REPLAYED_FROM, Reason
from ports.commands import Headers, Outgoing, ReceivedMessage

# Below what a broker takes by default (1 MiB), with room for the headers.
_VALUE_BYTES_MAX = 900_000
_HEADERS_BYTES_MAX = 32_768
_CUT_TO = 65_536


def dead_letter(
    received: ReceivedMessage, *, reason: Reason, detail: str, at: datetime
) -> Outgoing:
    """Return the message with its original key, value and headers, and why it is there."""
    value, kept = received.value, received.headers
    told: list[tuple[str, bytes]] = [
        (wire.DLQ_REASON, reason.encode()),
        (wire.DLQ_DETAIL, detail.encode("utf-8", "replace")),
        (wire.DLQ_TOPIC, received.partition.topic.encode()),
        (wire.DLQ_PARTITION, str(received.partition.number).encode()),
        (wire.DLQ_OFFSET, str(received.offset).encode()),
        (wire.DLQ_AT, at.isoformat().encode()),
    ]
    key = received.key
    too_much = sum(len(name) + len(one) for name, one in kept) > _HEADERS_BYTES_MAX
    if too_much or (key is not None and len(key) > _CUT_TO):
        told.append((wire.DLQ_TRUNCATED, b"headers"))
        kept, key = (), key[:_CUT_TO] if key is not None else None
    if value is not None and len(value) > _VALUE_BYTES_MAX:
        told.append((wire.DLQ_TRUNCATED, str(len(value)).encode()))
        value = value[:_CUT_TO]
    headers = (*_original(kept), *told)
    return Outgoing(topic=DEAD_LETTERS, key=key, value=value, headers=headers)


def put_back(letter: ReceivedMessage) -> Outgoing:
    """Return the message as it came in, to where it came in; raises ValueError if it was cut."""
    if header(letter.headers, wire.DLQ_TRUNCATED) is not None:
        raise ValueError("only its beginning was kept: let the producer send it again")
    topic = header(letter.headers, wire.DLQ_TOPIC)
    if topic is None:
        raise ValueError("it does not say from which topic it came")
    origin = f"{letter.partition.number}-{letter.offset}".encode()
    return Outgoing(
        topic=topic,
        key=letter.key,
        value=letter.value,
        headers=(*_original(letter.headers), (REPLAYED_FROM, origin)),
    )


def header(headers: Headers, name: str) -> str | None:
    """Return a header as text, None when it is not there."""
    for known, value in reversed(headers):
        if known == name:
            return value.decode("utf-8", "replace")
    return None


def readable(value: bytes | None) -> str | None:
    """Return bytes as text, in base64 where they are none."""
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return f"base64:{base64.b64encode(value).decode()}"


def _original(headers: Headers) -> Headers:
    return tuple(one for one in headers if not one[0].startswith(DLQ) and one[0] != REPLAYED_FROM)
