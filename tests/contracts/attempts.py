"""What every adapter of Attempts promises."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence

import pytest

from ports.attempts import Attempts
from tests import builders
from tests.contracts.contract import Contract
from tests.contracts.passing import Pass

# Long enough that a busy machine does not let one pass between two lines of a test.
FIRST_S, LONGEST_S = 0.3, 1.0


async def begin(attempts: Attempts, key: str) -> float | None:
    return await attempts.begin(key=key, first_wait_s=FIRST_S, longest_wait_s=LONGEST_S)


class AttemptsContract(Contract):
    """Subclasses give `attempts`, those of two processes (or one twice), and `passes`."""

    @pytest.fixture
    @abstractmethod
    async def attempts(self) -> Sequence[Attempts]: ...

    @pytest.fixture
    @abstractmethod
    async def passes(self) -> Pass: ...

    async def test_the_wait_doubles_up_to_the_longest(
        self, attempts: Sequence[Attempts], passes: Pass
    ) -> None:
        key = str(builders.new_id())
        for number, longest in enumerate((0.3, 0.6, 1.0, 1.0)):
            assert await begin(attempts[number % len(attempts)], key) is None
            wait_s = await begin(attempts[-1], key)
            assert wait_s is not None
            assert longest * 0.5 < wait_s <= longest + 1e-3
            await passes(wait_s)

    async def test_of_tries_side_by_side_one_begins(self, attempts: Sequence[Attempts]) -> None:
        key = str(builders.new_id())
        told = await asyncio.gather(
            *(
                one.begin(key=key, first_wait_s=30, longest_wait_s=60)
                for one in attempts
                for _ in range(32)
            )
        )
        assert told.count(None) == 1

    async def test_a_success_forgets_the_failures(
        self, attempts: Sequence[Attempts], passes: Pass
    ) -> None:
        key = str(builders.new_id())
        for wait_s in (FIRST_S, 2 * FIRST_S):
            await begin(attempts[0], key)
            await passes(wait_s)
        assert await begin(attempts[0], key) is None
        await attempts[-1].succeeded(key)
        assert await begin(attempts[0], key) is None
        wait_s_after = await begin(attempts[0], key)
        assert wait_s_after is not None
        assert wait_s_after <= FIRST_S + 1e-3

    async def test_a_try_that_came_to_nothing_is_taken_back(
        self, attempts: Sequence[Attempts], passes: Pass
    ) -> None:
        key = str(builders.new_id())
        await attempts[0].unchecked(key)
        await begin(attempts[0], key)
        await attempts[0].unchecked(key)
        assert await begin(attempts[0], key) is None
        await passes(FIRST_S)
        assert await begin(attempts[0], key) is None
        await attempts[0].unchecked(key)
        # The earlier failure is still known.
        assert await begin(attempts[0], key) is None
        wait_s = await begin(attempts[0], key)
        assert wait_s is not None
        assert wait_s > FIRST_S * 1.2

    async def test_keys_do_not_mix_whatever_they_are(self, attempts: Sequence[Attempts]) -> None:
        some = f"key {builders.new_id()}"
        for key in (some, some.upper(), some + "\0", "\u20ac" * 5000 + some, f" {some}", ""):
            assert await attempts[0].begin(key=key, first_wait_s=0.01, longest_wait_s=0.01) is None
