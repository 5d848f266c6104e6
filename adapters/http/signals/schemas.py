"""Shape signals on the wire."""

import json
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.reading import Amount
from adapters.http.wire import Symbol, moment, text_of
from application.signals.publish import SignalFields
from domain.shared.values import InvalidValue
from domain.signals.signal import (
    META_MAX,
    NAME_MAX,
    NAME_PATTERN,
    TTL_MAX_S,
    PublishedSignal,
    SignalSide,
    SignalState,
)

SECRET_MAX = 512
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, pattern=NAME_PATTERN)]
Ttl = Annotated[int, Meta(ge=1, le=TTL_MAX_S)]
Added = Annotated[dict[str, str | int | float | bool | None], Meta(max_length=META_MAX)]


class SignalBody(msgspec.Struct, forbid_unknown_fields=True):
    """A signal: score -1 (sell) to 1 (buy); meta holds plain values by name."""

    symbol: Symbol
    score: Amount
    source: Name
    id: Name | None = None
    timestamp: datetime | None = None
    ttl_s: Ttl | None = None
    meta: Added = {}

    def fields(self) -> SignalFields:
        """Return what the core reads of it."""
        return SignalFields(
            id=self.id,
            symbol=self.symbol,
            score=self.score,
            source=self.source,
            timestamp=self.timestamp,
            ttl_s=self.ttl_s,
            meta={key: _text(value) for key, value in self.meta.items()},
        )


class AlertBody(msgspec.Struct, forbid_unknown_fields=True):
    """What an alert service sends: the hook's secret, and a score or a side (1 or -1)."""

    secret: Annotated[str, Meta(min_length=1, max_length=SECRET_MAX)]
    symbol: Symbol
    score: Amount | None = None
    side: SignalSide | None = None
    id: Name | None = None
    timestamp: datetime | None = None

    def fields(self, *, source: str) -> SignalFields:
        """Return what the core reads of it; raises InvalidValue."""
        if (self.score is None) is (self.side is None):
            raise InvalidValue(field="score", problem="must be given, or side, and not both")
        score = self.score
        if score is None:
            if self.side not in (SignalSide.BUY, SignalSide.SELL):
                raise InvalidValue(field="side", problem="must be buy or sell")
            score = Amount("1" if self.side is SignalSide.BUY else "-1")
        return SignalFields(
            id=self.id,
            symbol=self.symbol,
            score=score,
            source=source,
            timestamp=self.timestamp,
        )


class SignalView(msgspec.Struct):
    """A signal; expires_at is of our clock, timestamp of its sender's or the market's.

    signal_id is what decisions call it by; id is the sender's own, where it gave one.
    """

    id: str
    signal_id: str
    symbol: str
    score: str
    side: SignalSide
    confidence: str
    source: str
    timestamp: str
    received_at: str
    expires_at: str
    meta: dict[str, str]
    state: SignalState


class SignalPage(msgspec.Struct):
    """A page of signals, newest first."""

    items: list[SignalView]
    next_cursor: str | None


class AlertView(msgspec.Struct):
    """What became of an alert: duplicate, where the very same one came before."""

    id: str
    duplicate: bool


def signal_view(one: PublishedSignal, *, now: datetime) -> SignalView:
    """Show a signal."""
    return SignalView(
        id=one.shown_id,
        signal_id=str(one.id),
        symbol=one.symbol,
        score=text_of(one.score),
        side=one.side,
        confidence=text_of(one.strength),
        source=one.source,
        timestamp=moment(one.timestamp),
        received_at=moment(one.received_at),
        expires_at=moment(one.expires_at),
        meta=dict(one.meta),
        state=one.state(now=now),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
