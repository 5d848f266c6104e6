"""Invariant 5 over Postgres: what is hidden is hidden by the queries, and by the policies too."""

import pytest

from tests.integration.adapters.postgres.test_careless_queries import CarelessDatabase
from tests.matrix.whole import over_postgres, sweep

# Every route, channel and command, tried as everybody: that is their number, not their speed.
pytestmark = pytest.mark.timeout(900)


async def test_everything_lets_in_whom_it_may_and_no_one_else(database_url: str) -> None:
    swept = await sweep(over_postgres(database_url))
    assert [wrong for part in swept.values() for wrong in part.wrongs] == []
    assert all(part.tried and part.refused and part.absent for part in swept.values())


async def test_the_policies_alone_let_in_no_one_else_either(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Every query has lost its condition, as if each of them had been forgotten.
    monkeypatch.setattr("adapters.postgres.link.database.Database", CarelessDatabase)
    swept = await sweep(over_postgres(database_url))
    assert CarelessDatabase.forgotten > 0
    assert [wrong for part in swept.values() for wrong in part.wrongs] == []
    assert all(part.tried and part.refused and part.absent for part in swept.values())
