"""Write the parts of a decision as plain JSON values, and read them back exactly.

Decimals are text as Python writes them, times ISO 8601 in UTC, enumerations their values.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from json import JSONEncoder
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.risk.rule import Action, Rule, RuleScope, RuleType

Json = dict[str, Any]

# An enumeration is text, and written as its value; looking the value up costs more.
# Sorted keys and no spaces: the same values give the same bytes in every process.
canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def text_of(value: Decimal | None) -> str | None:
    """Write a decimal, keeping its exponent."""
    return None if value is None else str(value)


def decimal_of(text: str | None) -> Decimal | None:
    """Read what text_of wrote."""
    return None if text is None else Decimal(text)


def time_text(at: datetime) -> str:
    """Write an aware time in UTC."""
    return at.astimezone(UTC).isoformat()


def write_terms(terms: OrderTerms) -> Json:
    """Write all terms of an order."""
    return {
        "symbol": terms.symbol,
        "side": terms.side,
        "type": terms.type,
        "quantity": str(terms.quantity),
        "limit_price": text_of(terms.limit_price),
        "stop_price": text_of(terms.stop_price),
        "trail": text_of(terms.trail),
        "trail_kind": terms.trail_kind,
        "time_in_force": terms.time_in_force,
        "expires_at": None if terms.expires_at is None else time_text(terms.expires_at),
        "post_only": terms.post_only,
        "reduce_only": terms.reduce_only,
        "display_quantity": text_of(terms.display_quantity),
    }


def read_terms(written: Json) -> OrderTerms:
    """Read what write_terms wrote; the terms check themselves."""
    expires_at = written["expires_at"]
    trail_kind = written["trail_kind"]
    return OrderTerms(
        symbol=written["symbol"],
        side=Side(written["side"]),
        type=OrderType(written["type"]),
        quantity=Decimal(written["quantity"]),
        limit_price=decimal_of(written["limit_price"]),
        stop_price=decimal_of(written["stop_price"]),
        trail=decimal_of(written["trail"]),
        trail_kind=None if trail_kind is None else TrailKind(trail_kind),
        time_in_force=TimeInForce(written["time_in_force"]),
        expires_at=None if expires_at is None else datetime.fromisoformat(expires_at),
        post_only=written["post_only"],
        reduce_only=written["reduce_only"],
        display_quantity=decimal_of(written["display_quantity"]),
    )


def write_order(order: Order) -> Json:
    """Write who sends the order, in which group, and what of it is filled."""
    link = order.link
    return {
        "id": str(order.id),
        "tenant_id": str(order.tenant_id),
        "account_id": str(order.account_id),
        "client_order_id": order.client_order_id,
        "strategy_id": order.strategy_id,
        "origin": order.origin,
        "filled_quantity": str(order.filled_quantity),
        "waiting": order.waiting,
        "link": None
        if link is None
        else {
            "group_id": str(link.group_id),
            "role": link.role.value,
            "parent_id": None if link.parent_id is None else str(link.parent_id),
        },
    }


def read_order(written: Json, *, terms: OrderTerms, at: datetime, market_at: datetime) -> Order:
    """Read what write_order wrote, as an order that stands before the gate."""
    link = written["link"]
    return Order(
        id=UUID(written["id"]),
        tenant_id=UUID(written["tenant_id"]),
        account_id=UUID(written["account_id"]),
        client_order_id=written["client_order_id"],
        strategy_id=written["strategy_id"],
        origin=Origin(written["origin"]),
        filled_quantity=Decimal(written["filled_quantity"]),
        waiting=written["waiting"],
        link=None
        if link is None
        else GroupLink(
            group_id=UUID(link["group_id"]),
            role=Role(link["role"]),
            parent_id=None if link["parent_id"] is None else UUID(link["parent_id"]),
        ),
        terms=terms,
        accepted_at=at,
        updated_at=at,
        market_at=market_at,
    )


def write_rule(rule: Rule) -> Json:
    """Write one rule whole."""
    scope = rule.scope
    return {
        "id": str(rule.id),
        "tenant_id": str(rule.tenant_id),
        "name": rule.name,
        "rule_type": rule.rule_type.value,
        "threshold": str(rule.threshold),
        "action": rule.action.value,
        "is_active": rule.is_active,
        "scope": {
            "account_id": None if scope.account_id is None else str(scope.account_id),
            "strategy_id": scope.strategy_id,
            "symbol": scope.symbol,
        },
        "parameters": {
            name: value if isinstance(value, str) else list(value)
            for name, value in rule.parameters.items()
        },
        "version": rule.version,
        "created_at": time_text(rule.created_at),
        "updated_at": time_text(rule.updated_at),
    }


def read_rule(written: Json) -> Rule:
    """Read what write_rule wrote."""
    scope = written["scope"]
    parameters: Mapping[str, str | tuple[str, ...]] = MappingProxyType(
        {
            name: value if isinstance(value, str) else tuple(value)
            for name, value in written["parameters"].items()
        }
    )
    return Rule(
        id=UUID(written["id"]),
        tenant_id=UUID(written["tenant_id"]),
        name=written["name"],
        rule_type=RuleType(written["rule_type"]),
        threshold=Decimal(written["threshold"]),
        action=Action(written["action"]),
        is_active=written["is_active"],
        scope=RuleScope(
            account_id=None if scope["account_id"] is None else UUID(scope["account_id"]),
            strategy_id=scope["strategy_id"],
            symbol=scope["symbol"],
        ),
        parameters=parameters,
        version=written["version"],
        created_at=datetime.fromisoformat(written["created_at"]),
        updated_at=datetime.fromisoformat(written["updated_at"]),
    )
