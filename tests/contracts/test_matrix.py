"""Invariant 5 over the memory adapters: every route, channel and command, as everyone."""

from tests.matrix.whole import sweep


async def test_everything_lets_in_whom_it_may_and_no_one_else() -> None:
    swept = await sweep()
    assert [wrong for part in swept.values() for wrong in part.wrongs] == []
    assert all(part.tried and part.refused and part.absent for part in swept.values())
