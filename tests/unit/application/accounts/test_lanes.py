"""What waits for an account goes on together, what is on its way ahead of what comes in."""

import asyncio
from uuid import UUID

import pytest

from application.accounts.lanes import PRESSING_MAX, TOGETHER_MAX, Asked, Lanes
from domain.accounts.book import AccountBook

ACCOUNT = UUID(int=1)
NEW, SENT = True, False


async def _settled(asked: list[bool]) -> list[list[int]]:
    """Let these ask while the lane is taken; return who were settled together, by place."""
    batches: list[list[Asked]] = []

    async def settle(account_id: UUID, batch: list[Asked]) -> None:
        assert account_id == ACCOUNT
        batches.append(batch)
        for one in batch:
            one.answer(None)

    def decide(book: AccountBook) -> str:
        return str(book.version)

    lanes = Lanes(settle=settle)
    assert lanes.enter(ACCOUNT)
    waiting = [Asked(tenant_id=ACCOUNT, decide=decide, may_wait=one) for one in asked]
    tasks = [asyncio.create_task(lanes.wait(ACCOUNT, one)) for one in waiting]
    await asyncio.sleep(0)
    lanes.leave(ACCOUNT)
    await asyncio.gather(*tasks)
    return [[waiting.index(one) for one in batch] for batch in batches]


async def test_what_is_on_its_way_goes_ahead_and_what_comes_in_goes_on_too() -> None:
    first, second = await _settled([NEW] * TOGETHER_MAX + [SENT] * TOGETHER_MAX)
    new, sent = TOGETHER_MAX - PRESSING_MAX, PRESSING_MAX
    assert first == [*range(new), *range(TOGETHER_MAX, TOGETHER_MAX + sent)]
    assert second == [*range(new, TOGETHER_MAX), *range(TOGETHER_MAX + sent, 2 * TOGETHER_MAX)]


@pytest.mark.parametrize("kind", [NEW, SENT])
async def test_a_place_that_one_kind_leaves_is_the_other_s(kind: bool) -> None:
    batches = await _settled([kind] * (TOGETHER_MAX + 1) + [not kind])
    assert [len(batch) for batch in batches] == [TOGETHER_MAX, 2]


async def test_few_go_in_the_order_they_came() -> None:
    assert await _settled([NEW, SENT, NEW, SENT]) == [[0, 1, 2, 3]]
