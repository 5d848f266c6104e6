"""Write and read what goes over a WebSocket; every frame is one JSON object."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.market.schemas import quote_view
from adapters.http.problems import Problem, view_of
from adapters.http.wire import Symbol, id_of, moment, time_of
from application.streams.channels import StreamChannel
from domain.market.prices import Quote
from domain.shared.notices import Notice

QUOTES = "quotes"
SYMBOLS_MAX = 100
CHANNELS = (*(channel.value for channel in StreamChannel), QUOTES)

RequestId = Annotated[str, Meta(max_length=64)]
Sequence_ = Annotated[int, Meta(ge=0, le=2**53)]
ChannelName = Annotated[str, Meta(max_length=32)]


class _Message(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="op"):
    # Comes back with whatever answers the message.
    id: RequestId | None = None


class Subscribe(_Message, kw_only=True, tag="subscribe"):
    """Follow a channel; from_sequence resumes behind an event that was seen before."""

    channel: ChannelName
    account_id: UUID | None = None
    from_sequence: Sequence_ | None = None
    symbols: Annotated[list[Symbol], Meta(min_length=1, max_length=SYMBOLS_MAX)] | None = None


class Unsubscribe(_Message, kw_only=True, tag="unsubscribe"):
    """Follow a channel no more."""

    channel: ChannelName
    account_id: UUID | None = None


class Ping(_Message, kw_only=True, tag="ping"):
    """Ask for a sign of life."""


class Authenticate(_Message, kw_only=True, tag="authenticate"):
    """Go on under a newer token of the same user, before the old one expires."""

    token: Annotated[str, Meta(min_length=1, max_length=8_192)]


ClientMessage = Subscribe | Unsubscribe | Ping | Authenticate
DECODER: msgspec.json.Decoder[ClientMessage] = msgspec.json.Decoder(ClientMessage)

_encode = msgspec.json.Encoder().encode


def _frame(**fields: Any) -> str:
    return _encode(fields).decode()


def event_frame(notice: Notice) -> str:
    """Write a notice; encoded once, however many read it."""
    return _frame(
        type="event",
        channel=notice.family,
        account_id=id_of(notice.account_id),
        sequence=notice.sequence,
        event=notice.type,
        subject=notice.subject,
        at=moment(notice.at),
        market_at=time_of(notice.market_at),
        body=notice.body,
    )


def withheld_frame(notice: Notice) -> str:
    """Write that something happened which is not for this reader: only its number is told.

    Without it the reader would take the number for one that was lost.
    """
    return _frame(
        type="event",
        channel=notice.family,
        account_id=None,
        sequence=notice.sequence,
        event="withheld",
        subject="",
        at=moment(notice.at),
        market_at=None,
        body={},
    )


def quote_frame(quote: Quote, *, sequence: int) -> str:
    """Write a quote."""
    return _frame(
        type="event",
        channel=QUOTES,
        sequence=sequence,
        event="quote",
        subject=quote.symbol,
        body=quote_view(quote),
    )


def snapshot_frame(
    *,
    channel: str,
    account_id: UUID | None,
    sequence: int,
    rows: Sequence[Mapping[str, str]],
    id: str | None,
) -> str:
    """Write what a channel shows as of a sequence."""
    return _frame(
        type="snapshot",
        channel=channel,
        account_id=id_of(account_id),
        sequence=sequence,
        rows=rows,
        id=id,
    )


def quotes_frame(quotes: Sequence[Quote], *, sequence: int, id: str | None) -> str:
    """Write the latest quotes of the symbols subscribed to."""
    return _frame(
        type="snapshot",
        channel=QUOTES,
        sequence=sequence,
        rows=[quote_view(quote) for quote in quotes],
        id=id,
    )


def resumed_frame(*, channel: str, account_id: UUID | None, sequence: int, id: str | None) -> str:
    """Write that the events behind a sequence follow."""
    return _frame(
        type="resumed", channel=channel, account_id=id_of(account_id), sequence=sequence, id=id
    )


def unsubscribed_frame(*, channel: str, account_id: UUID | None, id: str | None) -> str:
    """Write that no more of a channel follows."""
    return _frame(type="unsubscribed", channel=channel, account_id=id_of(account_id), id=id)


def withdrawn_frame(*, channel: str, account_id: UUID | None) -> str:
    """Write that no more of a channel follows, as it is not allowed any more."""
    return _frame(type="withdrawn", channel=channel, account_id=id_of(account_id))


def lagging_frame(*, dropped: int) -> str:
    """Write how many quotes were left out because the reader is slow."""
    return _frame(type="lagging", channel=QUOTES, dropped=dropped)


def welcome_frame(*, heartbeat_s: float, expires_at: datetime) -> str:
    """Write what the server promises, first of all."""
    return _frame(
        type="welcome",
        protocol=1,
        heartbeat_s=heartbeat_s,
        expires_at=moment(expires_at),
        channels=CHANNELS,
    )


def authenticated_frame(*, expires_at: datetime, id: str | None) -> str:
    """Write until when the newer token holds."""
    return _frame(type="authenticated", expires_at=moment(expires_at), id=id)


def heartbeat_frame(at: datetime) -> str:
    """Write that the server is there though nothing happens."""
    return _frame(type="heartbeat", at=moment(at))


def pong_frame(*, at: datetime, id: str | None) -> str:
    """Write the answer to a ping."""
    return _frame(type="pong", at=moment(at), id=id)


def error_frame(problem: Problem, *, op: str | None, trace_id: str, id: str | None) -> str:
    """Write why a message was refused, as a problem object."""
    view = view_of(problem, instance="/ws/v1", trace_id=trace_id)
    return _frame(type="error", op=op, id=id, problem=view)
