"""The history of equity in memory keeps its promises."""

from tests.contracts.performance.equity import EquityHistoryContract
from tests.contracts.storage import OverMemory


class TestMemoryEquityHistory(OverMemory, EquityHistoryContract):
    pass
