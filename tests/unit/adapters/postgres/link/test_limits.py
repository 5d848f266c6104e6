"""Every limit of the database has a sensible value, and none is off."""

from typing import Any

import pytest

from adapters.postgres.link.database import Database, DatabaseLimits
from ports.storage import StorageUnavailable


@pytest.mark.parametrize(
    "wrong",
    [
        {"pool_size_min": 0},
        {"pool_size_min": 9, "pool_size_max": 8},
        {"pool_size_max": 501},
        {"system_size_max": 0},
        {"system_size_max": 501},
        {"statement_timeout_s": 0.0},
        {"lock_timeout_s": -1.0},
        {"acquire_timeout_s": float("inf")},
        {"connect_timeout_s": float("nan")},
        {"idle_in_transaction_timeout_s": 0.0},
    ],
)
def test_limits_that_are_none_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(reversed(wrong)).partition("_")[0]):
        DatabaseLimits(**wrong)


def test_a_database_that_is_not_started_is_unavailable() -> None:
    database = Database()
    with pytest.raises(StorageUnavailable, match="not started"):
        _ = database.pool
