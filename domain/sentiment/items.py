"""Describe what was written of a symbol, as it was seen."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from domain.sentiment.lexicon import Tone, ToneScore
from domain.shared.values import ONE, ZERO, InvalidValue, checked_symbol, checked_time
from domain.signals.signal import checked_name

TITLE_MAX = 500
TEXT_MAX = 20_000
AUTHOR_MAX = 200
_PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentItem:
    """One text about one symbol; a text about several is an item of each.

    seen_at is when we got it, by our clock: nobody can say that it was earlier. domain is the
    publisher's, empty where nobody said. near is its SimHash in hexadecimal, digest what
    the very same text of the same publisher is known by. scorer and scorer_version say what gave
    it its shares; of the oldest nobody knows, and they are empty.
    """

    id: UUID
    tenant_id: UUID
    symbol: str
    source: str
    domain: str
    url: str
    title: str
    text: str
    author: str
    author_age_days: int | None
    author_followers: int | None
    published_at: datetime | None
    seen_at: datetime
    positive: Decimal
    negative: Decimal
    truncated: bool
    scorer: str
    scorer_version: str
    near: str
    digest: str
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no item can be."""
        checked_symbol(self.symbol)
        checked_name(self.source, field="source")
        checked_time(self.seen_at, field="seen_at")
        if self.published_at is not None:
            checked_time(self.published_at, field="published_at")
        for field, most in (("title", TITLE_MAX), ("text", TEXT_MAX), ("author", AUTHOR_MAX)):
            if len(getattr(self, field)) > most:
                raise InvalidValue(field=field, problem=f"must have at most {most} characters")
        for field in ("author_age_days", "author_followers"):
            value = getattr(self, field)
            if value is not None and value < 0:
                raise InvalidValue(field=field, problem="must not be below 0")
        for field in ("positive", "negative"):
            if not ZERO <= getattr(self, field) <= ONE:
                raise InvalidValue(field=field, problem="must be from 0 to 1")

    @property
    def score(self) -> float:
        """Positive less negative, -1 to 1."""
        return float(self.positive - self.negative)

    @property
    def tone(self) -> Tone:
        """Which way it leans."""
        positive, negative = float(self.positive), float(self.negative)
        neutral = max(0.0, 1 - positive - negative)
        return ToneScore(positive=positive, negative=negative, neutral=neutral).tone

    @property
    def bits(self) -> int:
        """Its SimHash."""
        return int(self.near, 16)

    @property
    def whole_text(self) -> str:
        """Its title and its text."""
        return joined(self.title, self.text)


def joined(title: str, text: str) -> str:
    """Return what is scored of a text with a title."""
    return f"{title}. {text}" if title and text else title or text


def share(value: float) -> Decimal:
    """Return a share as it is kept."""
    return Decimal(value).quantize(_PLACES)
