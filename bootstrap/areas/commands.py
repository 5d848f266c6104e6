"""Build what takes commands in from Kafka."""

from dataclasses import dataclass
from datetime import timedelta

import structlog

from adapters.kafka.admission import TimeLimits
from adapters.kafka.consumer import CommandConsumer, ConsumerLimits
from adapters.kafka.facades import CommandFacades
from adapters.kafka.process import CommandProcess, Retries
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from adapters.security.command_keys import read_command_keys
from adapters.system.supervisor import Run, Supervisor
from adapters.telemetry.kafka_reach import KafkaReach
from application.streams.obey_restarts import ObeyRestarts
from bootstrap.area import Area, Task
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.agents import AgentParts
from bootstrap.areas.kill_switch import KillParts
from bootstrap.areas.orders import OrderParts
from bootstrap.areas.risk import RiskParts
from bootstrap.areas.signals import SignalParts
from bootstrap.identity import access as access_area
from bootstrap.identity.credential_status import CredentialStatusParts
from bootstrap.parts import Parts
from bootstrap.processes.roles import Role
from bootstrap.settings.sections import CommandSettings, Settings
from bootstrap.storage import Storage
from bootstrap.system import System
from ports.commands import CommandSource, MessageSink
from ports.consumers import Consumer
from ports.health import ComponentState
from ports.inbox import Inbox

# The part that /health/ready tells of: whether commands come in by Kafka.
KAFKA_COMMANDS = "kafka_commands"
TASK = "commands"
# Its share of the 25 seconds in which the process must be gone.
FINISH_S = 2.0
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandParts:
    """The consumer of commands: `run` until `finish`, or until it is cancelled.

    `run` may be called again after it raised: what was not committed comes again.
    """

    consumer: CommandConsumer
    process: CommandProcess

    async def run(self) -> None:
        """Take commands in; raises TransportUnavailable when Kafka cannot be reached."""
        await self.consumer.run()

    def finish(self) -> None:
        """Take nothing more; `run` returns once what is in hand is done and committed."""
        self.consumer.finish()


def build(
    *,
    settings: Settings,
    storage: Storage,
    system: System,
    accounts: AccountParts,
    orders: OrderParts,
    risk: RiskParts,
    kill_switch: KillParts,
    agents: AgentParts,
    signals: SignalParts,
    credential_status: CredentialStatusParts,
    reach: KafkaReach,
) -> ObeyRestarts | None:
    """Build consumers over Kafka, a new one whenever asked for; None where no Kafka is set."""
    kafka = settings.kafka
    if kafka.bootstrap is None:
        return None
    from adapters.kafka.awaited import AwaitedTopics
    from adapters.kafka.sink import KafkaMessageSink
    from adapters.kafka.transport import KafkaCommandSource
    from bootstrap.streams.kafka import kafka_address

    address = kafka_address(kafka)
    facades = CommandFacades(
        orders=orders.facade,
        accounts=accounts.facade,
        risk=risk.facade,
        kill_switch=kill_switch.facade,
        agents=agents.facade,
        signals=signals.publish,
        rights=credential_status.rights,
        refusing=access_area.build_refusing(storage=storage, system=system),
        producers=credential_status.producers,
        clock=system.clock,
    )
    group = f"{kafka.group}.commands"

    def told(problem: str | None) -> None:
        if problem is None:
            reach.tell(KAFKA_COMMANDS, ComponentState.UP)
        else:
            reach.tell(KAFKA_COMMANDS, ComponentState.DEGRADED, detail=problem)

    awaited = AwaitedTopics(address=address, names=(COMMANDS, REPLIES, DEAD_LETTERS), told=told)

    def make() -> Consumer:
        consumer = build_over(
            source=KafkaCommandSource(address=address, group=group, topic=COMMANDS),
            sink=KafkaMessageSink(address=address),
            facades=facades,
            inbox=storage.inbox,
            system=system,
            settings=settings.commands,
        )
        return awaited.before(consumer)

    return ObeyRestarts(
        group=group,
        make=make,
        restarts=storage.consumer_restarts,
        clock=system.clock,
        sleeper=system.sleeper,
    )


def build_over(
    *,
    source: CommandSource,
    sink: MessageSink,
    facades: CommandFacades,
    inbox: Inbox,
    system: System,
    settings: CommandSettings,
    retries: Retries | None = None,
    limits: ConsumerLimits | None = None,
) -> CommandParts:
    """Build the consumer over any log."""
    process = CommandProcess(
        facades=facades,
        inbox=inbox,
        sink=sink,
        keys=read_command_keys(settings.keys),
        clock=system.clock,
        sleeper=system.sleeper,
        limits=TimeLimits(
            lifetime_max=timedelta(seconds=settings.lifetime_max_s),
            clock_skew=timedelta(seconds=settings.clock_skew_s),
        ),
        retries=retries or Retries(),
    )
    consumer = CommandConsumer(
        source=source,
        sink=sink,
        process=process,
        is_held=lambda: process.waiting > 0,
        limits=limits or ConsumerLimits(in_flight_max=settings.in_flight_max),
    )
    return CommandParts(consumer=consumer, process=process)


def _obeying(parts: Parts) -> Run | None:
    """Take commands in where somebody has a key to send them."""
    commands = parts.of(build)
    if commands is None or not parts.takes_commands:
        return None
    parts.reach.declare(KAFKA_COMMANDS)
    return commands.run


async def _finish(parts: Parts, supervisor: Supervisor) -> None:
    commands = parts.of(build)
    if commands is None or not parts.takes_commands:
        return
    commands.finish()
    if not await supervisor.join(TASK, timeout_s=FINISH_S):
        # Whatever was not committed comes again, and is done or answered once.
        log.warning("commands.cut_off", after_s=FINISH_S)


AREA = Area(
    name="commands",
    sentence="Commands from Kafka, signed and carried out once.",
    builds={"commands": build},
    tasks=(
        Task(
            name=TASK,
            run=_obeying,
            roles=frozenset({Role.COMMANDS}),
            required=False,
            may_end=True,
            tells=(KAFKA_COMMANDS,),
        ),
    ),
    finishes=_finish,
)
