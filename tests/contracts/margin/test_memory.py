"""The memory adapters keep the promises."""

from tests.contracts.margin.records import MarginRecordsContract
from tests.contracts.storage import OverMemory


class TestMemoryMarginRecords(OverMemory, MarginRecordsContract):
    pass
