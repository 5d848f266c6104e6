"""Shape texts about symbols on the wire."""

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from adapters.http.wire import Symbol, moment, time_of
from application.sentiment.take_items import SYMBOLS_MAX, TEXTS_MAX, TakenItems, TextFields
from domain.sentiment.aggregate import Authenticity, JudgedItem, Sentiment, WeighedItem
from domain.sentiment.items import AUTHOR_MAX, TEXT_MAX, TITLE_MAX, SentimentItem
from domain.sentiment.lexicon import NEUTRAL_BELOW, Tone
from domain.signals.signal import NAME_MAX, NAME_PATTERN

SHOWN_MAX = 50
Count = Annotated[int, Meta(ge=0, le=10**12)]
Source = Annotated[str, Meta(min_length=1, max_length=NAME_MAX, pattern=NAME_PATTERN)]
ITEMS_BODY = {
    "items": [
        {
            "source": "desk",
            "title": "Apple raises its outlook",
            "text": "Apple said profit rose as costs fell. $AAPL gained.",
            "url": "https://www.reuters.com/technology/apple",
        }
    ]
}


class AuthorBody(msgspec.Struct, forbid_unknown_fields=True):
    """Who wrote a text, and what is known of them there."""

    name: Annotated[str, Meta(max_length=AUTHOR_MAX)] = ""
    age_days: Count | None = None
    followers: Count | None = None


class ItemBody(msgspec.Struct, forbid_unknown_fields=True):
    """A text; symbols are those that its source names, beside those that are found in it."""

    text: Annotated[str, Meta(max_length=TEXT_MAX)]
    source: Source = "push"
    title: Annotated[str, Meta(max_length=TITLE_MAX)] = ""
    url: Annotated[str, Meta(max_length=2_000)] = ""
    author: AuthorBody | None = None
    published_at: datetime | None = None
    symbols: Annotated[list[Symbol], Meta(max_length=SYMBOLS_MAX)] = []

    def fields(self) -> TextFields:
        """Return what the core reads of it."""
        author = self.author or AuthorBody()
        return TextFields(
            source=self.source,
            text=self.text,
            title=self.title,
            url=self.url,
            author=author.name,
            author_age_days=author.age_days,
            author_followers=author.followers,
            published_at=self.published_at,
            symbols=tuple(self.symbols),
        )


class ItemsBody(msgspec.Struct, forbid_unknown_fields=True):
    """Texts to be kept."""

    items: Annotated[list[ItemBody], Meta(min_length=1, max_length=TEXTS_MAX)]


class TakenView(msgspec.Struct):
    """The symbols that a text was kept under, those that had it before, and its score."""

    symbols: list[str]
    known: list[str]
    score: float


class TakenList(msgspec.Struct):
    """What became of the texts, in their order."""

    id: str
    items: list[TakenView]


class AuthenticityView(msgspec.Struct):
    """How far a text can be believed, 0 to 1, and its parts; null is not known."""

    whole: float
    tier: float
    look_alike: float | None
    corroboration: float
    clock: float | None
    author: float | None
    looks_like: str | None


class ItemView(msgspec.Struct):
    """A text about a symbol; copies are those that say nearly the same, copy_of the one counted.

    scorer and scorer_version: the lexicon and its version, or the model and its SHA-256.
    """

    id: str
    source: str
    domain: str
    url: str
    title: str
    text: str
    author: str
    published_at: str | None
    seen_at: str
    label: Tone
    score: float
    truncated: bool
    scorer: str
    scorer_version: str
    authenticity: AuthenticityView
    copies: int
    copy_of: str | None


class ItemPage(msgspec.Struct):
    """A page of texts, newest first."""

    items: list[ItemView]
    next_cursor: str | None


class WeighedView(msgspec.Struct):
    """A text that counts, by which weight."""

    id: str
    source: str
    domain: str
    title: str
    seen_at: str
    label: Tone
    score: float
    scorer: str
    scorer_version: str
    authenticity: AuthenticityView
    weight: float
    copies: int


class ScorerView(msgspec.Struct):
    """What gave texts their scores, and of how many."""

    scorer: str
    scorer_version: str
    count: int


class SentimentView(msgspec.Struct):
    """The tone of what was written of a symbol within a day, -1 to 1; null where nothing counts.

    n_eff is how many texts of equal weight it is worth, count how many there are without copies.
    """

    symbol: str
    at: str
    score: float | None
    label: Tone | None
    reason: str
    n_eff: float
    count: int
    copies: int
    scorers: list[ScorerView]
    items: list[WeighedView]


def taken_list(taken: TakenItems) -> TakenList:
    """Show what became of texts."""
    return TakenList(
        str(taken.id),
        [TakenView(list(one.symbols), list(one.known), one.score) for one in taken.texts],
    )


def item_view(judged: JudgedItem) -> ItemView:
    """Show a text."""
    one: SentimentItem = judged.item
    return ItemView(
        id=str(one.id),
        source=one.source,
        domain=one.domain,
        url=one.url,
        title=one.title,
        text=one.text,
        author=one.author,
        published_at=time_of(one.published_at),
        seen_at=moment(one.seen_at),
        label=one.tone,
        score=one.score,
        truncated=one.truncated,
        scorer=one.scorer,
        scorer_version=one.scorer_version,
        authenticity=_authenticity(judged.authenticity),
        copies=judged.copies,
        copy_of=None if judged.copy_of is None else str(judged.copy_of),
    )


def sentiment_view(found: Sentiment, *, symbol: str, at: datetime) -> SentimentView:
    """Show the figure of a symbol."""
    label, reason = None, ""
    if found.score is None:
        reason = "no text can be believed" if found.items else "no text within 24 hours"
    else:
        leans = Tone.POSITIVE if found.score > 0 else Tone.NEGATIVE
        label = Tone.NEUTRAL if abs(found.score) < NEUTRAL_BELOW else leans
    return SentimentView(
        symbol=symbol,
        at=moment(at),
        score=found.score,
        label=label,
        reason=reason,
        n_eff=found.effective,
        count=len(found.items),
        copies=sum(one.copies for one in found.items),
        scorers=[ScorerView(*one, count) for one, count in sorted(found.scorers.items())],
        items=[_weighed(one) for one in found.items[:SHOWN_MAX]],
    )


def _weighed(one: WeighedItem) -> WeighedView:
    return WeighedView(
        id=str(one.item.id),
        source=one.item.source,
        domain=one.item.domain,
        title=one.item.title,
        seen_at=moment(one.item.seen_at),
        label=one.item.tone,
        score=one.item.score,
        scorer=one.item.scorer,
        scorer_version=one.item.scorer_version,
        authenticity=_authenticity(one.authenticity),
        weight=one.weight,
        copies=one.copies,
    )


def _authenticity(one: Authenticity) -> AuthenticityView:
    return AuthenticityView(
        whole=one.whole,
        tier=one.tier,
        look_alike=one.look_alike,
        corroboration=one.corroboration,
        clock=one.clock,
        author=one.author,
        looks_like=one.looks_like,
    )
