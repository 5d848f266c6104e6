"""The board says whether the pattern engine takes in what the market tells."""

import pytest

from adapters.memory.time import ManualClock
from adapters.telemetry.health import HealthBoard
from bootstrap.areas.patterns import ENGINE, telling
from domain.market.prices import MarketEvent, ReplayBegan
from ports.health import ComponentState
from ports.storage import StorageUnavailable
from tests import builders


async def test_a_failure_degrades_it_until_an_event_is_taken_in() -> None:
    board = HealthBoard(clock=ManualClock(builders.AT))
    board.declare(ENGINE, required=False)
    board.set(ENGINE, ComponentState.UP)
    fails = False

    async def follow(_: MarketEvent) -> None:
        if fails:
            raise StorageUnavailable("the database is away")

    def state() -> tuple[ComponentState, str]:
        (one,) = board.components()
        return one.state, one.detail

    told = telling(follow, board)
    event = ReplayBegan(at=builders.MARKET_AT, lap=2)
    await told(event)
    assert state() == (ComponentState.UP, "")
    fails = True
    with pytest.raises(StorageUnavailable):
        await told(event)
    assert state() == (ComponentState.DEGRADED, "the database is away")
    fails = False
    await told(event)
    assert state() == (ComponentState.UP, "")
