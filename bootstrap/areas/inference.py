"""Declare inference: models of the operator, and running them."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import structlog
from litestar.types import ControllerRouterHandler

from adapters.compute.onnx.process import check_installed
from adapters.compute.remote.engine import RemoteEngine, what_lacks
from adapters.compute.remote.server import RemoteServer
from adapters.gpu.tensorrt.engine import TENSORRT, TensorRtEngine
from adapters.http.cases import Case
from adapters.http.inference.asking import EXAMPLE
from adapters.http.inference.protocol import PATH as PROTOCOL
from adapters.http.inference.protocol import protocol_routes
from adapters.http.inference.routes import PATH, RUN, inference_routes, model_routes
from adapters.security.part_tokens import PartTokens
from adapters.system.supervisor import Run, Supervisor
from adapters.telemetry.health import own_version
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.model_figures import ModelFigures
from application.inference.keep_predictions import KeepPredictions
from application.inference.observer import ModelObserver
from application.inference.queue import QueueRules
from application.inference.serve_models import ServeModels, ServingRules
from application.inference.steer_models import SteerModels
from application.shared.change import Changes
from bootstrap.area import Area, Asked, Task
from bootstrap.areas.audit import AuditParts
from bootstrap.areas.market import Market
from bootstrap.identity.access_tokens import build_part_tokens
from bootstrap.inference.board import RunnerBoard
from bootstrap.inference.engines import (
    budget_bytes,
    build_accelerators,
    build_engines,
    build_examiner,
    build_folder,
    build_remote,
)
from bootstrap.inference.tensorrt import PART, build_tensorrt, tell_tensorrt
from bootstrap.parts import Parts
from bootstrap.processes.roles import Plan, Role
from bootstrap.settings.sections import Settings
from bootstrap.system import System
from domain.inference.model import ModelKey, ServedModel
from ports.inference import EngineMissing
from ports.market import MarketClock
from ports.time import Sleeper

log = structlog.get_logger(__name__)

RUNNER = "onnx_runner"
# How soon it is known that another process does not run a model any more.
LOOK_EVERY_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InferenceParts:
    """The models, and who changes what is served."""

    models: ServeModels
    steer: SteerModels
    board: RunnerBoard
    # Where another process runs them, None where this one does.
    elsewhere: RemoteServer | None
    predictions: KeepPredictions
    # The market's time: by its day a model expires.
    clock: MarketClock


def build(
    *,
    settings: Settings,
    system: System,
    audit: AuditParts,
    metrics: Metrics,
    changes: Changes,
    plan: Plan,
    part_tokens: PartTokens,
    tensorrt: TensorRtEngine,
    market: Market,
) -> InferenceParts:
    """Build the use cases; nothing is read or imported yet."""
    own = settings.inference
    # Whoever is asked by others runs them itself.
    elsewhere = (
        None
        if Role.INFERENCE in plan.asked
        else build_remote(own, tokens=part_tokens, clock=system.clock)
    )
    board, figures = RunnerBoard(), ModelFigures(registry=metrics.registry)
    models = ServeModels(
        files=build_folder(own),
        examiner=build_examiner(own),
        engines=build_engines(own),
        accelerators=build_accelerators(tensorrt),
        elsewhere=None if elsewhere is None else partial(RemoteEngine, elsewhere),
        rules=ServingRules(
            budget_bytes=budget_bytes(own),
            run_s_max=own.run_s_max,
            require=own.require,
            queue=QueueRules(
                rows_max=own.batch_rows,
                wait_s=own.batch_wait_ms / 1_000,
                waiting_max=own.waiting_max,
            ),
        ),
        clock=system.clock,
        sleeper=system.sleeper,
        told=_told(board, figures),
    )
    figures.follow(models.served)
    steer = SteerModels(models=models, record=audit.record, changes=changes)
    predictions = KeepPredictions(changes=changes, view=market.view)
    return InferenceParts(
        models=models,
        steer=steer,
        board=board,
        elsewhere=elsewhere,
        predictions=predictions,
        clock=market.clock,
    )


def _told(board: RunnerBoard, figures: ModelFigures) -> ModelObserver:
    """Return who hears what becomes of models: the log, the health board, the metrics."""

    def fell_back(key: ModelKey, failed: str, following: str, why: str) -> None:
        log.warning(
            "inference.fell_back", model=str(key), engine=failed, following=following, problem=why
        )
        figures.fell_back(key, failed, following, why)
        board.fell_back(key, failed, following, why)

    def recovered(key: ModelKey) -> None:
        log.info("inference.recovered", model=str(key))
        board.recovered(key)

    def loaded(one: ServedModel) -> None:
        log.info(
            "inference.loaded",
            model=str(one.key),
            engine=one.engine,
            sha256=one.facts.sha256,
            nodes=dict(one.nodes),
        )
        board.loaded(one)

    def refused(key: ModelKey, why: str) -> None:
        log.warning("inference.refused", model=str(key), problem=why)
        board.refused(key, why)

    def gone(key: ModelKey) -> None:
        log.info("inference.gone", model=str(key))
        board.gone(key)

    return ModelObserver(
        fell_back=fell_back,
        recovered=recovered,
        batched=figures.batched,
        loaded=loaded,
        refused=refused,
        gone=gone,
    )


def _running(parts: Parts) -> Run | None:
    own = parts.settings.inference
    if own.model_dir is None or not parts.plan.answers(Role.INFERENCE):
        return None
    models, board = parts.of(build).models, parts.of(build).board
    elsewhere = parts.of(build).elsewhere
    tensorrt = parts.of(build_tensorrt)

    async def run() -> None:
        board.show(lambda state, why: parts.health.set(RUNNER, state, detail=why))
        try:
            check_installed()
            if own.load == "start":
                await models.load_all()
        except EngineMissing as problem:
            log.warning("inference.missing", problem=str(problem))
            board.missing(str(problem))
        await tell_tensorrt(tensorrt, health=parts.health, required=own.require == TENSORRT)
        if elsewhere is None:
            await asyncio.Event().wait()
        else:
            await _looking(elsewhere, models=models, board=board, sleeper=parts.system.sleeper)

    return run


async def _looking(
    elsewhere: RemoteServer, *, models: ServeModels, board: RunnerBoard, sleeper: Sleeper
) -> None:
    """Tell what another process that runs models lacks, again and again until cancelled."""
    while True:
        board.lacking(await what_lacks(elsewhere, [one.key for one in models.served()]))
        await sleeper.sleep(LOOK_EVERY_S)


def _routes(parts: Parts) -> Sequence[ControllerRouterHandler]:
    own = parts.of(build)
    return (
        model_routes(own.models, own.steer, own.predictions, clock=own.clock),
        inference_routes(own.models, clock=own.clock),
        protocol_routes(own.models, version=own_version(), clock=own.clock),
    )


async def _finish(parts: Parts, _: Supervisor) -> None:
    own = parts.of(build)
    await own.models.stop()
    if own.elsewhere is not None:
        await own.elsewhere.stop()


_NAME = {"name": "mlp"}
_VERSIONED = {"name": "mlp", "version": "1"}
_ONE = f"{PATH}/{{name}}"
_MODEL = f"{PROTOCOL}/models/{{name}}"


AREA = Area(
    name="inference",
    sentence="Models in ONNX, served on the host's engines.",
    builds={"inference": build, "part_tokens": build_part_tokens, "tensorrt": build_tensorrt},
    routes=_routes,
    parameters=frozenset({"version"}),
    cases={
        f"GET {PATH}": Case(),
        f"GET {_ONE}": Case(plain=_NAME, may_lack=True),
        f"GET {_ONE}/predictions": Case(plain=_NAME, may_lack=True),
        f"POST {_ONE}/load": Case(plain=_NAME, body={}, may_lack=True),
        f"POST {_ONE}/unload": Case(plain=_NAME, may_lack=True),
        f"POST {RUN}/{{name}}": Case(plain=_NAME, body=EXAMPLE, may_lack=True),
        f"GET {PROTOCOL}": Case(),
        f"GET {PROTOCOL}/health/live": Case(),
        f"GET {PROTOCOL}/health/ready": Case(),
        f"GET {_MODEL}": Case(plain=_NAME, may_lack=True),
        f"GET {_MODEL}/ready": Case(plain=_NAME, may_lack=True),
        f"POST {_MODEL}/infer": Case(plain=_NAME, body=EXAMPLE, may_lack=True),
        f"GET {_MODEL}/versions/{{version}}": Case(plain=_VERSIONED, may_lack=True),
        f"GET {_MODEL}/versions/{{version}}/ready": Case(plain=_VERSIONED, may_lack=True),
        f"POST {_MODEL}/versions/{{version}}/infer": Case(
            plain=_VERSIONED, body=EXAMPLE, may_lack=True
        ),
    },
    tasks=(
        Task(
            name=RUNNER,
            run=_running,
            roles=frozenset({Role.API, Role.INFERENCE}),
            told_for=Role.INFERENCE,
            required=False,
            # An engine that has a part of its own on the board.
            tells=(PART,),
        ),
    ),
    asked={
        Role.INFERENCE: Asked(
            part="inference", port=lambda settings: settings.inference.port, routes=_routes
        )
    },
    finishes=_finish,
)
