"""Declare sentiment: the mood of the market and of what is written about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from uuid import UUID

import structlog
from litestar.types import ControllerRouterHandler

from adapters.compute.remote.scorer import RemoteScorer
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
    scoring_routes,
    sentiment_routes,
)
from adapters.security.part_tokens import PartTokens
from adapters.system.supervisor import Run, Supervisor
from adapters.telemetry.metrics import Metrics
from application.sentiment.keep_mood import KeepMood
from application.sentiment.keep_sources import KeepSources
from application.sentiment.model_scorer import ModelScorer
from application.sentiment.pull_news import PullNews
from application.sentiment.read_hype import ReadHype
from application.sentiment.read_sentiment import ReadSentiment
from application.sentiment.score_texts import ScoreTexts
from application.sentiment.take_items import TakeItems
from application.sentiment.take_mentions import TakeMentions
from application.shared.asker import Asker
from application.shared.change import Changes
from bootstrap.area import Area, Asked, Task, of_role
from bootstrap.areas.market import Market
from bootstrap.parts import Parts
from bootstrap.processes.roles import Plan, Role
from bootstrap.sentiment.scorers import remote_scorer, scorer_of, tell_of
from bootstrap.sentiment.sources import build_sources, concealing
from bootstrap.settings.sections import Settings
from bootstrap.settings.sentiment import weights_of
from bootstrap.system import System
from domain.sentiment.aggregate import Weighing
from domain.sentiment.domains import Publishers, checked_domain

log = structlog.get_logger(__name__)

# Parts of the health board: whatever scores, and the model where one is set.
ENGINE, MODEL = "sentiment_engine", "finbert_server"


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
    *,
    settings: Settings,
    changes: Changes,
    market: Market,
    system: System,
    metrics: Metrics,
    plan: Plan,
    part_tokens: PartTokens,
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
        # Whoever has the model of tone scores by it.
        scorer=(
            scorer_of(settings, system=system)
            if settings.sentiment.remote is None or Role.FINBERT in plan.asked
            else remote_scorer(
                settings.sentiment.remote,
                ca=settings.sentiment.remote_ca,
                tokens=part_tokens,
                system=system,
            )
        ),
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


def _told(parts: Parts, part: str, role: Role) -> Run | None:
    """Return what tells on the health board whether texts can be scored."""
    scorer = parts.of(build).score.scorer
    has_model = isinstance(scorer, ModelScorer)
    if not parts.plan.answers(role) or (part == MODEL and not has_model):
        return None
    return tell_of(scorer, part=part, health=parts.health)


def _routes(parts: Parts) -> Sequence[ControllerRouterHandler]:
    own = parts.of(build)
    return (
        fear_greed_routes(own.mood),
        sentiment_routes(own.score, own.take, own.read, own.sources),
        hype_routes(own.take_mentions, own.read_hype),
    )


async def _finish(parts: Parts, _: Supervisor) -> None:
    scorer = parts.of(build).score.scorer
    if isinstance(scorer, ModelScorer | RemoteScorer):
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
    routes=_routes,
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
        of_role(Role.SENTIMENT, "news", lambda parts: parts.of(build).pull, required=False),
        *(
            Task(
                name=name,
                run=partial(_told, part=name, role=role),
                roles=frozenset({Role.API, role}),
                told_for=role,
                required=False,
            )
            for name, role in ((ENGINE, Role.SENTIMENT), (MODEL, Role.FINBERT))
        ),
    ),
    asked={
        Role.SENTIMENT: Asked(
            part="sentiment", port=lambda settings: settings.sentiment.port, routes=_routes
        ),
        Role.FINBERT: Asked(
            part="sentiment",
            port=lambda settings: settings.sentiment.finbert_port,
            routes=lambda parts: (scoring_routes(parts.of(build).score),),
        ),
    },
    finishes=_finish,
)
