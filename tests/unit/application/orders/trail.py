"""Say who asks, set a limit, and check whose an audit entry is."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from application.orders.commands import Asker
from domain.audit.entry import AuditEntry
from domain.orders.order import Order
from domain.risk.rule import Action, Rule, RuleType
from tests import builders
from tests.rig import Rig


def ada(rig: Rig) -> Asker:
    """Someone of the tenant, in a request that is traced."""
    return Asker(tenant_id=rig.tenant_id, actor="user:ada", trace_id="t-7")


def limited(rig: Rig, threshold: str, **fields: Any) -> Rule:
    """Give the tenant a rule on the worth of an order."""
    rule = Rule(
        id=UUID(int=9),
        tenant_id=rig.tenant_id,
        name="Small",
        rule_type=RuleType.MAX_ORDER_VALUE,
        threshold=Decimal(threshold),
        action=fields.pop("action", Action.BLOCK),
        created_at=builders.AT,
        updated_at=builders.AT,
    )
    rig.database.rules[rule.id] = rule
    rig.database.rules_versions[rig.tenant_id] = 1
    return rule


def checked(entry: AuditEntry, order: Order, *, action: str) -> AuditEntry:
    """Check whose an entry is and when it was written."""
    assert (entry.tenant_id, entry.account_id) == (order.tenant_id, order.account_id)
    assert (entry.actor, entry.trace_id) == ("user:ada", "t-7")
    assert (entry.action, entry.subject) == (action, str(order.id))
    assert entry.market_at == builders.MARKET_AT
    assert entry.id != order.id
    return entry
