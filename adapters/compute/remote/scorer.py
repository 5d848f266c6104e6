"""Have texts scored by another process of ours (port Scorer)."""

import math
from collections.abc import Sequence

import msgspec

from adapters.compute.remote.server import RemoteServer, Unanswered
from domain.sentiment.lexicon import Tone, ToneScore
from ports.sentiment import ScorerUnavailable

NAME = "remote"
# So many at once that a model of tone is done within the time of a call.
TEXTS_MAX = 32
NAME_MAX, VERSION_MAX = 64, 80
_PATH = "/api/v1/sentiment/analyze"
_SUM_WITHIN = 1e-3


class _Told(msgspec.Struct):
    label: Tone
    score: float
    positive: float
    negative: float
    neutral: float
    scorer: str
    scorer_version: str
    truncated: bool


class _Items(msgspec.Struct):
    items: list[_Told]


_ITEMS = msgspec.json.Decoder(_Items)


class RemoteScorer:
    """Scores by whatever that process scores by: name and version are its own, once it answered."""

    def __init__(self, server: RemoteServer) -> None:
        self._server = server
        self.name, self.version = NAME, ""

    async def score(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        """Return the tone of each text, in their order; raises ScorerUnavailable."""
        scored: list[ToneScore] = []
        for first in range(0, len(texts), TEXTS_MAX):
            scored += await self._some(texts[first : first + TEXTS_MAX])
        return scored

    async def stop(self) -> None:
        """Close what is open."""
        await self._server.stop()

    async def _some(self, texts: Sequence[str]) -> list[ToneScore]:
        try:
            said = await self._server.post(_PATH, msgspec.json.encode({"texts": list(texts)}))
            told = _ITEMS.decode(said).items
        except Unanswered as problem:
            raise ScorerUnavailable(f"the server of sentiment.remote: {problem}") from None
        except msgspec.MsgspecError as problem:
            self._server.distrust()
            why = f"the server of sentiment.remote tells no tones: {problem}"
            raise ScorerUnavailable(why) from None
        if len(told) != len(texts) or not all(_is_whole(one) for one in told):
            self._server.distrust()
            raise ScorerUnavailable("the server of sentiment.remote tells no tone of each text")
        self._server.understood()
        if told:
            self.name = told[0].scorer[:NAME_MAX]
            self.version = told[0].scorer_version[:VERSION_MAX]
        return [_tone(one) for one in told]


def _is_whole(told: _Told) -> bool:
    shares = (told.positive, told.negative, told.neutral)
    return all(0 <= one <= 1 for one in shares) and math.isclose(
        sum(shares), 1, abs_tol=_SUM_WITHIN
    )


def _tone(told: _Told) -> ToneScore:
    return ToneScore(
        positive=told.positive,
        negative=told.negative,
        neutral=told.neutral,
        truncated=told.truncated,
        label=told.label,
    )
