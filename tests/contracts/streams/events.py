"""What every adapter of EventStream promises within one process."""

import asyncio
from abc import abstractmethod
from collections.abc import Awaitable, Callable

import pytest

from domain.shared.notices import Notice
from ports.streams import EventStream
from tests import builders
from tests.contracts.contract import Contract

# Starts a stream once its subscribers are there; the memory one needs nothing.
Start = Callable[[], Awaitable[None]]


class EventStreamContract(Contract):
    """Subclasses give `stream`, and `start`, which lets it deliver."""

    @pytest.fixture
    @abstractmethod
    async def stream(self) -> EventStream: ...

    @pytest.fixture
    async def start(self) -> Start:
        async def nothing() -> None:
            return

        return nothing

    async def test_every_subscriber_gets_every_notice_in_order(
        self, stream: EventStream, start: Start
    ) -> None:
        tenant_id = builders.new_id()
        notices = [builders.notice(tenant_id=tenant_id, sequence=one) for one in range(1, 21)]
        heard: dict[str, list[Notice]] = {"one": [], "other": []}
        complete = [asyncio.Event() for _ in heard]
        for (name, got), whole in zip(heard.items(), complete, strict=True):
            stream.subscribe(name=name, subscriber=_into(got, whole, count=len(notices)))
        await start()
        await stream.publish(notices[:7])
        await stream.publish([])
        await stream.publish(notices[7:])
        async with asyncio.timeout(10):
            await asyncio.gather(*(whole.wait() for whole in complete))
        assert heard == {"one": notices, "other": notices}


def _into(
    got: list[Notice], whole: asyncio.Event, *, count: int
) -> Callable[[Notice], Awaitable[None]]:
    async def take(notice: Notice) -> None:
        got.append(notice)
        if len(got) == count:
            whole.set()

    return take
