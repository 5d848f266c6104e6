"""The agents in memory keep their promises."""

from tests.contracts.agents.registry import AgentRegistryContract
from tests.contracts.storage import OverMemory


class TestMemoryAgentRegistry(OverMemory, AgentRegistryContract):
    pass
