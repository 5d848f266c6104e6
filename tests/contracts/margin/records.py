"""What is promised of accounts' margin, its alerts and plans, wherever records are kept."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from domain.accounts.account_margin import AccountMargin
from domain.margin.alert import (
    NOT_TOLD_OF_END,
    STANDING,
    AlertKind,
    AlertState,
    MarginAlert,
)
from domain.margin.deleverage_plan import PlanState
from domain.margin.rulebook import RulebookName
from ports.margin import DELEVERAGE_PLANS, MARGIN_ACCOUNTS, MARGIN_ALERTS
from tests import builders
from tests.contracts.storage import Storage, StorageContract
from tests.deleverage_plans import add_plan


class MarginRecordsContract(StorageContract):
    """Subclasses give a fixture `storage` over an empty database."""

    async def test_a_chosen_rulebook_is_part_of_the_rule_set(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        tenant_id = account.tenant_id
        before = await storage.rule_sets.load(tenant_id=tenant_id)
        assert dict(before.rulebooks) == {}
        chosen = AccountMargin(
            id=account.id,
            tenant_id=tenant_id,
            rulebook=RulebookName.PORTFOLIO,
            automatic_target=Decimal("0.25"),
        )
        async with storage.works.begin(tenant_id) as work:
            await work.records(MARGIN_ACCOUNTS).add(chosen)
        after = await storage.rule_sets.load(tenant_id=tenant_id)
        assert dict(after.rulebooks) == {account.id: "portfolio"}
        # Whoever decided by the set of before is fenced.
        assert after.version > before.version
        async with storage.works.begin(tenant_id) as work:
            tighter = replace(chosen, rulebook=RulebookName.CASH, automatic_target=None, version=2)
            assert await work.records(MARGIN_ACCOUNTS).update(tighter)
        assert await storage.rule_sets.load(tenant_id=tenant_id) != after
        async with storage.works.look(tenant_id) as look:
            assert await look.records(MARGIN_ACCOUNTS).get(account.id) == tighter
        stranger = await storage.rule_sets.load(tenant_id=builders.new_id())
        assert dict(stranger.rulebooks) == {}

    async def test_alerts_are_found_until_their_end_is_told(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        tenant_id = account.tenant_id
        call = MarginAlert(
            id=builders.new_id(),
            tenant_id=tenant_id,
            account_id=account.id,
            kind=AlertKind.CALL,
            level=Decimal(0),
            amount=Decimal("7.50"),
            opened_at=builders.AT,
            due_on=date(2026, 3, 2),
        )
        warning = replace(
            call, id=builders.new_id(), kind=AlertKind.WARNING, due_on=None, level=Decimal("0.25")
        )
        async with storage.works.begin(tenant_id) as work:
            for one in (call, warning):
                await work.records(MARGIN_ALERTS).add(one)
        met = call.changed(AlertState.MET, at=builders.AT, amount=call.amount)
        over = replace(
            warning.changed(AlertState.MET, at=builders.AT, amount=warning.amount),
            told=AlertState.MET,
        )
        async with storage.works.begin(tenant_id) as work:
            assert await work.records(MARGIN_ALERTS).update(met)
            assert await work.records(MARGIN_ALERTS).update(over)
        async with storage.works.look(tenant_id) as look:
            records = look.records(MARGIN_ALERTS)
            assert await records.list(limit=9, where={"told": NOT_TOLD_OF_END}) == [met]
            where = {"account_id": account.id, "state": STANDING}
            assert await records.list(limit=9, where=where) == []

    async def test_a_plan_comes_back_whole_and_is_found_by_its_state(
        self, storage: Storage
    ) -> None:
        account = (await storage.opened()).account
        tenant_id = account.tenant_id
        plan_id = await add_plan(storage.works, tenant_id=tenant_id, account_id=account.id)
        async with storage.works.begin(tenant_id) as work:
            plans = work.records(DELEVERAGE_PLANS)
            plan = await plans.get(plan_id)
            assert plan is not None
            assert plan.steps[0].quantity == "-1"
            assert await plans.update(plan.approved(by="user:x", at=builders.AT))
        (found,) = await storage.works.everywhere(
            DELEVERAGE_PLANS, limit=9, where={"state": PlanState.APPROVED}
        )
        assert found == plan.approved(by="user:x", at=builders.AT)
        async with storage.works.look(builders.new_id()) as look:
            assert await look.records(DELEVERAGE_PLANS).get(plan_id) is None
