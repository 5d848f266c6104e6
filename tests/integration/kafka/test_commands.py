"""Commands over a real Kafka: once, in order, through crashes and rebalances."""

import json
from collections import Counter as Tally
from collections.abc import Mapping

import pytest

from adapters.kafka.connection import KafkaAddress
from adapters.kafka.dead_letters import put_back
from adapters.kafka.transport import KafkaCommandSource, KafkaTopicLog
from adapters.kafka.wire import DEAD_LETTERS
from ports.commands import Partition, TransportUnavailable
from tests.integration.kafka.kafka_counter import KafkaCounter
from tests.unit.adapters.kafka.counter import ORDER


async def test_a_command_is_carried_out_and_answered(counter: KafkaCounter) -> None:
    counter.start()
    await counter.put(counter.inner.signed(), (b"k", b"{poison"))
    replies = await counter.until_replies(2)
    assert {one["answer"]["outcome"] for one in replies} == {"done", "dead_lettered"}
    assert len(await counter.inner.orders()) == 1
    (letter,) = await counter.letters()
    assert letter.value == b"{poison"
    await counter.stop()


async def test_what_was_done_before_a_crash_is_answered_and_not_done_again(
    counter: KafkaCounter,
) -> None:
    parts = counter.start()
    consumer = parts.consumer

    async def lost(offsets: Mapping[Partition, int]) -> None:
        raise TransportUnavailable("the process ends before its commit arrives")

    consumer.source.commit = lost  # type: ignore[method-assign]  # the fault
    for number in range(5):
        await counter.put(counter.inner.signed(name=f"order {number}"))
    await counter.until_replies(5)
    await counter.kill()
    counter.start()
    replies = await counter.until_replies(10)
    assert len(await counter.inner.orders()) == 5
    tally = Tally(one["command_id"] for one in replies)
    assert set(tally.values()) == {2}
    assert len({json.dumps(one["answer"]) for one in replies}) == 5
    await counter.stop()


async def test_members_come_and_go_while_orders_stream_in(counter: KafkaCounter) -> None:
    names = [f"n-{number:03}" for number in range(90)]
    sent = [
        counter.inner.signed(payload=ORDER | {"quantity": "1", "client_order_id": name}, name=name)
        for name in names
    ]
    beats = [counter.inner.signed("heartbeat", {}, account=None, name=f"b{n}") for n in range(30)]
    counter.start()
    await counter.put(*sent[:30], *beats[:10])
    await counter.until_replies(10)
    counter.start()
    await counter.put(*sent[30:60], *beats[10:20])
    await counter.until_replies(50)
    leaver, task = counter.running.pop(0)
    leaver.finish()
    await task
    await counter.put(*sent[60:], *beats[20:])
    replies = await counter.until_replies(120)
    assert len({one["command_id"] for one in replies}) == 120
    assert [order.client_order_id for order in await counter.inner.orders()] == names
    assert await counter.letters() == []
    await counter.stop()


async def test_a_dead_letter_can_be_put_back_and_is_checked_like_any_other(
    counter: KafkaCounter,
) -> None:
    counter.inner.keys.clear()
    counter.start()
    await counter.put(counter.inner.signed())
    await counter.until_replies(1)
    await counter.stop()
    (letter,) = await counter.letters()
    log = KafkaTopicLog(address=counter.address)
    again = await log.at(letter.partition, offset=letter.offset)
    assert again == letter
    assert await log.at(letter.partition, offset=letter.offset + 1_000) is None
    assert await log.at(Partition(DEAD_LETTERS, 999), offset=0) is None
    tenant = counter.inner.tenant
    counter.inner.keys.append(
        {
            "id": "tests-1",
            "secret": "a-secret-of-the-tests-that-is-long-enough",
            "tenant": tenant,
            "actor": "producer:tests",
        }
    )
    await counter.sink.send([put_back(letter)])
    counter.start()
    await counter.until_replies(2)
    assert len(await counter.inner.orders()) == 1
    await counter.stop()


async def test_without_room_nothing_is_taken_and_the_member_stays_one(
    counter: KafkaCounter,
) -> None:
    source = KafkaCommandSource(
        address=counter.address, group=f"held-{counter.topic}", topic=counter.topic
    )

    async def revoked(_partitions: object) -> None:
        return

    await source.start(on_revoked=revoked)
    try:
        await counter.put((b"k", b"1"), (b"k", b"2"), (b"k", b"3"))
        assert list(await source.receive(limit=0, timeout_s=0.5)) == []
        first = await source.receive(limit=1, timeout_s=10)
        assert [one.value for one in first] == [b"1"]
        assert list(await source.receive(limit=0, timeout_s=0.2)) == []
        rest = list(await source.receive(limit=10, timeout_s=10))
        assert [one.value for one in rest] == [b"2", b"3"]
        await source.commit({rest[-1].partition: rest[-1].offset + 1})
        with pytest.raises(TransportUnavailable):
            await source.commit({Partition(counter.topic, 99): 1})
    finally:
        await source.stop()


async def test_a_kafka_that_is_not_there_is_told(counter: KafkaCounter) -> None:
    nowhere = KafkaAddress(bootstrap="127.0.0.1:1")
    source = KafkaCommandSource(address=nowhere, group="g", topic="t")

    async def revoked(_partitions: object) -> None:
        return

    with pytest.raises(TransportUnavailable):
        await source.start(on_revoked=revoked)
    with pytest.raises(TransportUnavailable):
        await KafkaTopicLog(address=nowhere).latest("t", limit=1)
