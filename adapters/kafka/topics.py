"""Declare the topics that are ours, and make those that are missing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import structlog
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from adapters.kafka.closing import close_all
from adapters.kafka.connection import KafkaAddress, port_errors
from adapters.kafka.events_wire import TOPICS as EVENTS
from adapters.kafka.heartbeat_wire import HEARTBEATS
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, PROBES, REPLIES

log = structlog.get_logger(__name__)

_HOUR_MS = "3600000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """How a topic is made; is_spread: a setting may say how many partitions instead."""

    name: str
    partitions: int = 12
    is_spread: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)


PROBE_TOPIC = Topic(
    name=PROBES,
    partitions=1,
    is_spread=False,
    settings={"retention.ms": _HOUR_MS, "message.timestamp.type": "CreateTime"},
)
# All there are: one that is missing here is made with as many partitions as the first.
TOPICS = (
    Topic(name=COMMANDS),
    Topic(name=DEAD_LETTERS),
    Topic(name=REPLIES),
    *(Topic(name=name) for name in EVENTS),
    # Every process reads all of it, and an agent says little.
    Topic(name=HEARTBEATS, partitions=3),
    PROBE_TOPIC,
)
_BY_NAME = {one.name: one for one in TOPICS}


async def make_topics(
    topics: Sequence[str | Topic],
    *,
    address: KafkaAddress,
    partitions: int | None = None,
    replicas: int | None = None,
) -> list[str]:
    """Make what is missing and return its names; what is there stays as it is.

    partitions and replicas: instead of the address's, or the topic's own. No topic gets more
    replicas than there are brokers. Raises TransportUnavailable, also when one is refused.
    """
    made, refused = await _make(topics, address=address, partitions=partitions, replicas=replicas)
    if refused:
        with port_errors():
            raise next(iter(refused.values()))(f"topics {', '.join(refused)} cannot be made")
    return made


async def ensure_topics(topics: Sequence[str | Topic], *, address: KafkaAddress) -> None:
    """Make what is missing; where that is not allowed, it is said and left.

    Raises TransportUnavailable when Kafka cannot be reached.
    """
    made, refused = await _make(topics, address=address, partitions=None, replicas=None)
    if made:
        log.info("kafka.topics_made", topics=made)
    for name, problem in refused.items():
        log.warning("kafka.topic_not_made", topic=name, problem=problem.__name__)


async def missing_topics(names: Sequence[str], *, address: KafkaAddress) -> list[str]:
    """Return those that are not there; raises TransportUnavailable."""
    with port_errors():
        admin: Any = AIOKafkaAdminClient(**address.options())
        try:
            await admin.start()
            known = set(await admin.list_topics())
        finally:
            await close_all(admin.close)
    return [name for name in names if name not in known]


async def partitions_of(topic: str, *, address: KafkaAddress) -> list[int]:
    """Return the numbers of a topic's partitions, none where it is not there."""
    with port_errors():
        admin: Any = AIOKafkaAdminClient(**address.options())
        try:
            await admin.start()
            if topic not in await admin.list_topics():
                return []
            (described,) = await admin.describe_topics([topic])
        finally:
            await close_all(admin.close)
    return sorted(one["partition"] for one in described["partitions"])


async def _make(
    topics: Sequence[str | Topic],
    *,
    address: KafkaAddress,
    partitions: int | None,
    replicas: int | None,
) -> tuple[list[str], dict[str, type[Exception]]]:
    """Return the names of what is there now and was not, and why others are still missing."""
    wanted = [
        one if isinstance(one, Topic) else _BY_NAME.get(one, Topic(name=one)) for one in topics
    ]
    spread = partitions or address.partitions
    with port_errors():
        admin: Any = AIOKafkaAdminClient(**address.options())
        try:
            await admin.start()
            known = set(await admin.list_topics())
            missing = [one for one in wanted if one.name not in known]
            if not missing:
                return [], {}
            brokers = len((await admin.describe_cluster())["brokers"])
            answered = await admin.create_topics(
                [
                    NewTopic(
                        one.name,
                        num_partitions=spread if spread and one.is_spread else one.partitions,
                        replication_factor=max(1, min(replicas or address.replicas, brokers)),
                        topic_configs=dict(one.settings),
                    )
                    for one in missing
                ]
            )
        finally:
            await close_all(admin.close)
    refused = {name: for_code(code) for name, code, *_ in answered.topic_errors if code}
    # Another process may have been quicker.
    refused = {name: why for name, why in refused.items() if why is not TopicAlreadyExistsError}
    return [one.name for one in missing if one.name not in refused], refused
