"""Build what follows agents: their registry's use cases, and what hears them through Kafka."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from adapters.http.agents.cases import CASES
from adapters.http.agents.routes import agent_routes
from adapters.http.permissions import AccountPath
from adapters.system.supervisor import Run
from application.agents.beat import TakeBeat
from application.agents.desire import SetDesiredState
from application.agents.facade import AgentUseCases
from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import AgentNotFound, ListAgents
from application.agents.presences import Presences
from application.agents.register_agent import RegisterAgent
from application.agents.watch_agents import WatchAgents
from application.shared.change import Changes
from bootstrap.area import Area, Task
from bootstrap.parts import Parts
from bootstrap.processes.jobs import Jobs
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.agents import HeartbeatListener
from ports.leases import Lease

log = structlog.get_logger(__name__)

KEYS_MISSING = (
    "no heartbeat over Kafka can be heard here: commands.keys (BALLAST_COMMANDS_KEYS) has no key;"
    " the processes that answer HTTP need the same list as those that take commands"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """The facade, what notices silence, and what hears; without Kafka nothing does."""

    facade: AgentUseCases
    watch: WatchAgents
    listener: HeartbeatListener | None


def build(
    *, settings: Settings, storage: Storage, system: System, jobs: Jobs, changes: Changes
) -> AgentParts:
    """Build the parts; Kafka's library is imported where Kafka is set."""
    # Which of several processes answers agents.
    lease = jobs.hearing()
    presences = Presences()
    agents = ListAgents(works=storage.works, presences=presences)
    most = settings.agents.per_tenant_max
    hear = HearHeartbeat(changes=changes, presences=presences, lease=lease, agents_max=most)
    unheard: Counter[str] = Counter()
    facade = AgentUseCases(
        configured=settings.kafka.bootstrap is not None,
        hint=lambda: _hint(settings, unheard),
        presences=presences,
        agents=agents,
        hear_heartbeat=hear,
        register_agent=RegisterAgent(
            changes=changes,
            presences=presences,
            members=storage.members,
            agents_max=most,
            directory=storage.directory,
        ),
        take_beat=TakeBeat(agents=agents, hear_heartbeat=hear, clock=system.clock),
        desire=SetDesiredState(changes=changes, presences=presences),
    )
    watch = WatchAgents(
        changes=changes,
        presences=presences,
        sleeper=system.sleeper,
        by_storage=settings.kafka.bootstrap is None,
        on_unreadable=lambda agent, problem: log.error(
            "agents.unreadable", agent=agent, problem=problem
        ),
    )
    return AgentParts(
        facade=facade,
        watch=watch,
        listener=_listener(facade, settings=settings, system=system, lease=lease, unheard=unheard),
    )


def keys_missing(settings: Settings) -> bool:
    """Tell whether there is a Kafka, and no key by which an agent there could be known."""
    from adapters.security.command_keys import read_command_keys

    return settings.kafka.bootstrap is not None and not len(
        read_command_keys(settings.commands.keys)
    )


def _hint(settings: Settings, unheard: Counter[str]) -> str:
    """Say why heartbeats that are sent are not heard."""
    if keys_missing(settings):
        return KEYS_MISSING
    # Of the others a key says whose they are: no other tenant is to hear of them.
    nobodys = {why: unheard[why] for why in ("malformed", "unsigned") if unheard[why]}
    if not nobodys:
        return ""
    said = ", ".join(f"{count} {why}" for why, count in nobodys.items())
    return f"heartbeats over Kafka that were nobody's since this process started: {said}"


def _listener(
    facade: AgentUseCases,
    *,
    settings: Settings,
    system: System,
    lease: Lease,
    unheard: Counter[str],
) -> HeartbeatListener | None:
    if settings.kafka.bootstrap is None:
        return None
    from adapters.kafka.heartbeats import HeartbeatContext, KafkaHeartbeats
    from adapters.kafka.sink import KafkaMessageSink
    from adapters.security.command_keys import read_command_keys
    from bootstrap.streams.kafka import kafka_address

    address = kafka_address(settings.kafka)
    return KafkaHeartbeats(
        address=address,
        context=HeartbeatContext(
            agents=facade,
            keys=read_command_keys(settings.commands.keys),
            lease=lease,
            unheard=unheard,
        ),
        sink=KafkaMessageSink(address=address),
        clock=system.clock,
        sleeper=system.sleeper,
    )


def _bound(parts: Parts) -> Mapping[str, AccountPath]:
    facade = parts.of(build).facade

    async def account_of(tenant_id: UUID, agent_id: Any) -> UUID | None:
        return (await facade.get(tenant_id=tenant_id, agent_id=agent_id)).account_id

    missing = AccountPath(
        account_of=account_of, missing=lambda agent_id: AgentNotFound(f"no agent {agent_id}")
    )
    return {"agent_id": missing}


def _listening(parts: Parts) -> Run | None:
    listener = parts.of(build).listener
    if listener is None:
        return None
    parts.reach.declare("heartbeats")
    return listener.run


AREA = Area(
    name="agents",
    sentence="Agents that trade for a person: who they are, how they are, pausing them.",
    builds={"agents": build},
    routes=lambda parts: (agent_routes(parts.of(build).facade, keys=parts.storage.keys),),
    bound=_bound,
    cases=CASES,
    tasks=(
        Task(
            name="agent_watch",
            run=lambda parts: parts.of(build).watch.run,
            roles=frozenset({Role.API}),
            required=False,
        ),
        Task(
            name="agent_listener",
            run=_listening,
            roles=frozenset({Role.API}),
            required=False,
        ),
    ),
)
