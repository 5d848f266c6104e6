"""Everything that a running process consists of, made at once."""

from dataclasses import dataclass

from adapters.brokers.paper.pushing import MarketPush
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from adapters.system.supervisor import Run
from adapters.telemetry.health import HealthBoard
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.tracing import Tracing
from application.orders.gatekeeper import Gatekeeper
from application.orders.remote_checks import AnswerChecks
from application.streams.obey_restarts import ObeyRestarts
from application.streams.relay import Relay
from bootstrap.areas import accounts as account_area
from bootstrap.areas import agents as agent_area
from bootstrap.areas import audit as audit_area
from bootstrap.areas import identity as identity_area
from bootstrap.areas import kill_switch as kill_switch_area
from bootstrap.areas import market as market_area
from bootstrap.areas import orders as order_area
from bootstrap.areas import risk as risk_area
from bootstrap.areas import secrets as secret_area
from bootstrap.areas import streams as stream_area
from bootstrap.areas import workspaces as workspace_area
from bootstrap.container import Container
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.streams import monitor as monitor_area
from bootstrap.streams.events import OutsideStream
from bootstrap.streams.kafka_reach import KafkaReach
from bootstrap.streams.sharing import Sharing
from bootstrap.system import System, Wakeups
from ports.halts import RaiseHalt


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a running process consists of, resolved."""

    settings: Settings
    system: System
    wakeups: Wakeups
    plan: Plan
    jobs: Jobs
    health: HealthBoard
    reach: KafkaReach
    pulse: Run | None
    metrics: Metrics
    tracing: Tracing | None
    storage: Storage
    sharing: Sharing
    broker: order_area.BrokerParts
    # What brings the market to a venue elsewhere, where there is one.
    push: MarketPush | None
    hasher: Argon2idHasher
    kill_hasher: Argon2idHasher
    tokens: Rs256Tokens
    market: market_area.MarketParts
    accounts: account_area.AccountParts
    gatekeeper: Gatekeeper
    risk: risk_area.RiskParts
    orders: order_area.OrderParts
    kill_switch: kill_switch_area.KillParts
    answer: AnswerChecks | None
    events: OutsideStream | None
    event_relay: Relay | None
    streams: stream_area.StreamParts
    commands: ObeyRestarts | None
    stream_monitor: monitor_area.MonitorParts
    agents: agent_area.AgentParts
    workspaces: workspace_area.WorkspaceParts
    secrets: secret_area.SecretsParts
    identity: identity_area.IdentityParts
    audit: audit_area.AuditParts
    halt: RaiseHalt


def resolve(container: Container) -> Parts:
    """Make every part now, so that a wiring fault shows at boot and not at the first request."""
    return Parts(
        settings=container.settings(),
        system=container.system(),
        wakeups=container.wakeups(),
        plan=container.plan(),
        jobs=container.jobs(),
        health=container.health(),
        reach=container.reach(),
        pulse=container.pulse(),
        metrics=container.metrics(),
        tracing=container.tracing(),
        storage=container.storage(),
        sharing=container.sharing(),
        broker=container.broker_parts(),
        push=container.market_push(),
        hasher=container.hasher(),
        kill_hasher=container.kill_hasher(),
        tokens=container.tokens(),
        market=container.market_parts(),
        accounts=container.accounts(),
        gatekeeper=container.gatekeeper(),
        risk=container.risk(),
        orders=container.orders(),
        kill_switch=container.kill_switch(),
        answer=container.answer(),
        events=container.events(),
        event_relay=container.event_relay(),
        streams=container.streams(),
        commands=container.commands(),
        stream_monitor=container.stream_monitor(),
        agents=container.agents(),
        workspaces=container.workspaces(),
        secrets=container.secrets(),
        identity=container.identity(),
        audit=container.audit(),
        halt=container.halt(),
    )
