"""Build what takes commands in from Kafka."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.kafka.admission import TimeLimits
from adapters.kafka.consumer import CommandConsumer, ConsumerLimits
from adapters.kafka.facades import CommandFacades
from adapters.kafka.process import CommandProcess, Retries
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLIES
from adapters.security.command_keys import read_command_keys
from application.identity.rights import Rights
from application.streams.obey_restarts import ObeyRestarts
from bootstrap.areas.accounts import AccountParts
from bootstrap.areas.agents import AgentParts
from bootstrap.areas.kill_switch import KillParts
from bootstrap.areas.orders import OrderParts
from bootstrap.areas.risk import RiskParts
from bootstrap.identity import access as access_area
from bootstrap.settings.sections import CommandSettings, Settings
from bootstrap.storage import Storage
from bootstrap.streams.kafka_reach import KafkaReach
from bootstrap.system import System
from ports.command_keys import ProducerStanding
from ports.commands import CommandSource, MessageSink
from ports.consumers import Consumer
from ports.health import ComponentState
from ports.inbox import Inbox

# The part that /health/ready tells of: whether commands come in by Kafka.
KAFKA_COMMANDS = "kafka_commands"


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
    rights: Rights,
    producers: ProducerStanding,
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
        rights=rights,
        refusing=access_area.build_refusing(storage=storage, system=system),
        producers=producers,
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
