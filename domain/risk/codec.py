"""Write the parts of a decision as canonical JSON, and read them back exactly.

Decimals are text as Python writes them, times ISO 8601 in UTC, enumerations their values.
What goes into every decision is written straight as text, its keys in their sorted order:
by way of dicts it would be a sixth of all that an order costs.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from json import JSONEncoder
from json.encoder import encode_basestring_ascii
from types import MappingProxyType
from typing import Any
from uuid import UUID

from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.risk.rule import Action, Rule, RuleScope, RuleType
from domain.shared.texts import id_text, time_text

Json = dict[str, Any]

# An enumeration is text, and written as its value; looking the value up costs more.
# Sorted keys and no spaces: the same values give the same bytes in every process.
canonical = JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False).encode
# The same for one text.
quoted = encode_basestring_ascii
_NULL = "null"
_TRUTH = ("false", "true")


def decimal_text(value: Decimal | None) -> str:
    """Write a decimal, keeping its exponent, or null."""
    return "null" if value is None else f'"{value!s}"'


def text_or_null(value: str | None) -> str:
    """Write any text, or null."""
    return "null" if value is None else quoted(value)


def decimal_of(text: str | None) -> Decimal | None:
    """Read what text_of wrote."""
    return None if text is None else Decimal(text)


def write_terms(terms: OrderTerms) -> str:
    """Write all terms of an order."""
    kind, expires_at = terms.trail_kind, terms.expires_at
    return (
        f'{{"display_quantity":{decimal_text(terms.display_quantity)}'
        f',"expires_at":{_NULL if expires_at is None else quoted(time_text(expires_at))}'
        f',"limit_price":{decimal_text(terms.limit_price)}'
        f',"post_only":{_TRUTH[terms.post_only]}'
        f',"quantity":"{terms.quantity!s}"'
        f',"reduce_only":{_TRUTH[terms.reduce_only]}'
        f',"side":"{terms.side}"'
        f',"stop_price":{decimal_text(terms.stop_price)}'
        f',"symbol":{quoted(terms.symbol)}'
        f',"time_in_force":"{terms.time_in_force}"'
        f',"trail":{decimal_text(terms.trail)}'
        f',"trail_kind":{text_or_null(kind)}'
        f',"type":"{terms.type}"}}'
    )


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


def write_order(order: Order) -> str:
    """Write who sends the order, in which group, and what of it is filled."""
    link = order.link
    return (
        f'{{"account_id":"{id_text(order.account_id)}"'
        f',"client_order_id":{quoted(order.client_order_id)}'
        f',"filled_quantity":"{order.filled_quantity!s}"'
        f',"id":"{id_text(order.id)}"'
        f',"link":{_NULL if link is None else _write_link(link)}'
        f',"origin":"{order.origin}"'
        f',"strategy_id":{text_or_null(order.strategy_id)}'
        f',"tenant_id":"{id_text(order.tenant_id)}"'
        f',"waiting":{_TRUTH[order.waiting]}}}'
    )


def _write_link(link: GroupLink) -> str:
    parent_id = link.parent_id
    return (
        f'{{"group_id":"{id_text(link.group_id)}"'
        f',"parent_id":{text_or_null(None if parent_id is None else id_text(parent_id))}'
        f',"role":"{link.role}"}}'
    )


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
