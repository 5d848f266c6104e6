"""What every adapter of LoginTries promises."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from ports.identity import LONGEST_WAIT_S, LoginTries

EMAIL = "owner@example.com"

Pass = Callable[[float], Awaitable[None]]


class LoginTriesContract:
    """Subclasses give `tries`, and `let_pass`."""

    @pytest.fixture
    def tries(self) -> LoginTries:
        raise NotImplementedError

    @pytest.fixture
    def let_pass(self) -> Pass:
        raise NotImplementedError

    async def test_of_tries_side_by_side_one_may_be_made(self, tries: LoginTries) -> None:
        answers = await asyncio.gather(*(tries.begin(EMAIL) for _ in range(8)))
        assert answers.count(None) == 1

    async def test_the_wait_doubles_up_to_the_longest(
        self, tries: LoginTries, let_pass: Pass
    ) -> None:
        waits = []
        for _ in range(13):
            assert await tries.begin(EMAIL) is None
            wait_s = await tries.begin(EMAIL.upper())
            assert wait_s is not None
            waits.append(wait_s)
            await let_pass(wait_s + 0.01)
        assert [round(wait) for wait in waits[:4]] == [1, 2, 4, 8]
        assert waits[-1] == pytest.approx(LONGEST_WAIT_S, abs=2)

    async def test_a_success_forgets_the_failures(self, tries: LoginTries) -> None:
        assert await tries.begin(EMAIL) is None
        await tries.succeeded(EMAIL)
        assert await tries.begin(EMAIL) is None
        wait_s = await tries.begin(EMAIL)
        assert wait_s is not None
        assert wait_s <= 1

    async def test_a_try_that_was_not_checked_does_not_count(self, tries: LoginTries) -> None:
        for _ in range(5):
            assert await tries.begin(EMAIL) is None
            await tries.unchecked(EMAIL)
        assert await tries.begin(EMAIL) is None
        wait_s = await tries.begin(EMAIL)
        assert wait_s is not None
        assert wait_s <= 1

    async def test_addresses_do_not_slow_each_other(self, tries: LoginTries) -> None:
        for email in (EMAIL, "other@example.com", "", "\u20ac" * 5000, "a\x00b"):
            assert await tries.begin(email) is None
