"""Wire the application: which builder gets what, chosen by the profile."""

from dependency_injector import containers, providers

from adapters.security.passwords import Argon2idHasher
from adapters.telemetry.health import HealthBoard, own_version
from adapters.telemetry.metrics import Metrics
from adapters.telemetry.observed import Observer
from bootstrap import storage as storages
from bootstrap import system as systems
from bootstrap.areas import accounts as account_area
from bootstrap.areas import agents as agent_area
from bootstrap.areas import audit as audit_area
from bootstrap.areas import commands as command_area
from bootstrap.areas import identity as identity_area
from bootstrap.areas import kill_switch as kill_switch_area
from bootstrap.areas import market as market_area
from bootstrap.areas import orders as order_area
from bootstrap.areas import risk as risk_area
from bootstrap.areas import secrets as secret_area
from bootstrap.areas import streams as stream_area
from bootstrap.areas import workspaces as workspace_area
from bootstrap.choices import (
    build_events,
    build_tracing,
    choose_broker,
    observe_broker,
    observe_storage,
)
from bootstrap.market.condition import build_venue_problem
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Plan, Role, needed_by
from bootstrap.settings.sections import Settings
from bootstrap.shared import build_wakeups
from bootstrap.streams import monitor as monitor_area
from bootstrap.streams.kafka_reach import KafkaReach, build_pulse
from bootstrap.streams.sharing import build_sharing


class Container(containers.DeclarativeContainer):
    """Every part of one process; nothing here does I/O, and nothing is made before it is asked."""

    config = providers.Configuration(strict=True)
    settings: providers.Dependency[Settings] = providers.Dependency(instance_of=Settings)
    plan: providers.Dependency[Plan] = providers.Dependency(instance_of=Plan, default=Plan())

    system = providers.Singleton(systems.build_system)
    health = providers.Singleton(
        HealthBoard,
        clock=system.provided.clock,
        needed=providers.Callable(needed_by, plan),
        version=providers.Callable(own_version),
    )
    reach = providers.Singleton(KafkaReach, health=health)
    pulse = providers.Singleton(build_pulse, settings.provided.kafka, reach=reach, system=system)
    metrics = providers.Singleton(Metrics, health=health)
    tracing = providers.Singleton(build_tracing, settings.provided.tracing)
    observer = providers.Singleton(Observer, metrics=metrics, tracing=tracing)

    bare_storage = providers.Selector(
        config.profile,
        memory=providers.Singleton(storages.build_memory, system),
        embedded=providers.Singleton(
            storages.build_postgres, settings=settings, system=system, plan=plan
        ),
        cluster=providers.Singleton(
            storages.build_postgres, settings=settings, system=system, plan=plan
        ),
    )
    storage = providers.Singleton(observe_storage, storage=bare_storage, observer=observer)

    sharing = providers.Singleton(
        build_sharing,
        settings=settings.provided.redis,
        system=system,
        journal=storage.provided.journal,
        shared=storage.provided.shared,
    )
    wakeups = providers.Singleton(build_wakeups, storage.provided.shared)
    jobs = providers.Singleton(
        Jobs,
        plan=plan,
        shared=storage.provided.shared,
        system=system,
        folder=settings.provided.data_dir,
        hears_agents=providers.Callable(bool, settings.provided.kafka.bootstrap),
    )

    history = providers.Singleton(market_area.build_history, settings.provided.market)
    broker_parts = providers.Singleton(
        choose_broker, settings=settings, system=system, plan=plan, instruments=history
    )
    market_push = providers.Singleton(order_area.build_push, settings.provided.paper)
    broker = providers.Singleton(observe_broker, parts=broker_parts, observer=observer)
    lease = providers.Callable(Jobs.lease, jobs, Role.DISPATCH)
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

    audit = providers.Singleton(audit_area.build, storage=storage, system=system)
    market_parts = providers.Singleton(
        market_area.build,
        history=history,
        settings=settings.provided.replay,
        system=system,
        storage=storage,
        plan=plan,
        jobs=jobs,
        record=audit.provided.record,
        venue=providers.Singleton(
            build_venue_problem, broker=broker_parts, health=health, plan=plan
        ),
        broker=order_area.BROKER,
    )
    market = market_parts.provided.market
    accounts = providers.Singleton(
        account_area.build, storage=storage, market=market, system=system, broker=order_area.BROKER
    )
    gatekeeper = providers.Singleton(
        risk_area.build_gatekeeper,
        settings=settings.provided.risk,
        storage=storage,
        market=market,
        system=system,
        commissions=providers.Singleton(order_area.commissions_of, settings.provided.paper),
        condition=market_parts.provided.condition,
        collars=providers.Singleton(risk_area.collars_of, settings.provided.collar),
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
        halt=activation.provided.halt_by_rule,
    )
    ask_to_look = providers.Singleton(
        kill_switch_area.build_ask_to_look,
        storage=storage,
        system=system,
        wakeups=wakeups,
        plan=plan,
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
        approvals=settings.provided.orders,
        ask=ask_to_look,
    )
    ask = providers.Singleton(
        kill_switch_area.build_ask, storage=storage, system=system, wakeups=wakeups, plan=plan
    )
    answer = providers.Singleton(
        kill_switch_area.build_answer, storage=storage, orders=orders, wakeups=wakeups
    )
    kill_switch = providers.Singleton(
        kill_switch_area.build,
        activation=activation,
        storage=storage,
        orders=orders,
        wakeups=wakeups,
        ask=ask,
    )
    streams = providers.Singleton(
        stream_area.build,
        storage=storage,
        system=system,
        wakeups=wakeups,
        fanout=sharing.provided.fanout,
        signals=sharing.provided.signals,
        plan=plan,
        jobs=jobs,
    )
    agents = providers.Singleton(
        agent_area.build,
        settings=settings,
        storage=storage,
        system=system,
        lease=providers.Callable(Jobs.hearing, jobs),
    )
    standing = providers.Singleton(
        identity_area.build_standing, storage=storage, system=system, tokens=tokens
    )
    commands = providers.Singleton(
        command_area.build,
        rights=standing.provided.rights,
        settings=settings,
        storage=storage,
        system=system,
        accounts=accounts,
        orders=orders,
        risk=risk,
        kill_switch=kill_switch,
        agents=agents,
        producers=standing.provided.producers,
        reach=reach,
    )
    stream_monitor = providers.Singleton(
        monitor_area.build, settings=settings, storage=storage, system=system
    )
    events = providers.Singleton(build_events, settings.provided.kafka)
    event_relay = providers.Singleton(
        stream_area.build_event_relay,
        events=events,
        storage=storage,
        system=system,
        wakeups=wakeups,
        jobs=jobs,
        reach=reach,
    )
    workspaces = providers.Singleton(
        workspace_area.build, settings=settings, storage=storage, system=system
    )
    secrets = providers.Singleton(
        secret_area.build, settings=settings, storage=storage, system=system
    )
    identity = providers.Singleton(
        identity_area.build,
        settings=settings,
        storage=storage,
        market=market,
        system=system,
        risk=risk,
        sharing=sharing,
        hasher=hasher,
        tokens=tokens,
        standing=standing,
        vault=secrets.provided.vault,
    )


def build_container(settings: Settings, *, plan: Plan | None = None) -> Container:
    """Return the container of a process; override its providers before the first use."""
    container = Container(settings=settings, plan=plan or Plan())
    container.config.from_dict({"profile": settings.profile})
    return container
