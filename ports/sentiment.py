"""What the core needs to score the tone of texts by a model."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from domain.sentiment.lexicon import Tone, ToneScore


class TextModelRefused(Exception):
    """This folder is no model of tone that is read here; the message says what is wrong."""


class ScorerUnavailable(Exception):
    """Texts cannot be scored now; the message says why."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A text in a model's own numbers, with what marks its beginning and its end."""

    ids: tuple[int, ...]
    type_ids: tuple[int, ...]


class TextTokens(Protocol):
    """Turns texts into a model's own numbers."""

    @property
    def pad_id(self) -> int:
        """What fills a row up."""
        ...

    async def rows(self, texts: Sequence[str]) -> Sequence[TokenRow]:
        """Return a row of each text, whole."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TextModel:
    """A model of tone as it lies there: labels are those of its outputs, in their order."""

    name: str
    content: bytes
    labels: tuple[Tone, ...]
    tokens_max: int
    tokens: TextTokens


class TextModels(Protocol):
    """Where the operator's model of tone lies."""

    async def read(self) -> TextModel:
        """Return it; raises TextModelRefused, EngineMissing."""
        ...


class Scorer(Protocol):
    """Tells the tone of texts."""

    @property
    def name(self) -> str:
        """What it is called beside each score."""
        ...

    @property
    def version(self) -> str:
        """Which it is to the byte; empty until it has scored something."""
        ...

    async def score(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        """Return the tone of each text, in their order; raises ScorerUnavailable."""
        ...
