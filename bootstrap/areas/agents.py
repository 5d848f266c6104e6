"""Build what follows agents: their registry's use cases, and what hears them through Kafka."""

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentParts:
    """The facade, what notices silence, and what hears; without Kafka nothing does."""

    facade: AgentUseCases
    watch: WatchAgents
    listener: HeartbeatListener | None


def build(*, settings: Settings, storage: Storage, system: System) -> AgentParts:
    """Build the parts; Kafka's library is imported where Kafka is set."""
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
            registry=storage.agents, presences=presences, clock=system.clock, ids=system.ids
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
        facade=facade, watch=watch, listener=_listener(facade, settings=settings, system=system)
    )


def _listener(
    facade: AgentUseCases, *, settings: Settings, system: System
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
        desk=HeartbeatDesk(agents=facade, keys=read_command_keys(settings.commands.keys)),
        sink=KafkaMessageSink(address=address),
        clock=system.clock,
        sleeper=system.sleeper,
    )
