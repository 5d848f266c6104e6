"""The Postgres keeper of risk rules keeps the same promises as the memory one."""

from uuid import UUID

import pytest

from adapters.postgres.link.database import Database
from adapters.postgres.risk import PostgresRiskTransactions, PostgresRuleSets
from ports.risk import RiskScope, RuleSets
from ports.transactions import Transactions
from tests.contracts.risk.rules import RiskRulesContract


class TestPostgresRiskRules(RiskRulesContract):
    @pytest.fixture
    def transactions(self, database: Database) -> Transactions[RiskScope]:
        return PostgresRiskTransactions(database)

    @pytest.fixture
    def rule_sets(self, database: Database) -> RuleSets:
        return PostgresRuleSets(database=database)

    @pytest.fixture
    def tenant_id(self) -> UUID:
        return UUID(int=1)

    @pytest.fixture
    def other_tenant_id(self) -> UUID:
        return UUID(int=2)
