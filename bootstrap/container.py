"""Wire the application: which builder gets what, chosen by the profile."""

from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from dependency_injector import containers, providers

from adapters.memory.leases import SoleLease
from adapters.security.passwords import Argon2idHasher
from adapters.security.tokens import Rs256Tokens
from application.orders.gatekeeper import Gatekeeper
from bootstrap import storage as storages
from bootstrap import stream_monitor as monitor_area
from bootstrap import system as systems
from bootstrap.areas import accounts as account_area
from bootstrap.areas import agents as agent_area
from bootstrap.areas import commands as command_area
from bootstrap.areas import identity as identity_area
from bootstrap.areas import kill_switch as kill_switch_area
from bootstrap.areas import market as market_area
from bootstrap.areas import orders as order_area
from bootstrap.areas import risk as risk_area
from bootstrap.areas import streams as stream_area
from bootstrap.health import HealthBoard
from bootstrap.metrics import Metrics
from bootstrap.observed import ObservedBooks, ObservedBroker, Observer
from bootstrap.settings.sections import Settings, TracingSettings
from bootstrap.sharing import Sharing, build_sharing
from bootstrap.storage import Storage
from bootstrap.system import System, Wakeups
from bootstrap.tracing import Tracing
from ports.broker import Broker
from ports.halts import RaiseHalt

VENUE_FOLDER = "paper-venue"


def build_tracing(settings: TracingSettings) -> Tracing | None:
    """Build tracing, unless it is off."""
    if settings.exporter == "off":
        return None
    return Tracing(settings=settings, version=version("ballast"))


def observe_storage(*, storage: Storage, observer: Observer) -> Storage:
    """Time and trace the commits of books."""
    return replace(storage, books=ObservedBooks(inner=storage.books, observer=observer))


def observe_broker(*, parts: order_area.BrokerParts, observer: Observer) -> Broker:
    """Time and trace the calls of a broker."""
    return ObservedBroker(inner=parts.broker, observer=observer)


def venue_folder(settings: Settings) -> Path | None:
    """Return where the venue in this process keeps what it knows, None for memory."""
    return None if settings.profile == "memory" else settings.data_dir / VENUE_FOLDER


class Container(containers.DeclarativeContainer):
    """Every part of one process; nothing here does I/O, and nothing is made before it is asked."""

    config = providers.Configuration(strict=True)
    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)

    system = providers.Singleton(systems.build_system)
    wakeups = providers.Singleton(Wakeups)
    health = providers.Singleton(HealthBoard, clock=system.provided.clock)
    metrics = providers.Singleton(Metrics, health=health)
    tracing = providers.Singleton(build_tracing, settings.provided.tracing)
    observer = providers.Singleton(Observer, metrics=metrics, tracing=tracing)

    bare_storage = providers.Selector(
        config.profile,
        memory=providers.Singleton(storages.build_memory, system),
        embedded=providers.Singleton(storages.build_postgres, settings=settings, system=system),
        cluster=providers.Singleton(storages.build_postgres, settings=settings, system=system),
    )
    storage = providers.Singleton(observe_storage, storage=bare_storage, observer=observer)

    sharing = providers.Singleton(
        build_sharing,
        settings=settings.provided.redis,
        system=system,
        journal=storage.provided.journal,
    )

    broker_parts = providers.Singleton(
        order_area.build_broker,
        settings=settings.provided.paper,
        dispatch=settings.provided.dispatch,
        system=system,
        journal=providers.Callable(venue_folder, settings),
    )
    broker = providers.Singleton(observe_broker, parts=broker_parts, observer=observer)
    lease = providers.Singleton(SoleLease)
    hasher = providers.Singleton(Argon2idHasher)
    # Of its own: whoever floods the login, which needs no token, must not hold up a stop.
    kill_hasher = providers.Singleton(Argon2idHasher)
    tokens = providers.Singleton(
        identity_area.build_tokens,
        settings=settings.provided.token,
        data_dir=settings.provided.data_dir,
        clock=system.provided.clock,
        ids=system.provided.ids,
    )

    market_parts = providers.Singleton(
        market_area.build,
        settings=settings.provided.replay,
        system=system,
        cursor=storage.provided.replay_cursor,
    )
    market = market_parts.provided.market
    accounts = providers.Singleton(
        account_area.build, storage=storage, market=market, system=system, broker=order_area.BROKER
    )
    gatekeeper = providers.Singleton(
        risk_area.build_gatekeeper,
        storage=storage,
        market=market,
        commissions=providers.Singleton(order_area.commissions_of, settings.provided.paper),
    )
    activation = providers.Singleton(
        kill_switch_area.build_activation,
        storage=storage,
        market=market,
        system=system,
        wakeups=wakeups,
        hasher=kill_hasher,
    )
    halt = activation.provided.halt_account
    risk = providers.Singleton(
        risk_area.build,
        storage=storage,
        market=market,
        system=system,
        accounts=accounts,
        gatekeeper=gatekeeper,
        halt=halt,
    )
    orders = providers.Singleton(
        order_area.build,
        storage=storage,
        market=market,
        system=system,
        wakeups=wakeups,
        accounts=accounts,
        gatekeeper=gatekeeper,
        broker=broker,
        halt=halt,
        lease=lease,
        settings=settings.provided.dispatch,
    )
    kill_switch = providers.Singleton(
        kill_switch_area.build,
        activation=activation,
        storage=storage,
        orders=orders,
        wakeups=wakeups,
    )
    streams = providers.Singleton(
        stream_area.build,
        storage=storage,
        system=system,
        wakeups=wakeups,
        fanout=sharing.provided.fanout,
        signals=sharing.provided.signals,
    )
    commands = providers.Singleton(
        command_area.build,
        settings=settings,
        storage=storage,
        system=system,
        accounts=accounts,
        orders=orders,
        risk=risk,
        kill_switch=kill_switch,
    )
    stream_monitor = providers.Singleton(
        monitor_area.build, settings=settings, storage=storage, system=system
    )
    agents = providers.Singleton(
        agent_area.build, settings=settings, storage=storage, system=system
    )
    identity = providers.Singleton(
        identity_area.build,
        storage=storage,
        market=market,
        system=system,
        risk=risk,
        attempts=sharing.provided.attempts,
        hasher=hasher,
        tokens=tokens,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """Everything a running process consists of, resolved."""

    settings: Settings
    system: System
    wakeups: Wakeups
    health: HealthBoard
    metrics: Metrics
    tracing: Tracing | None
    storage: Storage
    sharing: Sharing
    broker: order_area.BrokerParts
    hasher: Argon2idHasher
    kill_hasher: Argon2idHasher
    tokens: Rs256Tokens
    market: market_area.MarketParts
    accounts: account_area.AccountParts
    gatekeeper: Gatekeeper
    risk: risk_area.RiskParts
    orders: order_area.OrderParts
    kill_switch: kill_switch_area.KillParts
    streams: stream_area.StreamParts
    commands: command_area.CommandParts | None
    stream_monitor: monitor_area.MonitorParts
    agents: agent_area.AgentParts
    identity: identity_area.IdentityParts
    halt: RaiseHalt


def build_container(settings: Settings) -> Container:
    """Return the container of a process; override its providers before the first use."""
    container = Container(settings=settings)
    container.config.from_dict({"profile": settings.profile})
    return container


def resolve(container: Container) -> Parts:
    """Make every part now, so that a wiring fault shows at boot and not at the first request."""
    return Parts(
        settings=container.settings(),
        system=container.system(),
        wakeups=container.wakeups(),
        health=container.health(),
        metrics=container.metrics(),
        tracing=container.tracing(),
        storage=container.storage(),
        sharing=container.sharing(),
        broker=container.broker_parts(),
        hasher=container.hasher(),
        kill_hasher=container.kill_hasher(),
        tokens=container.tokens(),
        market=container.market_parts(),
        accounts=container.accounts(),
        gatekeeper=container.gatekeeper(),
        risk=container.risk(),
        orders=container.orders(),
        kill_switch=container.kill_switch(),
        streams=container.streams(),
        commands=container.commands(),
        stream_monitor=container.stream_monitor(),
        agents=container.agents(),
        identity=container.identity(),
        halt=container.halt(),
    )
