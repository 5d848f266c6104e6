"""Make a topic of our own where there is none yet."""

from typing import Any

import structlog
from aiokafka.admin import NewTopic

log = structlog.get_logger(__name__)

_EXISTS = 36
_REPLICAS_MAX = 3


async def ensure_topic(admin: Any, name: str, *, partitions: int, settings: dict[str, str]) -> None:
    """Make the topic if it is not there; where that is not allowed, it is said and left."""
    brokers = len((await admin.describe_cluster())["brokers"])
    topic = NewTopic(
        name,
        num_partitions=partitions,
        replication_factor=max(1, min(_REPLICAS_MAX, brokers)),
        topic_configs=settings,
    )
    answered = await admin.create_topics([topic])
    for told in answered.topic_errors:
        if told[1] not in (0, _EXISTS):
            log.warning("kafka.topic_not_made", topic=name, code=told[1])
