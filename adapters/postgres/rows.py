"""Turn domain values into rows and back; the column orders are the tables'."""

import json
from collections.abc import Container, Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from adapters.postgres.numbers import exact, exact_or_none
from domain.accounts.change import Decision, Reply
from domain.accounts.ledger import LedgerTransaction
from domain.accounts.positions import Position
from domain.audit.entry import AuditEntry
from domain.orders.order import Fill, GroupLink, Order, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.notices import Notice
from domain.shared.values import plain
from ports.storage import StorageCorrupt


class Row(Protocol):
    """What the driver returns: values by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


def order_row(order: Order) -> tuple[Any, ...]:
    """Return the order in the column order of the table orders."""
    terms, link = order.terms, order.link
    pending = order.pending_terms
    return (
        order.id,
        order.tenant_id,
        order.account_id,
        order.client_order_id,
        terms.symbol,
        terms.side,
        terms.type,
        terms.quantity,
        terms.limit_price,
        terms.stop_price,
        terms.trail,
        terms.trail_kind,
        terms.time_in_force,
        terms.expires_at,
        terms.post_only,
        terms.reduce_only,
        terms.display_quantity,
        order.state,
        order.accepted_at,
        order.updated_at,
        order.market_at,
        order.strategy_id,
        order.actor,
        order.origin,
        link.group_id if link is not None else None,
        link.role if link is not None else None,
        link.parent_id if link is not None else None,
        order.filled_quantity,
        order.filled_notional,
        order.venue_order_id,
        order.waiting,
        order.reserved_price,
        _terms_text(pending) if pending is not None else None,
        order.settled_state,
        order.sent_at,
        order.request_sent,
        order.cancel_wanted,
        order.reason,
    )


def order_of(row: Row) -> Order:
    """Return the order of a row; raise StorageCorrupt when it makes no valid one."""
    try:
        return _order_of(row)
    except ValueError as problem:
        raise StorageCorrupt(f"order {row['id']} is stored broken: {problem}") from problem


def _order_of(row: Row) -> Order:
    terms = OrderTerms(
        symbol=row["symbol"],
        side=Side(row["side"]),
        type=OrderType(row["type"]),
        quantity=exact(row["quantity"]),
        limit_price=exact_or_none(row["limit_price"]),
        stop_price=exact_or_none(row["stop_price"]),
        trail=exact_or_none(row["trail"]),
        trail_kind=TrailKind(row["trail_kind"]) if row["trail_kind"] else None,
        time_in_force=TimeInForce(row["time_in_force"]),
        expires_at=row["expires_at"],
        post_only=row["post_only"],
        reduce_only=row["reduce_only"],
        display_quantity=exact_or_none(row["display_quantity"]),
    )
    group = row["group_id"]
    link = None
    if group is not None:
        link = GroupLink(group_id=group, role=Role(row["role"]), parent_id=row["parent_id"])
    pending, settled = row["pending_terms"], row["settled_state"]
    return Order(
        id=_uuid(row["id"]),
        tenant_id=_uuid(row["tenant_id"]),
        account_id=_uuid(row["account_id"]),
        client_order_id=row["client_order_id"],
        terms=terms,
        accepted_at=row["accepted_at"],
        updated_at=row["updated_at"],
        market_at=row["market_at"],
        state=OrderState(row["state"]),
        strategy_id=row["strategy_id"],
        actor=row["actor"],
        origin=Origin(row["origin"]),
        link=link,
        filled_quantity=exact(row["filled_quantity"]),
        filled_notional=exact(row["filled_notional"]),
        venue_order_id=row["venue_order_id"],
        waiting=row["waiting"],
        reserved_price=exact_or_none(row["reserved_price"]),
        pending_terms=_terms_of(pending, terms) if pending is not None else None,
        settled_state=OrderState(settled) if settled is not None else None,
        sent_at=row["sent_at"],
        request_sent=row["request_sent"],
        cancel_wanted=row["cancel_wanted"],
        reason=row["reason"],
    )


_REPLACED = ("quantity", "limit_price", "stop_price", "trail", "display_quantity")


def _terms_text(terms: OrderTerms) -> str:
    values = ((name, getattr(terms, name)) for name in _REPLACED)
    return json.dumps({name: plain(value) for name, value in values if value is not None})


def _terms_of(text: str, terms: OrderTerms) -> OrderTerms:
    said = {name: Decimal(value) for name, value in json.loads(text).items()}
    return OrderTerms(
        symbol=terms.symbol,
        side=terms.side,
        type=terms.type,
        quantity=said["quantity"],
        limit_price=said.get("limit_price"),
        stop_price=said.get("stop_price"),
        trail=said.get("trail"),
        trail_kind=terms.trail_kind,
        time_in_force=terms.time_in_force,
        expires_at=terms.expires_at,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        display_quantity=said.get("display_quantity"),
    )


def fill_row(fill: Fill) -> tuple[Any, ...]:
    """Return the fill in the column order of the table fills."""
    return (
        fill.id,
        fill.trade_id,
        fill.order_id,
        fill.tenant_id,
        fill.account_id,
        fill.symbol,
        fill.side,
        fill.quantity,
        fill.price,
        fill.commission,
        fill.currency,
        fill.at,
        fill.market_at,
    )


def fill_of(row: Row) -> Fill:
    """Return the fill of a row."""
    return Fill(
        id=_uuid(row["id"]),
        trade_id=row["trade_id"],
        order_id=_uuid(row["order_id"]),
        tenant_id=_uuid(row["tenant_id"]),
        account_id=_uuid(row["account_id"]),
        symbol=row["symbol"],
        side=Side(row["side"]),
        quantity=exact(row["quantity"]),
        price=exact(row["price"]),
        commission=exact(row["commission"]),
        currency=row["currency"],
        at=row["at"],
        market_at=row["market_at"],
    )


def position_row(account_id: UUID, position: Position) -> tuple[Any, ...]:
    """Return the position in the column order of the table positions."""
    return (
        account_id,
        position.symbol,
        position.quantity,
        position.cost,
        position.realised_pnl,
        position.commissions,
        position.multiplier,
    )


def position_of(row: Row) -> Position:
    """Return the position of a row."""
    return Position(
        symbol=row["symbol"],
        quantity=exact(row["quantity"]),
        cost=exact(row["cost"]),
        realised_pnl=exact(row["realised_pnl"]),
        commissions=exact(row["commissions"]),
        multiplier=exact(row["multiplier"]),
    )


def ledger_row(transaction: LedgerTransaction) -> tuple[Any, ...]:
    """Return the transaction in the column order of the table ledger."""
    return (
        transaction.id,
        transaction.tenant_id,
        transaction.account_id,
        transaction.kind,
        transaction.at,
        transaction.market_at,
        transaction.reference,
    )


def posting_rows(transaction: LedgerTransaction) -> list[tuple[Any, ...]]:
    """Return the transaction's postings in the column order of the table postings."""
    return [
        (transaction.id, line, posting.ledger, posting.asset, posting.amount)
        for line, posting in enumerate(transaction.postings)
    ]


def decision_row(decision: Decision) -> tuple[Any, ...]:
    """Return the decision in the column order of the table decisions, without its rules."""
    record, common = decision.record, decision.common
    if common is None:
        return (decision.order_id, decision.id, decision.approved, record, None, None)
    rest = record[: common.start] + record[common.end :]
    digest, start = common.digest, common.start
    return (decision.order_id, decision.id, decision.approved, rest, digest, start)


def decision_of(row: Row) -> Decision:
    """Return the decision of a row with its rules (rules_record) put back in their place."""
    record, start = row["record"], row["rules_at"]
    if start is not None:
        if row["rules_record"] is None:
            raise StorageCorrupt(f"the rules of decision {row['id']} are missing")
        record = record[:start] + row["rules_record"] + record[start:]
    return Decision(
        id=_uuid(row["id"]),
        order_id=_uuid(row["order_id"]),
        approved=row["approved"],
        record=record,
    )


def rules_rows(
    decisions: Iterable[Decision], *, stored: Container[bytes]
) -> list[tuple[bytes, bytes]]:
    """Return the rules that are not stored yet in the column order of decision_rules."""
    return [
        (common.digest, decision.record[common.start : common.end])
        for decision in decisions
        if (common := decision.common) is not None and common.digest not in stored
    ]


def audit_row(entry: AuditEntry) -> tuple[Any, ...]:
    """Return the entry in the column order of the table audit."""
    return (
        entry.id,
        entry.tenant_id,
        entry.account_id,
        entry.actor,
        entry.action,
        entry.subject,
        entry.at,
        entry.market_at,
        entry.trace_id,
        json.dumps(dict(entry.detail)),
    )


def notice_row(notice: Notice) -> tuple[Any, ...]:
    """Return the notice in the field order of the type notice_input."""
    return (
        notice.id,
        notice.tenant_id,
        notice.account_id,
        notice.channel,
        notice.sequence,
        notice.type,
        notice.subject,
        notice.at,
        notice.market_at,
        json.dumps(dict(notice.body)),
    )


def notice_of(row: Row) -> Notice:
    """Return the notice of a row."""
    account_id = row["account_id"]
    return Notice(
        id=_uuid(row["id"]),
        tenant_id=_uuid(row["tenant_id"]),
        account_id=_uuid(account_id) if account_id is not None else None,
        channel=row["channel"],
        sequence=row["sequence"],
        type=row["type"],
        subject=row["subject"],
        at=row["at"],
        market_at=row["market_at"],
        body=json.loads(row["body"]),
    )


def reply_row(tenant_id: UUID, reply: Reply, *, at: datetime) -> tuple[Any, ...]:
    """Return the reply in the column order of the table replies."""
    return (tenant_id, reply.key, reply.request_hash, reply.status, reply.body, at)


def _uuid(value: UUID) -> UUID:
    """Return a plain UUID: the driver's own subclass compares equal but pickles otherwise."""
    return UUID(int=value.int)
