"""List the settings of sentiment."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from adapters.settings.field import setting
from domain.sentiment.domains import LISTED, checked_domain
from domain.shared.values import InvalidValue
from domain.signals.signal import checked_name


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentSettings:
    """Sentiment: whom to believe."""

    listed_domains: tuple[str, ...] = setting(
        LISTED, "Domains of publishers that are believed; those that look like one are not."
    )
    denied_domains: tuple[str, ...] = setting(
        (), "Domains of publishers whose texts are kept and never counted."
    )
    source_weights: tuple[str, ...] = setting(
        (), "What texts of a source count, as name=weight, 0 to 1; 1 for one that is not named."
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


def sentiment_faults(own: SentimentSettings) -> Iterator[tuple[str, str]]:
    """Yield what cannot be taken."""
    for name in ("listed_domains", "denied_domains"):
        try:
            for one in getattr(own, name):
                checked_domain(one, field=name)
        except InvalidValue as problem:
            yield f"sentiment.{name}", str(problem)
    try:
        weights_of(own)
    except InvalidValue as problem:
        yield "sentiment.source_weights", str(problem)
