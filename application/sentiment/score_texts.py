"""Score texts by the lexicon, or by what is set in its place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from domain.sentiment.lexicon import VERSION, ToneScore, tone_of
from domain.shared.refusals import Conflicting
from ports.sentiment import Scorer, ScorerUnavailable
from ports.time import Clock

LEXICON = "lexicon"


class CannotScore(Conflicting):
    """The scorer that is set cannot score; another is not asked in its place."""

    slug = "texts-not-scored"
    title = "Texts not scored"
    meaning = "The model of tone that is set cannot score texts now; the detail says why."


class LexiconScorer:
    """Our own lexicon (port Scorer)."""

    name = LEXICON
    version = VERSION

    async def score(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        """Return the tone of each text."""
        return [tone_of(one) for one in texts]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTexts:
    """Score texts by the one scorer there is; on_scored is told its name, how many, seconds."""

    scorer: Scorer
    clock: Clock
    on_scored: Callable[[str, int, float], None] = lambda _name, _many, _seconds: None

    async def of(self, texts: Sequence[str]) -> Sequence[ToneScore]:
        """Return the tone of each text, in their order; raises CannotScore."""
        begun = self.clock.monotonic()
        try:
            found = await self.scorer.score(texts)
        except ScorerUnavailable as problem:
            raise CannotScore(str(problem)) from None
        self.on_scored(self.scorer.name, len(texts), self.clock.monotonic() - begun)
        return found
