"""List the settings of the language model that is asked about ratings."""

from collections.abc import Container, Iterator
from dataclasses import dataclass

from adapters.settings.addresses import split
from adapters.settings.field import setting

# Each may be waited for: together no longer than a person waits.
MODELS_MAX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class AdviserSettings:
    """A language model that may make the rating of an order more careful, and explain it."""

    url: str | None = setting(
        None,
        "The base of an OpenAI-compatible API, such as https://api.openai.com/v1; without one"
        " nobody is asked. It is told ratios, and no name, id or amount.",
    )
    key: str | None = setting(None, "The API's key.", secret=True)
    models: tuple[str, ...] = setting(
        (), "The models to ask, one after the other until one answers; three at most."
    )
    timeout_s: float = setting(3.0, "How long each model may take.", low=0.1, high=10)
    requests_per_day: int = setting(
        100, "Questions that a tenant has a day (UTC), each model's counted.", low=1, high=100_000
    )


def adviser_faults(own: AdviserSettings, *, local: Container[str]) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the settings together; only local hosts may do without TLS."""
    if own.url is None:
        return
    parts = split(own.url)
    host = "" if parts is None else parts.hostname
    if parts is None or not host or parts.query or parts.fragment or "@" in parts.netloc:
        yield "adviser.url", "must be an address such as https://api.openai.com/v1"
    elif parts.scheme != "https" and not (parts.scheme == "http" and host in local):
        yield "adviser.url", "must be https: the key goes there"
    if not 1 <= len(own.models) <= MODELS_MAX or len(set(own.models)) < len(own.models):
        yield "adviser.models", f"must be 1 to {MODELS_MAX} different models where adviser.url is"
