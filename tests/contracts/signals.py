"""What every adapter of SignalStream promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import pytest

from ports.signals import BODY_BYTES_MAX, Delivery, Signal, SignalStream
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

# What the streams under test are told: how often a signal is handed out.
HANDED_OUT_MAX = 3
# And how many they keep, about.
LENGTH_MAX = 1_000
STUCK_S = 0.5


def signals(count: int) -> list[Signal]:
    return [
        Signal(
            id=builders.new_id(),
            tenant_id=builders.new_id(),
            source="ema_cross",
            at=builders.AT,
            body={"symbol": "IBM", "number": str(number), "note": 'a "word" € \\'},
        )
        for number in range(count)
    ]


async def read(stream: SignalStream, member: str, **given: Any) -> Sequence[Delivery]:
    fields: dict[str, Any] = {"group": "desk", "limit": 100, "wait_s": 0.0}
    return await stream.read(member=member, **(fields | given))


class SignalStreamContract(Contract):
    """Subclasses give `stream`, empty, and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def stream(self) -> SignalStream: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_a_group_gets_every_signal_once_in_order(self, stream: SignalStream) -> None:
        added = signals(5)
        await stream.add(added[:2])
        await stream.add([])
        await stream.add(added[2:])
        first = await read(stream, "a", limit=2)
        second = await read(stream, "b")
        assert [one.signal for one in (*first, *second)] == added
        assert {one.times for one in (*first, *second)} == {1}
        assert list(await read(stream, "a")) == []

    async def test_groups_do_not_take_from_each_other(self, stream: SignalStream) -> None:
        added = signals(3)
        await stream.add(added)
        for group in ("desk", "archive"):
            found = await read(stream, "a", group=group)
            assert [one.signal for one in found] == added

    async def test_a_reader_waits_for_the_first_signal(self, stream: SignalStream) -> None:
        await read(stream, "a")
        added = signals(1)
        reading = asyncio.create_task(read(stream, "a", wait_s=10.0))
        await asyncio.sleep(0.05)
        assert not reading.done()
        await stream.add(added)
        async with asyncio.timeout(5):
            assert [one.signal for one in await reading] == added

    async def test_a_reader_waits_no_longer_than_it_says(self, stream: SignalStream) -> None:
        async with asyncio.timeout(5):
            assert list(await read(stream, "a", wait_s=0.02)) == []

    async def test_what_was_acknowledged_is_done(self, stream: SignalStream, passes: Pass) -> None:
        await stream.add(signals(3))
        given = await read(stream, "a")
        assert await stream.ack(group="desk", places=[one.place for one in given[:2]]) == 2
        assert await stream.ack(group="desk", places=[one.place for one in given[:2]]) == 0
        assert await stream.ack(group="desk", places=[]) == 0
        await passes(STUCK_S)
        stuck = await stream.claim_stuck(group="desk", member="b", stuck_s=STUCK_S, limit=10)
        assert [one.signal for one in stuck] == [given[2].signal]

    async def test_what_a_member_left_open_too_long_is_another_ones(
        self, stream: SignalStream, passes: Pass
    ) -> None:
        await stream.add(signals(4))
        given = await read(stream, "a")
        claim: dict[str, Any] = {"group": "desk", "stuck_s": STUCK_S}
        assert list(await stream.claim_stuck(member="b", limit=10, **claim)) == []
        await passes(STUCK_S)
        first = await stream.claim_stuck(member="b", limit=3, **claim)
        rest = await stream.claim_stuck(member="c", limit=3, **claim)
        claimed = (*first, *rest)
        assert [one.signal for one in claimed] == [one.signal for one in given]
        assert {one.times for one in claimed} == {2}
        places = [one.place for one in claimed]
        assert await stream.ack(group="desk", places=places) == 4

    async def test_one_that_nobody_can_finish_goes_to_the_dead_and_holds_up_nothing(
        self, stream: SignalStream, passes: Pass
    ) -> None:
        poison, good = signals(2)
        await stream.add([poison])
        given = list(await read(stream, "a"))
        seen = []
        while given:
            seen += [one.times for one in given]
            await passes(STUCK_S)
            given = list(
                await stream.claim_stuck(group="desk", member="b", stuck_s=STUCK_S, limit=10)
            )
        assert seen == list(range(1, HANDED_OUT_MAX + 1))
        (dead,) = await stream.dead(limit=10)
        assert (dead.signal, dead.group, dead.times) == (poison, "desk", HANDED_OUT_MAX)
        await stream.add([good])
        assert [one.signal for one in await read(stream, "a")] == [good]

    async def test_the_line_stays_bounded(self, stream: SignalStream) -> None:
        added = signals(3 * LENGTH_MAX)
        for start in range(0, len(added), 100):
            await stream.add(added[start : start + 100])
        found = [one.signal for one in await read(stream, "a", limit=10 * LENGTH_MAX)]
        # Trimmed in whole blocks of a hundred at most.
        assert LENGTH_MAX <= len(found) <= LENGTH_MAX + 100
        assert found == added[-len(found) :]

    async def test_a_signal_of_any_size_is_no_signal(self, stream: SignalStream) -> None:
        (small,) = signals(1)
        large = Signal(
            id=small.id,
            tenant_id=small.tenant_id,
            source="x",
            at=small.at,
            body={"text": "x" * BODY_BYTES_MAX},
        )
        with pytest.raises(ValueError, match="at most"):
            await stream.add([small, large])
        assert list(await read(stream, "a")) == []
