"""Build what follows agents: their registry's use cases, and what hears them through Kafka."""

from dataclasses import dataclass

from adapters.memory.leases import SoleLease
from application.agents.desire import Desire
from application.agents.facade import AgentUseCases
from application.agents.hear_heartbeat import HearHeartbeat
from application.agents.list_agents import ListAgents
from application.agents.pause_agent import PauseAgent
from application.agents.presences import Presences
from application.agents.resume_agent import ResumeAgent
from application.agents.watch_agents import WatchAgents
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.agents import HeartbeatListener
from ports.leases import Lease


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """The facade, what notices silence, and what hears; without Kafka nothing does."""

    facade: AgentUseCases
    watch: WatchAgents
    listener: HeartbeatListener | None


def build(
    *, settings: Settings, storage: Storage, system: System, lease: Lease | None = None
) -> AgentParts:
    """Build the parts; Kafka's library is imported where Kafka is set.

    lease: who of several processes answers agents; None where there is one.
    """
    lease = lease or SoleLease()
    presences = Presences()
    agents = ListAgents(registry=storage.agents, presences=presences)
    desire = Desire(
        registry=storage.agents,
        presences=presences,
        agents=agents,
        clock=system.clock,
        ids=system.ids,
    )
    facade = AgentUseCases(
        configured=settings.kafka.bootstrap is not None,
        presences=presences,
        agents=agents,
        hear_heartbeat=HearHeartbeat(
            registry=storage.agents,
            presences=presences,
            clock=system.clock,
            ids=system.ids,
            lease=lease,
        ),
        pause_agent=PauseAgent(desire=desire),
        resume_agent=ResumeAgent(desire=desire),
    )
    watch = WatchAgents(
        registry=storage.agents,
        presences=presences,
        clock=system.clock,
        sleeper=system.sleeper,
        ids=system.ids,
    )
    return AgentParts(
        facade=facade,
        watch=watch,
        listener=_listener(facade, settings=settings, system=system, lease=lease),
    )


def _listener(
    facade: AgentUseCases, *, settings: Settings, system: System, lease: Lease
) -> HeartbeatListener | None:
    if settings.kafka.bootstrap is None:
        return None
    from adapters.kafka.heartbeats import HeartbeatDesk, KafkaHeartbeats
    from adapters.kafka.sink import KafkaMessageSink
    from adapters.security.command_keys import read_command_keys
    from bootstrap.kafka import kafka_address

    address = kafka_address(settings.kafka)
    return KafkaHeartbeats(
        address=address,
        desk=HeartbeatDesk(
            agents=facade, keys=read_command_keys(settings.commands.keys), lease=lease
        ),
        sink=KafkaMessageSink(address=address),
        clock=system.clock,
        sleeper=system.sleeper,
    )
