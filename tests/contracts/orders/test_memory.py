"""The order archive and the dispatcher's work in memory keep their promises."""

from tests.contracts.orders.archive import OrderArchiveContract
from tests.contracts.orders.following import FollowingContract
from tests.contracts.orders.work import OrderWorkContract
from tests.contracts.storage import OverMemory


class TestMemoryOrderArchive(OverMemory, OrderArchiveContract):
    pass


class TestMemoryOrderWork(OverMemory, OrderWorkContract):
    pass


class TestFollowingOverMemory(OverMemory, FollowingContract):
    pass
