"""The workspaces in memory keep their promises."""

from tests.contracts.storage import OverMemory
from tests.contracts.workspaces.shelves import WorkspacesContract


class TestMemoryWorkspaces(OverMemory, WorkspacesContract):
    pass
