"""What every adapter of ExternalSignals promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable, Mapping

import pytest

from ports.signals import ExternalSignals
from tests.contracts.contract import Contract

Put = Callable[[Mapping[str, str]], Awaitable[None]]


class ExternalSignalsContract(Contract):
    """Subclasses give `entries`, empty, and `put`, by which somebody fills the stream."""

    @pytest.fixture
    @abstractmethod
    async def entries(self) -> ExternalSignals: ...

    @pytest.fixture
    @abstractmethod
    async def put(self) -> Put: ...

    async def test_entries_come_in_order_until_they_are_acknowledged(
        self, entries: ExternalSignals, put: Put
    ) -> None:
        await entries.read(limit=9, wait_s=0)
        given = [{"id": str(one), "note": "€ and a space"} for one in range(3)]
        for one in given:
            await put(one)
        first = await entries.read(limit=2, wait_s=0)
        assert [one.fields for one in first] == given[:2]
        await entries.ack([first[0].place])
        # What was read and not kept comes before what is new.
        again = await entries.read(limit=2, wait_s=0)
        assert again[0] == first[1]
        await entries.ack([one.place for one in again])
        rest = await entries.read(limit=9, wait_s=0)
        await entries.ack([one.place for one in rest])
        assert [one.fields for one in (*again, *rest)] == given[1:]
        assert list(await entries.read(limit=9, wait_s=0)) == []

    async def test_a_reader_waits_for_the_first_entry(
        self, entries: ExternalSignals, put: Put
    ) -> None:
        await entries.read(limit=9, wait_s=0)
        reading = asyncio.create_task(entries.read(limit=9, wait_s=10))
        await asyncio.sleep(0.05)
        assert not reading.done()
        await put({"id": "1"})
        async with asyncio.timeout(5):
            assert [one.fields for one in await reading] == [{"id": "1"}]
