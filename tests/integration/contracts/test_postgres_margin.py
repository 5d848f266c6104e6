"""What is kept of margin keeps the same promises in Postgres, and one of each stands."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from domain.margin.alert import AlertKind, AlertState, MarginAlert
from domain.margin.deleverage_plan import DeleveragePlan
from ports.margin import DELEVERAGE_PLANS, MARGIN_ALERTS
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.margin.records import MarginRecordsContract
from tests.contracts.storage import Storage
from tests.deleverage_plans import add_plan
from tests.integration.contracts.test_postgres import OverPostgres


class TestPostgresMarginRecords(OverPostgres, MarginRecordsContract):
    pass


class TestPostgresMarginRows(OverPostgres):
    async def test_of_a_level_one_alert_stands(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        first = MarginAlert(
            id=builders.new_id(),
            tenant_id=account.tenant_id,
            account_id=account.id,
            kind=AlertKind.WARNING,
            level=Decimal("0.25"),
            amount=Decimal(1),
            opened_at=builders.AT,
        )
        over = replace(first, id=builders.new_id(), state=AlertState.MET)
        async with storage.works.begin(account.tenant_id) as work:
            for one in (first, over):
                await work.records(MARGIN_ALERTS).add(one)
        with pytest.raises(ConstraintBroken):
            async with storage.works.begin(account.tenant_id) as work:
                await work.records(MARGIN_ALERTS).add(replace(first, id=builders.new_id()))

    async def test_of_an_account_one_plan_goes_on(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        ids = [
            await add_plan(storage.works, tenant_id=account.tenant_id, account_id=account.id)
            for _ in range(2)
        ]
        first, second = [await self._approved(storage, one, account.tenant_id) for one in ids]
        async with storage.works.begin(account.tenant_id) as work:
            assert await work.records(DELEVERAGE_PLANS).update(first)
        with pytest.raises(ConstraintBroken):
            async with storage.works.begin(account.tenant_id) as work:
                await work.records(DELEVERAGE_PLANS).update(second)

    async def _approved(self, storage: Storage, plan_id: UUID, tenant_id: UUID) -> DeleveragePlan:
        async with storage.works.look(tenant_id) as look:
            plan = await look.records(DELEVERAGE_PLANS).get(plan_id)
        assert plan is not None
        return plan.approved(by="user:x", at=builders.AT)
