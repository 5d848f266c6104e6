"""Declare sentiment: the mood of the market and of what is written about it."""

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import structlog

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import ReferenceEngine
from adapters.compute.text_model.folder import TextModelFolder
from adapters.http.cases import Case
from adapters.http.sentiment.hype import HYPE, MENTIONS_BODY, hype_routes
from adapters.http.sentiment.item_schemas import ITEMS_BODY
from adapters.http.sentiment.mood import PARTS_BODY
from adapters.http.sentiment.routes import (
    ANALYZE,
    MOOD,
    PATH,
    TEXTS,
    fear_greed_routes,
    sentiment_routes,
)
from adapters.system.supervisor import Run, Supervisor
from adapters.telemetry.metrics import Metrics
from application.inference.observer import ModelObserver
from application.sentiment.keep_mood import KeepMood
from application.sentiment.keep_sources import KeepSources
from application.sentiment.model_scorer import RETRY_S, ModelScorer
from application.sentiment.pull_news import PullNews
from application.sentiment.read_hype import ReadHype
from application.sentiment.read_sentiment import ReadSentiment
from application.sentiment.score_texts import LexiconScorer, ScoreTexts
from application.sentiment.take_items import TakeItems
from application.sentiment.take_mentions import TakeMentions
from application.shared.asker import Asker
from application.shared.change import Changes
from bootstrap.area import Area, Task, of_role
from bootstrap.areas.market import Market
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.sentiment.sources import build_sources, concealing
from bootstrap.settings.sections import Settings
from bootstrap.settings.sentiment import weights_of
from bootstrap.system import System
from domain.inference.model import ModelKey
from domain.sentiment.aggregate import Weighing
from domain.sentiment.domains import Publishers, checked_domain
from ports.health import ComponentState
from ports.sentiment import Scorer, ScorerUnavailable

log = structlog.get_logger(__name__)

# Parts of the health board: whatever scores, and the model where one is set.
ENGINE, MODEL = "sentiment_engine", "finbert_server"
_MEBIBYTE = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class SentimentParts:
    """The use cases."""

    score: ScoreTexts
    take: TakeItems
    read: ReadSentiment
    take_mentions: TakeMentions
    read_hype: ReadHype
    mood: KeepMood
    sources: KeepSources
    # None where no source is set.
    pull: PullNews | None


def build(
    *, settings: Settings, changes: Changes, market: Market, system: System, metrics: Metrics
) -> SentimentParts:
    """Build the use cases."""
    own = settings.sentiment
    dated = replace(changes, market_now=market.clock.now)
    weighing = Weighing(
        publishers=Publishers(
            listed=_domains(own.listed_domains), denied=_domains(own.denied_domains)
        ),
        source_weights=weights_of(own),
    )
    read = ReadSentiment(
        works=changes.works,
        instruments=market.instruments,
        clock=changes.clock,
        weighing=weighing,
    )
    score = ScoreTexts(
        scorer=scorer_of(settings, system=system),
        clock=system.clock,
        on_scored=metrics.scored,
    )
    take = TakeItems(changes=dated, instruments=market.instruments, score=score)
    keep = KeepSources(changes=changes)
    return SentimentParts(
        score=score,
        take=take,
        read=read,
        take_mentions=TakeMentions(changes=dated),
        read_hype=ReadHype(sentiment=read),
        mood=KeepMood(changes=dated),
        sources=keep,
        pull=_pull(take, keep, settings=settings, system=system, metrics=metrics),
    )


def scorer_of(settings: Settings, *, system: System) -> Scorer:
    """Return what is set; nothing is read or imported yet."""
    folder, serving = settings.sentiment.model, settings.inference
    if folder is None:
        return LexiconScorer()
    memory = serving.memory_mib * _MEBIBYTE
    engines = (OnnxCpuEngine(threads=serving.threads), ReferenceEngine(memory_bytes=memory))
    return ModelScorer(
        name=folder.absolute().name,
        models=TextModelFolder(folder=folder.absolute(), bytes_max=memory),
        examiner=OnnxExaminer(memory_bytes=memory),
        engines=[one for one in engines if serving.require in (None, one.name)],
        run_s_max=serving.run_s_max,
        clock=system.clock,
        observer=ModelObserver(fell_back=_fell_back),
    )


def _fell_back(_: ModelKey, failed: str, following: str, why: str) -> None:
    log.warning("sentiment.fell_back", engine=failed, following=following, problem=why)


def _told(parts: Parts, part: str) -> Run | None:
    """Return what tells on the health board whether texts can be scored."""
    scorer = parts.of(build).score.scorer
    if not isinstance(scorer, ModelScorer) and part == MODEL:
        return None

    async def run() -> None:
        while isinstance(scorer, ModelScorer):
            try:
                await scorer.load()
                parts.health.set(part, ComponentState.UP, detail=f"scores by {scorer.name}")
                break
            except ScorerUnavailable as problem:
                log.warning("sentiment.no_model", problem=str(problem))
                parts.health.set(part, ComponentState.DEGRADED, detail=str(problem))
            await asyncio.sleep(RETRY_S)
        await asyncio.Event().wait()

    return run


async def _finish(parts: Parts, _: Supervisor) -> None:
    scorer = parts.of(build).score.scorer
    if isinstance(scorer, ModelScorer):
        await scorer.stop()


def _pull(
    take: TakeItems, keep: KeepSources, *, settings: Settings, system: System, metrics: Metrics
) -> PullNews | None:
    own = settings.sentiment
    sources = build_sources(own, system=system)
    if not sources or own.tenant is None:
        return None

    def away(name: str, why: str) -> None:
        log.warning("sentiment.away", source=name, why=why)
        metrics.fetched(name, outcome="failed")

    return PullNews(
        sources=sources,
        take=take,
        keep=keep,
        by=Asker(tenant_id=UUID(own.tenant), actor="sentiment"),
        every_s=own.every_s,
        clock=system.clock,
        sleeper=system.sleeper,
        on_looked=lambda name: metrics.fetched(name, outcome="ok"),
        on_away=away,
        on_refused=lambda name, why: log.warning("sentiment.refused", source=name, why=why),
        on_unkept=lambda name, why: log.warning("sentiment.unkept", source=name, why=why),
        conceal=concealing(own),
    )


def _domains(names: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(checked_domain(one, field="domains") for one in names)


_SYMBOL = {"symbol": "AAPL"}

AREA = Area(
    name="sentiment",
    sentence="The mood of the market between fear and greed, and the tone of texts.",
    builds={"sentiment": build},
    routes=lambda parts: (
        fear_greed_routes(parts.of(build).mood),
        sentiment_routes(
            parts.of(build).score,
            parts.of(build).take,
            parts.of(build).read,
            parts.of(build).sources,
        ),
        hype_routes(parts.of(build).take_mentions, parts.of(build).read_hype),
    ),
    cases={
        f"POST {PATH}/calculate": Case(body=MOOD),
        f"GET {PATH}": Case(),
        f"GET {PATH}/history": Case(),
        f"POST {PATH}/parts": Case(body=PARTS_BODY, action="mood.taken"),
        f"POST {ANALYZE}/analyze": Case(body=TEXTS),
        f"POST {ANALYZE}/items": Case(body=ITEMS_BODY, action="sentiment.taken"),
        f"POST {HYPE}/mentions": Case(body=MENTIONS_BODY, action="hype.taken"),
        f"GET {HYPE}/spikes": Case(),
        f"GET {HYPE}/{{symbol}}": Case(plain=_SYMBOL, may_lack=True),
        f"GET {ANALYZE}/sources": Case(),
        f"GET {ANALYZE}/{{symbol}}": Case(plain=_SYMBOL, may_lack=True),
        f"GET {ANALYZE}/{{symbol}}/items": Case(plain=_SYMBOL, may_lack=True),
    },
    tasks=(
        of_role(Role.WATCH, "news", lambda parts: parts.of(build).pull, required=False),
        *(
            Task(
                name=name,
                run=partial(_told, part=name),
                roles=frozenset({Role.API}),
                required=False,
            )
            for name in (ENGINE, MODEL)
        ),
    ),
    finishes=_finish,
)
