"""Follow Ballast's events on Kafka, each once and none missed.

python examples/follow_events.py --bootstrap 127.0.0.1:9092 --topic ballast.events.orders.v1

Needs aiokafka, and nothing of Ballast. The place where you store what you make of an event is
marked: store the sequence with it, in one transaction, and a crash repeats nothing.
"""

import argparse
import asyncio
import json
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer

# What a stream of events is counted by: whose it is, and its channel.
Stream = tuple[str, str]


class Progress:
    """The highest sequence of each stream: what came before is a repetition."""

    def __init__(self) -> None:
        self._last: dict[Stream, int] = {}

    def take(self, event: dict[str, Any]) -> bool:
        """Tell whether the event is new; raises ValueError when one before it is missing."""
        stream = (event["account_id"] or event["tenant_id"], event["channel"])
        sequence = event["sequence"]
        last = self._last.get(stream)
        if last is not None and sequence <= last:
            return False
        if last is not None and sequence != last + 1:
            raise ValueError(f"{stream}: {last + 1} to {sequence - 1} are missing")
        # >>> Store what you make of the event, and this number, in one transaction. <<<
        self._last[stream] = sequence
        return True


async def follow(*, bootstrap: str, topic: str, group: str) -> None:
    """Print every event until interrupted."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=bootstrap,
        group_id=group,
        # The library's own defaults commit what was not handled yet, and begin at the end.
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    progress = Progress()
    await consumer.start()
    try:
        async for message in consumer:
            event = json.loads(message.value)
            if progress.take(event):
                whose = event["account_id"] or event["tenant_id"]
                sys.stdout.write(
                    f"{event['at']} {whose} {event['channel']} {event['sequence']}"
                    f" {event['type']} {event['subject']}\n"
                )
                sys.stdout.flush()
            await consumer.commit()
    finally:
        await consumer.stop()


def main() -> None:
    """Read the arguments and follow."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bootstrap", default="127.0.0.1:9092")
    parser.add_argument("--topic", default="ballast.events.orders.v1")
    parser.add_argument("--group", default="follow-events")
    chosen = parser.parse_args()
    asyncio.run(follow(bootstrap=chosen.bootstrap, topic=chosen.topic, group=chosen.group))


if __name__ == "__main__":
    main()
