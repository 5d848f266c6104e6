"""Say to which account the things lead that paths name."""

from typing import Any
from uuid import UUID

from adapters.http.facades import Facades
from adapters.http.permissions import Bound
from application.agents.list_agents import AgentNotFound
from application.orders.cancel import OrderNotFound
from application.risk.commands import RuleNotFound


def bound_things(facades: Facades) -> dict[str, Bound]:
    """Return how each path parameter that names a thing of an account leads there."""

    async def order(tenant_id: UUID, order_id: Any) -> UUID | None:
        found = await facades.orders.get(tenant_id=tenant_id, order_id=order_id)
        return found.account_id

    async def rule(tenant_id: UUID, rule_id: Any) -> UUID | None:
        found = await facades.risk.get(tenant_id=tenant_id, rule_id=rule_id)
        return found.scope.account_id

    async def agent(tenant_id: UUID, agent_id: Any) -> UUID | None:
        found = await facades.agents.get(tenant_id=tenant_id, agent_id=agent_id)
        return found.account_id

    return {
        "order_id": Bound(account_of=order, missing=OrderNotFound),
        "rule_id": Bound(account_of=rule, missing=RuleNotFound),
        "agent_id": Bound(
            account_of=agent, missing=lambda agent_id: AgentNotFound(f"no agent {agent_id}")
        ),
    }
