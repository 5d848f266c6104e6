"""Declare strategies: who acts on signals, by the one road that every order takes."""

from dataclasses import dataclass, replace
from uuid import UUID

import structlog

from adapters.compute.own_strategies.processes import OwnStrategyProcesses
from adapters.gpu.tensorrt.engine import TENSORRT
from adapters.http.cases import Case, Thing
from adapters.http.strategies.routes import PATH, STRATEGY, strategy_routes
from adapters.system.supervisor import Run, Supervisor
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed_signals import ObservedSignals
from application.inference.forecast_factor import ForecastFactor
from application.shared.change import Changes
from application.strategies.act_on_signals import ActOnSignals
from application.strategies.beat import BeatForStrategies
from application.strategies.gather_factors import GatherFactors
from application.strategies.keep_strategies import KeepStrategies
from application.strategies.own_holdings import OwnHoldings
from application.strategies.own_opinion import OwnOpinion
from application.strategies.read_batch import ReadBatch
from application.strategies.read_performance import ReadPerformance
from application.strategies.send_order import SendOrder
from application.strategies.sentiment_factor import SentimentFactor
from bootstrap.area import Area, of_role
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.agents import AgentParts
from bootstrap.areas.inference import InferenceParts
from bootstrap.areas.market import Market
from bootstrap.areas.orders import OrderParts
from bootstrap.areas.sentiment import SentimentParts
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.strategies.holdings import MCP, build_holdings, declare_mcp
from bootstrap.streams.sharing import Sharing
from bootstrap.system import System
from domain.strategies.factors import FactorName
from ports.own_strategies import OwnStrategies

_MEBIBYTE = 2**20

log = structlog.get_logger(__name__)

# The part that /api/status tells of: whether signals are acted on.
ENGINE = "strategy_engine"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyParts:
    """The use cases, and what acts behind them."""

    keep: KeepStrategies
    performance: ReadPerformance
    act: ActOnSignals


def build_own(*, settings: Settings) -> OwnStrategies:
    """Build what asks people's own classes; none is loaded before it is asked."""
    own = settings.strategies
    return OwnStrategyProcesses(
        answer_s=own.own_answer_s,
        start_s=own.own_start_s,
        memory_bytes=own.own_memory_mib * _MEBIBYTE,
    )


def build(
    *,
    changes: Changes,
    system: System,
    sharing: Sharing,
    storage: Storage,
    market: Market,
    accounts: AccountParts,
    agents: AgentParts,
    orders: OrderParts,
    inference: InferenceParts,
    sentiment: SentimentParts,
    own_strategies: OwnStrategies,
    settings: Settings,
    health: HealthBoard,
    metrics: Metrics,
) -> StrategyParts:
    """Build the parts."""
    dated = replace(changes, market_now=market.clock.now)

    async def check_account(tenant_id: UUID, account_id: UUID) -> None:
        await accounts.facade.check(tenant_id=tenant_id, account_id=account_id)

    gather = _gather(
        storage, market=market, inference=inference, sentiment=sentiment, own=own_strategies
    )
    keep = KeepStrategies.over(
        dated,
        instruments=market.instruments,
        check_account=check_account,
        gather=gather,
        own_names=own_strategies.names,
    )
    send = SendOrder(orders=orders.facade)
    beat = BeatForStrategies(
        works=storage.works, hear=agents.facade.hear_heartbeat, clock=system.clock
    )
    act = ActOnSignals(
        stream=ObservedSignals(inner=sharing.signals, metrics=metrics),
        member=str(system.ids.new()),
        changes=dated,
        strategies=keep,
        holdings=build_holdings(
            settings.holdings,
            own=OwnHoldings(
                book_store=accounts.book_store, view=market.view, power=accounts.facade.power
            ),
            system=system,
            health=health,
        ),
        send=send,
        gather=gather,
        batches=ReadBatch(works=storage.works, send=send),
        instruments=market.instruments,
        view=market.view,
        sleeper=system.sleeper,
        beat=beat,
        introduce=beat.at_once,
        on_away=lambda why: log.warning("strategies.away", why=why),
    )
    performance = ReadPerformance(
        keeper=keep.keeper,
        archive=storage.archive,
        instruments=market.instruments,
        view=market.view,
    )
    return StrategyParts(keep=keep, performance=performance, act=act)


def _gather(
    storage: Storage,
    *,
    market: Market,
    inference: InferenceParts,
    sentiment: SentimentParts,
    own: OwnStrategies,
) -> GatherFactors:
    return GatherFactors(
        patterns=storage.patterns,
        lap=market.lap,
        sources={
            FactorName.ONNX: ForecastFactor(
                models=inference.models,
                view=market.view,
                clock=market.clock,
                kept=inference.predictions,
            ),
            # Never a copy of the other: it is told only where a GPU worked it out.
            FactorName.TENSORRT: ForecastFactor(
                models=inference.models,
                view=market.view,
                clock=market.clock,
                kept=inference.predictions,
                engine=TENSORRT,
            ),
            FactorName.SENTIMENT: SentimentFactor(read=sentiment.read),
        },
        own=OwnOpinion(classes=own, view=market.view),
    )


async def _finish(parts: Parts, _: Supervisor) -> None:
    await parts.of(build_own).stop()


def _acting(parts: Parts) -> Run:
    declare_mcp(parts.settings.holdings, health=parts.health)
    return parts.of(build).act


_ID = {"strategy_id": "strategy"}
_ONE = f"{PATH}/{{strategy_id}}"
_ACCOUNT = {"/account_id": "account"}

AREA = Area(
    name="strategies",
    sentence="Who acts on signals: strategies, their modes, and what they decided.",
    builds={"strategies": build, "own_strategies": build_own},
    routes=lambda parts: (
        strategy_routes(parts.of(build).keep, parts.of(build).performance, keys=parts.storage.keys),
    ),
    parameters=frozenset({"strategy_id"}),
    things={
        "strategy": Thing(
            made_by=f"POST {PATH}", body=STRATEGY, unique="name", of_account="account_id"
        )
    },
    cases={
        f"GET {PATH}": Case(),
        f"POST {PATH}": Case(ids=_ACCOUNT, body=STRATEGY, action="strategy.created", unique="name"),
        f"GET {_ONE}": Case(ids=_ID),
        f"PUT {_ONE}": Case(
            ids={**_ID, **_ACCOUNT},
            fixed=frozenset(_ACCOUNT),
            body=STRATEGY,
            action="strategy.updated",
            unique="name",
        ),
        f"DELETE {_ONE}": Case(ids=_ID, consumes=True, action="strategy.deleted"),
        f"GET {_ONE}/decisions": Case(ids=_ID),
        f"GET {_ONE}/performance": Case(ids=_ID),
        f"GET {_ONE}/analysis/{{symbol}}": Case(ids=_ID, plain={"symbol": "AAPL"}),
        f"POST {_ONE}/start": Case(ids=_ID, action="strategy.updated"),
        f"POST {_ONE}/stop": Case(ids=_ID, action="strategy.updated"),
    },
    tasks=(of_role(Role.STRATEGIES, ENGINE, _acting, required=False, tells=(MCP,)),),
    finishes=_finish,
)
