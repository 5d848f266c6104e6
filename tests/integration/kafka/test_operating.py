"""What operators and producers do by command line, against a real Kafka."""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.topics import TOPICS, make_topics, partitions_of
from adapters.kafka.wire import COMMANDS
from examples.send_command import send
from tests.integration.kafka.kafka_counter import KafkaCounter
from tests.services.finding import own_service

ROOT = Path(__file__).parents[3]


async def ballast(*arguments: str, bootstrap: str | None) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    environment = {name: value for name, value in os.environ.items() if "BALLAST" not in name}
    if bootstrap is not None:
        environment["BALLAST_KAFKA_BOOTSTRAP"] = bootstrap
    return await asyncio.to_thread(
        subprocess.run,
        (sys.executable, "-m", "bootstrap.cli", *arguments),
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


async def test_dead_letters_are_listed_shown_and_put_back(
    counter: KafkaCounter, address: KafkaAddress
) -> None:
    counter.start()
    await counter.put(counter.inner.signed("order.conjure", {"a": 1}))
    await counter.until_replies(1)
    await counter.stop()
    listed = await ballast("dlq", "list", "--json", "--limit", "1000", bootstrap=address.bootstrap)
    assert listed.returncode == 0, listed.stderr
    (mine,) = [one for one in json.loads(listed.stdout) if counter.topic in one["origin"]]
    assert mine["reason"] == "unknown_type"
    shown = await ballast("dlq", "show", mine["letter"], bootstrap=address.bootstrap)
    assert json.loads(shown.stdout)["message"]["type"] == "order.conjure"
    again = await ballast("dlq", "replay", mine["letter"], bootstrap=address.bootstrap)
    assert again.stdout == "1 put back\n"
    # There is no server whose trail could have it.
    assert "not in the audit trail: " in again.stderr
    counter.start()
    assert len(await counter.until_replies(2)) == 2
    await counter.stop()


async def test_a_letter_that_is_not_there_and_a_kafka_that_is_not_are_told(
    address: KafkaAddress,
) -> None:
    for name in ("0-99999999", "77-0", "letter", "0--1"):
        absent = await ballast("dlq", "show", name, bootstrap=address.bootstrap)
        assert absent.returncode == 5, name
        assert absent.stderr.startswith("error: "), name
    gone = await ballast("dlq", "list", bootstrap="127.0.0.1:1")
    assert gone.returncode == 4
    assert "Traceback" not in gone.stderr
    unset = await ballast("dlq", "list", bootstrap=None)
    assert "BALLAST_KAFKA_BOOTSTRAP" in unset.stderr


async def test_topics_that_are_missing_are_made_as_declared_and_others_stay() -> None:
    with own_service("kafka") as kafka:
        address = KafkaAddress(bootstrap=kafka.url)
        await make_topics((COMMANDS,), address=address, partitions=2)
        made = await ballast("topics", "--partitions", "5", bootstrap=address.bootstrap)
        again = await ballast("topics", bootstrap=address.bootstrap)
        found = {one.name: len(await partitions_of(one.name, address=address)) for one in TOPICS}
    assert made.stdout.startswith("made: "), made.stderr
    assert again.stdout == "nothing is missing\n", again.stderr
    assert found == {one.name: 5 if one.is_spread else 1 for one in TOPICS} | {COMMANDS: 2}


async def test_the_example_sends_a_command_and_hears_its_reply(
    counter: KafkaCounter, address: KafkaAddress
) -> None:
    counter.topic = COMMANDS
    counter.start()
    key, value = counter.inner.signed("heartbeat", {})
    reply = await send(bootstrap=address.bootstrap, key=key, value=value, timeout_s=20)
    assert reply["answer"]["outcome"] == "done"
    bad = counter.inner.signed("heartbeat", {}, secret="x" * 40, name="bad")
    told = await send(bootstrap=address.bootstrap, key=bad[0], value=bad[1], timeout_s=20)
    assert told["answer"]["code"] == "unsigned"
    assert told["command_id"] is None
    await counter.stop()
