"""Found the tenant of a simulated world: its accounts, their money and their rules."""

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from adapters.brokers.paper.settings import NAME
from application.accounts.open_account import first_deposit
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, TradingDay
from domain.identity.tenant import Tenant
from domain.orders.moves import MoveTimes
from domain.risk.rule import Action, Rule, RuleType
from domain.shared.values import ONE
from tests.simulation.disk import Disk
from tests.simulation.market import FIRST_DAY
from tests.simulation.plan import Plan
from tests.simulation.virtual_time.run import Simulation


def found(disk: Disk, *, plan: Plan, around: Simulation) -> tuple[Account, ...]:
    """Store the accounts and rules as they are before anything happens."""
    new_id, now = around.ids.new, around.clock.now()
    tenant_id, portfolio_id = new_id(), new_id()
    accounts = []
    for index, kind in enumerate(plan.kinds):
        account = Account(
            id=new_id(),
            tenant_id=tenant_id,
            portfolio_id=portfolio_id,
            name=f"account{index}",
            broker=NAME,
            created_at=now,
            kind=kind,
            leverage=Decimal(2) if kind is AccountKind.MARGIN else ONE,
        )
        accounts.append(account)
        disk.database.ledger.append(
            first_deposit(
                transaction_id=new_id(),
                account=account,
                amount=plan.money,
                when=MoveTimes(at=now, market_at=now),
            )
        )
        disk.books[account.id] = AccountBook(
            account=account,
            version=0,
            cash={account.currency: plan.money},
            day=TradingDay(date=FIRST_DAY, opening_equity=plan.money),
            peak_equity=plan.money,
        )
    rules = [
        Rule(
            id=new_id(),
            tenant_id=tenant_id,
            name="Units",
            rule_type=RuleType.MAX_POSITION_SIZE,
            threshold=plan.position_limit,
            action=Action.BLOCK,
            parameters=MappingProxyType({"unit": "units"}),
            created_at=now,
            updated_at=now,
        )
    ]
    if plan.halting_loss is not None:
        rules.append(
            replace(
                rules[0],
                id=new_id(),
                name="Loss",
                rule_type=RuleType.MAX_DAILY_LOSS,
                threshold=plan.halting_loss,
                action=Action.HALT,
                parameters=MappingProxyType({"unit": "percent"}),
            )
        )
    disk.store_rules(*rules)
    tenant = Tenant(id=tenant_id, name="The world", created_at=now)
    disk.database.tenants[tenant_id] = tenant
    return tuple(accounts)


def change_limit(disk: Disk, *, factor: Decimal) -> None:
    """Move the position limit some way off, as a tenant would."""
    rules = disk.database.rules.values()
    for rule in tuple(rules):
        if rule.rule_type is RuleType.MAX_POSITION_SIZE:
            limit = max((rule.threshold * factor).to_integral_value(), ONE)
            disk.store_rules(replace(rule, threshold=limit, version=rule.version + 1))
