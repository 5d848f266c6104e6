"""List the settings of sentiment."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

from adapters.settings.field import setting
from domain.sentiment.domains import LISTED, checked_domain
from domain.shared.values import InvalidValue
from domain.signals.signal import checked_name

_REDDIT_USER = re.compile(r"[A-Za-z0-9_-]{3,20}")
_REDDIT_BOARD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]{1,20}")
_BOARDS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentSettings:
    """Sentiment: whom to believe, and where to look for what is written."""

    listed_domains: tuple[str, ...] = setting(
        LISTED, "Domains of publishers that are believed; those that look like one are not."
    )
    denied_domains: tuple[str, ...] = setting(
        (), "Domains of publishers whose texts are kept and never counted."
    )
    source_weights: tuple[str, ...] = setting(
        (), "What texts of a source count, as name=weight, 0 to 1; 1 for one that is not named."
    )
    tenant: str | None = setting(None, "Whose the texts of all these sources are: a tenant's id.")
    feeds: tuple[str, ...] = setting((), "Feeds to look at, RSS or Atom, by their addresses.")
    folder: Path | None = setting(
        None, "A folder to look at: each .txt is a text, its first line the title."
    )
    newsapi_key: str | None = setting(
        None, "The key of NewsAPI, which is looked at where it is set.", secret=True
    )
    newsapi_words: str = setting(
        "stocks OR shares OR earnings", "What NewsAPI is asked for, in its own query language."
    )
    alpaca_key: str | None = setting(
        None, "The id of a key of Alpaca, whose news are looked at where it is set.", secret=True
    )
    alpaca_secret: str | None = setting(None, "The secret of that key.", secret=True)
    polygon_key: str | None = setting(
        None, "The key of Polygon, whose news are looked at where it is set.", secret=True
    )
    alpha_vantage_key: str | None = setting(
        None, "The key of Alpha Vantage, whose news are looked at where it is set.", secret=True
    )
    reddit_id: str | None = setting(
        None, "The id of an app at Reddit, whose posts are looked at where it is set.", secret=True
    )
    reddit_secret: str | None = setting(None, "The secret of that app.", secret=True)
    reddit_user: str | None = setting(
        None, "Whose app it is, a name at Reddit: each question there has to say so."
    )
    reddit_boards: tuple[str, ...] = setting(
        ("stocks", "investing", "wallstreetbets"), "The subreddits whose posts are looked at."
    )
    model: Path | None = setting(
        None,
        "A folder with a model of tone (model.onnx, config.json, tokenizer.json or vocab.txt) that"
        " scores texts in place of the lexicon.",
    )
    remote: str | None = setting(
        None,
        "Who scores texts in place of this process: the part finbert or sentiment of this"
        " installation, such as http://127.0.0.1:8004.",
    )
    remote_ca: Path | None = setting(
        None, "The authority (PEM) whose certificates are taken there, and no others."
    )
    port: int = setting(8_002, "The port on which the part sentiment answers.", low=1, high=65_535)
    finbert_port: int = setting(
        8_004, "The port on which the part finbert answers.", low=1, high=65_535
    )
    every_s: float = setting(
        300.0, "Seconds from one look at a source to the next.", low=10, high=86_400
    )


def weights_of(own: SentimentSettings) -> Mapping[str, float]:
    """Return the weights by source; raises InvalidValue."""
    weights: dict[str, float] = {}
    for one in own.source_weights:
        name, _, text = one.partition("=")
        try:
            weight = float(text)
        except ValueError:
            weight = -1.0
        if not 0 <= weight <= 1:
            problem = f"must be name=weight with a weight of 0 to 1, not {one[:64]}"
            raise InvalidValue(field="source_weights", problem=problem)
        weights[checked_name(name, field="source_weights")] = weight
    return weights


def has_sources(own: SentimentSettings) -> bool:
    """Tell whether anything is to be looked at."""
    keys = (
        own.newsapi_key,
        own.alpaca_key,
        own.polygon_key,
        own.alpha_vantage_key,
        own.reddit_id,
    )
    return bool(own.feeds) or own.folder is not None or any(one is not None for one in keys)


def sentiment_faults(own: SentimentSettings) -> Iterator[tuple[str, str]]:
    """Yield what cannot be taken."""
    for name in ("listed_domains", "denied_domains"):
        try:
            for one in getattr(own, name):
                checked_domain(one, field=name)
        except InvalidValue as problem:
            yield f"sentiment.{name}", str(problem)
    if own.model is not None and not own.model.is_dir():
        yield "sentiment.model", f"is no folder: {own.model}"
    yield from _source_faults(own)
    try:
        weights_of(own)
    except InvalidValue as problem:
        yield "sentiment.source_weights", str(problem)


def _source_faults(own: SentimentSettings) -> Iterator[tuple[str, str]]:
    for one in own.feeds:
        try:
            parts = urlsplit(one)
            fits = parts.scheme in ("http", "https") and bool(parts.hostname)
        except ValueError:
            fits = False
        if not fits:
            # An address may hold a key: it is not repeated.
            yield "sentiment.feeds", "must be http or https addresses"
            break
    if (own.alpaca_key is None) is not (own.alpaca_secret is None):
        yield "sentiment.alpaca_secret", "must be set with sentiment.alpaca_key, and not alone"
    yield from _reddit_faults(own)
    if not has_sources(own):
        return
    try:
        UUID(own.tenant or "")
    except ValueError:
        problem = "must be a tenant's id when a source of texts is set"
        yield "sentiment.tenant", problem


def _reddit_faults(own: SentimentSettings) -> Iterator[tuple[str, str]]:
    together = {
        "reddit_id": own.reddit_id,
        "reddit_secret": own.reddit_secret,
        "reddit_user": own.reddit_user,
    }
    missing = [name for name, value in together.items() if value is None]
    if 0 < len(missing) < len(together):
        yield f"sentiment.{missing[0]}", "must be set with the other two of an app at Reddit"
    if own.reddit_user is not None and not _REDDIT_USER.fullmatch(own.reddit_user):
        yield "sentiment.reddit_user", "must be 3 to 20 letters, digits, _ and -"
    if not 1 <= len(own.reddit_boards) <= _BOARDS_MAX:
        yield "sentiment.reddit_boards", f"must be 1 to {_BOARDS_MAX} names"
    for one in own.reddit_boards:
        if not _REDDIT_BOARD.fullmatch(one):
            problem = f"must be names of 2 to 21 letters, digits and _, not {one[:64]}"
            yield "sentiment.reddit_boards", problem
            break
