"""Dead letters can be looked through, and put back where they came from."""

from datetime import UTC, datetime, timedelta

import pytest

from adapters.kafka.dead_letters import dead_letter
from adapters.kafka.letters import DeadLetters, NoSuchLetter
from adapters.kafka.wire import COMMANDS, DEAD_LETTERS, REPLAYED_FROM, Reason
from adapters.memory.commands import MemoryMessageSink, MemoryTopicLog, MemoryTopics
from ports.commands import Outgoing, TransportUnavailable

AT = datetime(2026, 1, 2, tzinfo=UTC)


def put_aside(
    topics: MemoryTopics, value: bytes, *, reason: Reason = Reason.MALFORMED, minutes: int = 0
) -> str:
    """Let a message come in and put it aside; return the letter's name."""
    received = topics.put(Outgoing(topic=COMMANDS, key=value[:8], value=value))
    at = AT + timedelta(minutes=minutes)
    letter = topics.put(dead_letter(received, reason=reason, detail="as it is", at=at))
    return f"{letter.partition.number}-{letter.offset}"


@pytest.fixture
def topics() -> MemoryTopics:
    return MemoryTopics()


@pytest.fixture
def letters(topics: MemoryTopics) -> DeadLetters:
    return DeadLetters(log=MemoryTopicLog(topics), sink=MemoryMessageSink(topics))


async def test_the_newest_come_first_and_by_reason(
    topics: MemoryTopics, letters: DeadLetters
) -> None:
    names = [
        put_aside(topics, b"%d in any partition" % number, minutes=number) for number in range(6)
    ]
    failed = put_aside(topics, b"failed", reason=Reason.FAILED, minutes=-1)
    assert [one["letter"] for one in await letters.list(limit=3)] == names[:2:-1]
    (only,) = await letters.list(limit=3, reason="failed")
    assert (only["letter"], only["detail"], only["cut"]) == (failed, "as it is", False)
    assert only["origin"].startswith(f"{COMMANDS}/")


async def test_one_is_shown_whole_whatever_is_in_it(
    topics: MemoryTopics, letters: DeadLetters
) -> None:
    read = await letters.show(put_aside(topics, b'{"a": 1}'))
    assert (read["message"], read["key"]) == ({"a": 1}, '{"a": 1}')
    assert (await letters.show(put_aside(topics, b"no json")))["message"] == "no json"
    assert (await letters.show(put_aside(topics, b"\xff\x00")))["message"] == "base64:/wA="


async def test_letters_go_back_to_where_they_came_from(
    topics: MemoryTopics, letters: DeadLetters
) -> None:
    names = [put_aside(topics, b"first"), put_aside(topics, b"second")]
    assert await letters.replay(names) == 2
    back = [one for one in topics.all(COMMANDS) if one.headers]
    assert sorted((one.value or b"", dict(one.headers)[REPLAYED_FROM]) for one in back) == [
        (b"first", names[0].encode()),
        (b"second", names[1].encode()),
    ]


@pytest.mark.parametrize("name", ["", "0", "0-", "a-1", "0-99", "77-0", "0-1-2", "²-1"])
async def test_what_is_no_letter_puts_nothing_back(
    topics: MemoryTopics, letters: DeadLetters, name: str
) -> None:
    good = put_aside(topics, b"good")
    with pytest.raises(NoSuchLetter):
        await letters.replay([good, name])
    assert len(topics.all(COMMANDS)) == 1


async def test_one_that_was_cut_is_not_put_back(topics: MemoryTopics, letters: DeadLetters) -> None:
    name = put_aside(topics, b"x" * 1_000_000)
    assert (await letters.show(name))["cut"]
    with pytest.raises(NoSuchLetter, match="only its beginning was kept"):
        await letters.replay([name])


async def test_a_log_that_is_away_is_told(topics: MemoryTopics, letters: DeadLetters) -> None:
    name = put_aside(topics, b"x")
    topics.down = True
    with pytest.raises(TransportUnavailable):
        await letters.list(limit=1)
    with pytest.raises(TransportUnavailable):
        await letters.show(name)
    assert topics.all(DEAD_LETTERS)
