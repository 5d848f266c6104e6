"""Invariant 5 over Postgres: what is hidden is hidden by the queries themselves."""

import pytest

from tests.matrix.whole import over_postgres, sweep


@pytest.mark.timeout(180)
async def test_everything_lets_in_whom_it_may_and_no_one_else(database_url: str) -> None:
    swept = await sweep(over_postgres(database_url))
    assert [wrong for part in swept.values() for wrong in part.wrongs] == []
    assert all(part.tried and part.refused and part.absent for part in swept.values())
