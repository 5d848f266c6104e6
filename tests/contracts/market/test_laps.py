"""The memory adapter lets a replay start over as its port says."""

from tests.contracts.market.laps import ReplayLapsContract
from tests.contracts.storage import OverMemory


class TestMemoryReplayLaps(OverMemory, ReplayLapsContract):
    pass
