"""Route what is asked of the market's mood, and of the tone of texts."""

from typing import Annotated

import msgspec
from litestar import post

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.reading import Amount, decoder_of
from adapters.http.sentiment.items import item_handlers
from adapters.http.sentiment.mood import mood_handlers
from adapters.http.sentiment.sources import source_handlers
from adapters.http.wire import Answer, HttpRequest, answer, body_of, decode, text_of
from application.sentiment.keep_mood import KeepMood
from application.sentiment.keep_sources import KeepSources
from application.sentiment.read_sentiment import ReadSentiment
from application.sentiment.score_texts import ScoreTexts
from application.sentiment.take_items import TakeItems
from domain.identity.access import Permission
from domain.sentiment.fear_greed import Mood, MoodInput, fear_greed
from domain.sentiment.lexicon import Tone, ToneScore

PATH = "/api/v1/fear-greed"
ANALYZE = "/api/v1/sentiment"
TEXTS_MAX = 256
TEXTS = {"texts": ["Net profit rose while costs fell.", "The meeting takes place in Geneva."]}
MOOD = {
    "parts": {
        "vix": {"value": "18.5", "history": [str(12 + one % 20) for one in range(60)]},
        "social": {"value": "0.2"},
    }
}


class MoodInputBody(msgspec.Struct, forbid_unknown_fields=True):
    """A part's value and those before it, oldest first; social is a tone of -1 to 1."""

    value: Amount
    history: list[Amount] = []


class CalculateBody(msgspec.Struct, forbid_unknown_fields=True):
    """Parts by name, and the weights of those that count where not the usual ones do."""

    parts: dict[str, MoodInputBody]
    weights: dict[str, Amount] | None = None


class MoodPartView(msgspec.Struct):
    """A part's score of 0 to 100 and its weight; without a score, what is missing."""

    weight: str
    score: str | None
    missing: str


class FearGreedView(msgspec.Struct):
    """The mood, 0 fear to 100 greed; null without a part. coverage: the weights that count."""

    score: int | None
    label: Mood | None
    parts: dict[str, MoodPartView]
    coverage: str


class AnalyzeBody(msgspec.Struct, forbid_unknown_fields=True):
    """Texts to be scored, each by itself."""

    texts: Annotated[list[str], msgspec.Meta(min_length=1, max_length=TEXTS_MAX)]


class ToneView(msgspec.Struct):
    """A text's tone: shares that sum to 1, score = positive - negative; truncated: not all read."""

    label: Tone
    score: float
    positive: float
    negative: float
    neutral: float
    scorer: str
    truncated: bool


class ToneList(msgspec.Struct):
    """The tones, in the order of the texts."""

    items: list[ToneView]


_CALCULATE = decoder_of(CalculateBody)
_ANALYZE = decoder_of(AnalyzeBody)


def sentiment_routes(
    score: ScoreTexts, take: TakeItems, read: ReadSentiment, sources: KeepSources
) -> AreaRoutes:
    """Return the routes under /api/v1/sentiment."""

    @post(
        "/analyze",
        **described(
            "Score the tone of texts, by the lexicon unless a model is set; nothing is kept",
            permission=Permission.SENTIMENT_READ,
            body=AnalyzeBody,
            answers={200: ToneList},
            problems=(409,),
            example=TEXTS,
        ),
    )
    async def analyze(request: HttpRequest) -> Answer:
        said = decode(await body_of(request), decoder=_ANALYZE)
        scorer = score.scorer.name
        return answer(ToneList([_tone(one, scorer=scorer) for one in await score.of(said.texts)]))

    return AreaRoutes(
        path=ANALYZE,
        tags=["sentiment"],
        route_handlers=[analyze, *source_handlers(sources), *item_handlers(take, read)],
    )


def _tone(tone: ToneScore, *, scorer: str) -> ToneView:
    return ToneView(
        label=tone.tone,
        score=tone.score,
        positive=tone.positive,
        negative=tone.negative,
        neutral=tone.neutral,
        scorer=scorer,
        truncated=tone.truncated,
    )


def fear_greed_routes(keep: KeepMood) -> AreaRoutes:
    """Return the routes under /api/v1/fear-greed."""

    @post(
        "/calculate",
        **described(
            "Score the market's mood out of the parts that are given",
            permission=Permission.SENTIMENT_READ,
            body=CalculateBody,
            answers={200: FearGreedView},
            example=MOOD,
        ),
    )
    async def calculate(request: HttpRequest) -> Answer:
        said = decode(await body_of(request), decoder=_CALCULATE)
        mood = fear_greed(
            {
                name: MoodInput(value=one.value, history=one.history)
                for name, one in said.parts.items()
            },
            weights=said.weights,
        )
        parts = {
            part.name: MoodPartView(
                text_of(part.weight),
                None if part.score is None else text_of(part.score),
                part.missing,
            )
            for part in mood.parts
        }
        return answer(FearGreedView(mood.score, mood.mood, parts, text_of(mood.coverage)))

    return AreaRoutes(
        path=PATH, tags=["sentiment"], route_handlers=[calculate, *mood_handlers(keep)]
    )
