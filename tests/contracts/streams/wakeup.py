"""What every adapter of Wakeup promises."""

import asyncio
from abc import abstractmethod

import pytest

from ports.streams import Wakeup
from tests.contracts.contract import Contract

# A wait that was not woken would take this long; no test may wait for it.
LONG_S = 30.0
SHORT_S = 0.02
TIMEOUT_S = 5.0


class WakeupContract(Contract):
    """Subclasses give `wakeup`."""

    @pytest.fixture
    @abstractmethod
    async def wakeup(self) -> Wakeup: ...

    async def test_a_wait_without_a_hint_ends_with_its_timeout(self, wakeup: Wakeup) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        await wakeup.wait(timeout_s=SHORT_S)
        # Not before it; how long after is the machine's affair.
        assert loop.time() - began >= SHORT_S * 0.9

    async def test_a_hint_wakes_the_waiting(self, wakeup: Wakeup) -> None:
        waiting = asyncio.create_task(wakeup.wait(timeout_s=LONG_S))
        await asyncio.sleep(SHORT_S)
        wakeup.set()
        async with asyncio.timeout(TIMEOUT_S):
            await waiting

    async def test_a_hint_given_while_nobody_waits_is_kept_for_the_next(
        self, wakeup: Wakeup
    ) -> None:
        wakeup.set()
        wakeup.set()
        async with asyncio.timeout(TIMEOUT_S):
            await wakeup.wait(timeout_s=LONG_S)

    async def test_a_hint_is_used_up_by_the_wait_that_it_ends(self, wakeup: Wakeup) -> None:
        wakeup.set()
        await wakeup.wait(timeout_s=LONG_S)
        waiting = asyncio.create_task(wakeup.wait(timeout_s=LONG_S))
        await asyncio.sleep(SHORT_S)
        assert not waiting.done()
        wakeup.set()
        async with asyncio.timeout(TIMEOUT_S):
            await waiting

    async def test_a_cancelled_wait_keeps_the_hint_for_the_next(self, wakeup: Wakeup) -> None:
        waiting = asyncio.create_task(wakeup.wait(timeout_s=LONG_S))
        await asyncio.sleep(SHORT_S)
        wakeup.set()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        async with asyncio.timeout(TIMEOUT_S):
            await wakeup.wait(timeout_s=LONG_S)
