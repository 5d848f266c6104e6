"""The inbox in memory keeps its promises."""

from tests.contracts.inbox import InboxContract
from tests.contracts.storage import OverMemory


class TestMemoryInbox(OverMemory, InboxContract):
    pass
