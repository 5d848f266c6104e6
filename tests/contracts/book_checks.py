"""What every adapter of BookChecks promises."""

from abc import abstractmethod
from dataclasses import replace

import pytest

from ports.book_checks import AskedCheck, BookChecks, CheckAnswer
from tests import builders
from tests.contracts.contract import Contract


def _check() -> AskedCheck:
    return AskedCheck(builders.new_id(), builders.new_id(), builders.new_id())


class BookChecksContract(Contract):
    """Subclasses give `checks`, of which nothing was asked."""

    @pytest.fixture
    @abstractmethod
    def checks(self) -> BookChecks: ...

    async def test_what_was_asked_waits_until_it_is_answered(self, checks: BookChecks) -> None:
        first, second = _check(), _check()
        await checks.ask(first)
        await checks.ask(second)
        assert list(await checks.asked(within_s=60, limit=10)) == [first, second]
        assert list(await checks.asked(within_s=60, limit=1)) == [first]
        assert await checks.answered(id=first.id) is None
        await checks.answer(id=first.id, answer=CheckAnswer("AAPL: 3 here, 4 there"))
        assert list(await checks.asked(within_s=60, limit=10)) == [second]
        assert await checks.answered(id=first.id) == CheckAnswer("AAPL: 3 here, 4 there")

    async def test_one_order_can_be_meant(self, checks: BookChecks) -> None:
        meant = replace(_check(), order_id=builders.new_id())
        await checks.ask(meant)
        assert list(await checks.asked(within_s=60, limit=10)) == [meant]

    async def test_an_answer_without_a_problem_is_one(self, checks: BookChecks) -> None:
        check = _check()
        await checks.ask(check)
        await checks.answer(id=check.id, answer=CheckAnswer(None))
        assert await checks.answered(id=check.id) == CheckAnswer(None)

    async def test_a_second_answer_changes_nothing(self, checks: BookChecks) -> None:
        check = _check()
        await checks.ask(check)
        await checks.answer(id=check.id, answer=CheckAnswer("differs"))
        await checks.answer(id=check.id, answer=CheckAnswer(None))
        assert await checks.answered(id=check.id) == CheckAnswer("differs")

    async def test_old_questions_are_not_asked_any_more(self, checks: BookChecks) -> None:
        await checks.ask(_check())
        assert list(await checks.asked(within_s=-1, limit=10)) == []
