"""Build what scores texts, and tell how it is."""

import asyncio
from pathlib import Path

import structlog

from adapters.compute.onnx.cpu import OnnxCpuEngine
from adapters.compute.onnx.examiner import OnnxExaminer
from adapters.compute.onnx.reference import ReferenceEngine
from adapters.compute.remote.scorer import RemoteScorer
from adapters.compute.remote.server import RemoteServer
from adapters.compute.text_model.folder import TextModelFolder
from adapters.security.part_tokens import PartTokens
from adapters.system.supervisor import Run
from adapters.telemetry.health import HealthBoard
from application.inference.observer import ModelObserver
from application.sentiment.model_scorer import RETRY_S, ModelScorer
from application.sentiment.score_texts import LexiconScorer
from bootstrap.settings.sections import Settings
from bootstrap.system import System
from domain.inference.model import ModelKey
from domain.shared.breaker import Breaker
from ports.health import ComponentState
from ports.sentiment import Scorer, ScorerUnavailable

log = structlog.get_logger(__name__)

_MEBIBYTE = 2**20
# What another process is asked, to see whether it scores texts.
_PROBE, _LOOK_EVERY_S = "Profit rose.", 5.0


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


def remote_scorer(url: str, *, ca: Path | None, tokens: PartTokens, system: System) -> RemoteScorer:
    """Return what asks another process of ours; nothing is asked yet."""
    return RemoteScorer(
        RemoteServer(
            url=url,
            token=lambda: tokens.draw("sentiment"),
            ca=ca,
            clock=system.clock,
            breaker=Breaker(),
        )
    )


def _fell_back(_: ModelKey, failed: str, following: str, why: str) -> None:
    log.warning("sentiment.fell_back", engine=failed, following=following, problem=why)


def tell_of(scorer: Scorer, *, part: str, health: HealthBoard) -> Run:
    """Return what tells on the health board whether texts can be scored, until cancelled."""

    async def run() -> None:
        while not isinstance(scorer, LexiconScorer):
            wait_s = RETRY_S if isinstance(scorer, ModelScorer) else _LOOK_EVERY_S
            try:
                if isinstance(scorer, ModelScorer):
                    await scorer.load()
                else:
                    await scorer.score([_PROBE])
                health.set(part, ComponentState.UP, detail=f"scores by {scorer.name}")
                if isinstance(scorer, ModelScorer):
                    break
            except ScorerUnavailable as problem:
                log.warning("sentiment.no_model", problem=str(problem))
                health.set(part, ComponentState.DEGRADED, detail=str(problem))
            await asyncio.sleep(wait_s)
        await asyncio.Event().wait()

    return run
