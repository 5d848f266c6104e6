"""Describe a signal: who says what of which symbol, how strongly and until when."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID, uuid5

from domain.shared.names import SEEN_PATTERN
from domain.shared.values import (
    ONE,
    ZERO,
    InvalidValue,
    checked_decimal,
    checked_symbol,
    checked_time,
    plain,
)

# What the pattern engine's own signals are called by.
PATTERNS = "patterns"
TTL_MAX_S = 30 * 86_400
META_MAX = 16
META_TEXT_MAX = 256
NAME_MAX = 64
# What stands in paths as it is.
NAME_PATTERN = r"^[A-Za-z0-9._:-]{1,64}$"
# How far the sender's clock may go ahead.
_AHEAD_MAX = timedelta(seconds=5)
_NAME = re.compile(NAME_PATTERN)


class SignalSide(StrEnum):
    """Which way a signal points; a score of 0 points nowhere."""

    BUY = "buy"
    SELL = "sell"
    NONE = "none"


class SignalState(StrEnum):
    """Whether a signal still holds."""

    ACTIVE = "active"
    EXPIRED = "expired"


def checked_name(value: str, *, field: str) -> str:
    """Return a name that stands in paths as it is, else raise InvalidValue."""
    if not _NAME.fullmatch(value):
        problem = f"must be 1 to {NAME_MAX} of A-Z a-z 0-9 . _ : -"
        raise InvalidValue(field=field, problem=problem)
    return value


def own_id(tenant_id: UUID, name: str) -> UUID:
    """Return under which id a tenant's signal is kept that its sender named: no other's has it."""
    return uuid5(tenant_id, f"signal {name}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedSignal:
    """What somebody says of a symbol: score -1 (sell) to 1 (buy), at a time, for a while.

    name is the id that its sender gave it, "" where it gave none. timestamp is the sender's
    time, or the market's; received_at and expires_at are of our own clock. published_by is who
    sent it, meta what they add.
    """

    id: UUID
    tenant_id: UUID
    name: str
    symbol: str
    score: Decimal
    source: str
    timestamp: datetime
    received_at: datetime
    expires_at: datetime
    meta: Mapping[str, str]
    published_by: str
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no signal can be."""
        if self.name:
            checked_name(self.name, field="id")
        checked_symbol(self.symbol)
        if not -ONE <= checked_decimal(self.score, field="score") <= ONE:
            problem = f"must be from -1 (sell) to 1 (buy), not {plain(self.score)}"
            raise InvalidValue(field="score", problem=problem)
        checked_name(self.source, field="source")
        checked_time(self.timestamp, field="timestamp")
        if len(self.meta) > META_MAX:
            raise InvalidValue(field="meta", problem=f"must have at most {META_MAX} entries")
        for key, text in self.meta.items():
            checked_name(key, field="meta")
            if len(text) > META_TEXT_MAX or re.search(SEEN_PATTERN, text) is None:
                problem = f"{key} must be at most {META_TEXT_MAX} characters that can be seen"
                raise InvalidValue(field="meta", problem=problem)

    @property
    def shown_id(self) -> str:
        """What it is asked for by: its sender's id, else ours."""
        return self.name or str(self.id)

    @property
    def strength(self) -> Decimal:
        """How strong it is, 0 to 1, whichever way."""
        return abs(self.score)

    @property
    def side(self) -> SignalSide:
        """Which way it points."""
        if self.score == ZERO:
            return SignalSide.NONE
        return SignalSide.BUY if self.score > ZERO else SignalSide.SELL

    def state(self, *, now: datetime) -> SignalState:
        """Return whether it still holds by our own clock."""
        return SignalState.ACTIVE if now < self.expires_at else SignalState.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalFilter:
    """Which signals are asked for; None and 0 ask for all. since <= timestamp < until."""

    symbol: str | None = None
    min_score: Decimal = ZERO
    side: SignalSide | None = None
    source: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, one: PublishedSignal) -> bool:
        """Tell whether a signal is asked for."""
        return (
            self.symbol in (None, one.symbol)
            and one.strength >= self.min_score
            and self.side in (None, one.side)
            and self.source in (None, one.source)
            and (self.since is None or one.timestamp >= self.since)
            and (self.until is None or one.timestamp < self.until)
        )


def describe_signal(one: PublishedSignal) -> dict[str, str]:
    """List what the trail, the notices and the stream of signals tell of a signal."""
    return {
        "id": one.shown_id,
        "symbol": one.symbol,
        "score": plain(one.score),
        "side": one.side.value,
        "confidence": plain(one.strength),
        "source": one.source,
        "timestamp": one.timestamp.isoformat(),
        "expires_at": one.expires_at.isoformat(),
        **{f"meta.{key}": text for key, text in one.meta.items()},
    }


def remaining(
    *, timestamp: datetime, ttl: timedelta, age_max: timedelta, nows: tuple[datetime, ...]
) -> timedelta:
    """Return how long a signal of that time still holds, by the first clock that finds it fresh.

    nows: our time, and the market's where there is one: a replay's signals bear its past. Raises
    InvalidValue for a signal that is older than age_max or its own ttl, or lies in the future.
    """
    for now in nows:
        age = now - timestamp
        if -_AHEAD_MAX <= age <= min(age_max, ttl):
            return ttl - max(age, timedelta(0))
    told = " nor of the market's " if len(nows) > 1 else ", "
    problem = (
        f"is stale: neither within {age_max.total_seconds():g} s (and its ttl_s) of our time"
        f"{told}{', '.join(one.isoformat() for one in nows)}"
    )
    raise InvalidValue(field="timestamp", problem=problem)
