"""Say how a committed event looks on Kafka: topic, key, headers and JSON body, version 1."""

from datetime import UTC, datetime
from uuid import UUID

import msgspec

from application.streams.channels import StreamChannel
from domain.shared.notices import Notice

VERSION = 1
CONTENT_TYPE = b"application/json"

# The area that tells of a channel.
AREAS = {one.value: one.topic for one in StreamChannel}
TOPICS = tuple(f"ballast.events.{area}.v{VERSION}" for area in sorted(set(AREAS.values())))


class UnknownEvent(Exception):
    """A message that is no event of this version, or an event of no known area."""


class _Wire(msgspec.Struct, kw_only=True):
    id: UUID
    type: str
    channel: str
    sequence: int
    tenant_id: UUID
    account_id: UUID | None
    subject: str
    at: datetime
    market_at: datetime | None
    body: dict[str, str]


def topic_of(notice: Notice) -> str:
    """Return where an event goes; raises UnknownEvent."""
    area = AREAS.get(notice.family)
    if area is None:
        raise UnknownEvent(f"no area tells of the channel {notice.channel!r}")
    return f"ballast.events.{area}.v{VERSION}"


def key_of(notice: Notice) -> bytes:
    """Return what keeps events in order: the account, the tenant for what concerns all of it."""
    return str(notice.account_id or notice.tenant_id).encode()


def headers_of(notice: Notice) -> list[tuple[str, bytes]]:
    """Return what a consumer can choose by without reading the body."""
    return [
        ("content-type", CONTENT_TYPE),
        ("event-type", notice.type.encode()),
        ("event-version", str(VERSION).encode()),
    ]


def body_of(notice: Notice) -> bytes:
    """Return the JSON body."""
    return msgspec.json.encode(
        _Wire(
            id=notice.id,
            type=notice.type,
            channel=notice.channel,
            sequence=notice.sequence,
            tenant_id=notice.tenant_id,
            account_id=notice.account_id,
            subject=notice.subject,
            at=notice.at,
            market_at=notice.market_at,
            body=dict(notice.body),
        )
    )


def notice_of(body: bytes) -> Notice:
    """Return the event of a body; fields added since are ignored. Raises UnknownEvent."""
    try:
        wire = msgspec.json.decode(body, type=_Wire)
        market_at = wire.market_at
        return Notice(
            id=wire.id,
            tenant_id=wire.tenant_id,
            account_id=wire.account_id,
            channel=wire.channel,
            sequence=wire.sequence,
            type=wire.type,
            subject=wire.subject,
            at=_moment(wire.at),
            market_at=_moment(market_at) if market_at is not None else None,
            body=wire.body,
        )
    except (msgspec.MsgspecError, ValueError) as problem:
        raise UnknownEvent(f"not an event of version {VERSION}: {problem}") from problem


def _moment(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise ValueError(f"{at} has no time zone")
    return at.astimezone(UTC)
