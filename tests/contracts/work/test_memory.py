"""The unit of work in memory keeps its promises."""

from tests.contracts.storage import OverMemory
from tests.contracts.work.agents import AgentRecordsContract
from tests.contracts.work.works import WorksContract


class TestMemoryWorks(OverMemory, WorksContract):
    pass


class TestMemoryAgentRecords(OverMemory, AgentRecordsContract):
    pass
