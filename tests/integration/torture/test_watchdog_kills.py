"""Ten rounds of killing and stopping the main process; the torture itself goes on to a hundred."""

from pathlib import Path

import pytest

from tests.services.service import Service
from tests.torture.watchdog_kills import torture

ROUNDS = 10


@pytest.mark.slow
@pytest.mark.timeout(1_800)
def test_the_watchdog_leaves_nothing_open_in_ten_rounds(
    tmp_path: Path, own_postgres: Service
) -> None:
    done = torture(tmp_path / "data", postgres_url=own_postgres.url, rounds=ROUNDS, seed=15)
    assert done["kills"] + done["stops"] == ROUNDS
    assert done["orders"] >= ROUNDS
