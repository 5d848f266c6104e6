"""Make the topics that are missing."""

from collections.abc import Sequence

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from adapters.kafka.connection import KafkaAddress, port_errors


async def make_topics(
    names: Sequence[str], *, address: KafkaAddress, partitions: int, replicas: int
) -> list[str]:
    """Make what is missing and return its names; what is there stays as it is.

    Raises TransportUnavailable.
    """
    with port_errors():
        admin = AIOKafkaAdminClient(**address.options())
        try:
            await admin.start()
            known = await admin.list_topics()
            missing = [name for name in names if name not in known]
            if not missing:
                return []
            made = await admin.create_topics(
                [NewTopic(name, partitions, replicas) for name in missing]
            )
            for _, code, *_ in made.topic_errors:
                problem = for_code(code)
                # Another process may have been quicker.
                if code and problem is not TopicAlreadyExistsError:
                    raise problem(f"topics {', '.join(missing)} cannot be made")
        finally:
            await admin.close()
    return missing


async def partitions_of(topic: str, *, address: KafkaAddress) -> list[int]:
    """Return the numbers of a topic's partitions, none where it is not there."""
    with port_errors():
        admin = AIOKafkaAdminClient(**address.options())
        try:
            await admin.start()
            if topic not in await admin.list_topics():
                return []
            (described,) = await admin.describe_topics([topic])
        finally:
            await admin.close()
    return sorted(one["partition"] for one in described["partitions"])
