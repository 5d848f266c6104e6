"""What every adapter of Locks promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

import pytest

from ports.locks import HeldLock, Locks
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

ASKERS = 32


class LocksContract(Contract):
    """Subclasses give `locks`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def locks(self) -> Sequence[Locks]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_one_of_all_who_ask_at_once_gets_it(self, locks: Sequence[Locks]) -> None:
        name = str(builders.new_id())
        asked = [one.take(name=name, lasts_s=5) for one in locks for _ in range(ASKERS)]
        taken = [one for one in await asyncio.gather(*asked) if one is not None]
        assert len(taken) == 1
        assert await locks[0].take(name=f"{name}-other", lasts_s=5) is not None

    async def test_what_is_given_back_can_be_taken(self, locks: Sequence[Locks]) -> None:
        name = str(builders.new_id())
        held = await locks[0].take(name=name, lasts_s=5)
        assert held is not None
        assert await locks[0].give_back(held)
        assert not await locks[0].give_back(held)
        assert await locks[-1].take(name=name, lasts_s=5) is not None

    async def test_it_lapses_and_then_is_the_next_ones_alone(
        self, locks: Sequence[Locks], passes: Pass
    ) -> None:
        name = str(builders.new_id())
        late = await locks[0].take(name=name, lasts_s=0.1)
        assert late is not None
        await passes(0.1)
        held = await locks[-1].take(name=name, lasts_s=5)
        assert held is not None
        assert not await locks[0].give_back(late)
        assert not await locks[0].give_back(HeldLock(name, "guessed"))
        assert await locks[0].take(name=name, lasts_s=5) is None
        assert await locks[-1].give_back(held)
