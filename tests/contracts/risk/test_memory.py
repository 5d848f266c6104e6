"""The rule sets in memory keep their promises."""

from tests.contracts.risk.rule_sets import RuleSetsContract
from tests.contracts.storage import OverMemory


class TestMemoryRuleSets(OverMemory, RuleSetsContract):
    pass
