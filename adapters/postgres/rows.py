"""Turn domain values into rows and back; the column orders are the tables'."""

import json
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Protocol
from uuid import UUID

import msgspec

from adapters.postgres.link.numbers import exact
from domain.accounts.book_change import Reply
from domain.accounts.decision import Decision
from domain.accounts.ledger import LedgerTransaction
from domain.accounts.positions import Position
from domain.orders.order import Fill
from domain.orders.terms import Side
from domain.shared.frozen import builder
from domain.shared.notices import Notice
from ports.storage import StorageCorrupt

_notice = builder(Notice)
_IDS_KNOWN = 16_384
_TEXTS = msgspec.json.Decoder(dict[str, str]).decode


class Row(Protocol):
    """What the driver returns: values by column name."""

    def __getitem__(self, name: str, /) -> Any: ...


def among(accounts: frozenset[UUID] | None) -> list[UUID] | None:
    """Return accounts as an array, None where all are meant."""
    return None if accounts is None else list(accounts)


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
        id=plain_id(row["id"]),
        trade_id=row["trade_id"],
        order_id=plain_id(row["order_id"]),
        tenant_id=plain_id(row["tenant_id"]),
        account_id=plain_id(row["account_id"]),
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
        position.split_on,
        position.split_from,
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
        split_on=row["split_on"],
        split_from=exact(row["split_from"]),
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
        id=plain_id(row["id"]),
        order_id=plain_id(row["order_id"]),
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
        text_of(notice.body),
    )


def notice_of(row: Row) -> Notice:
    """Return the notice of a row."""
    account_id = row["account_id"]
    return _notice(
        id=plain_id(row["id"]),
        tenant_id=_known_id(row["tenant_id"]),
        account_id=_known_id(account_id) if account_id is not None else None,
        channel=row["channel"],
        sequence=row["sequence"],
        type=row["type"],
        subject=row["subject"],
        at=row["at"],
        market_at=row["market_at"],
        body=texts_of(row["body"]),
    )


def reply_row(tenant_id: UUID, reply: Reply, *, at: datetime) -> tuple[Any, ...]:
    """Return the reply in the column order of the table replies."""
    return (tenant_id, reply.key, reply.request_hash, reply.status, reply.body, at)


def text_of(values: Mapping[str, str]) -> str:
    """Write texts by name as JSON."""
    try:
        return msgspec.json.encode(values).decode("utf-8")
    except UnicodeEncodeError:
        # Half a surrogate pair, as a broker's text may hold: escaped, it can be stored.
        return json.dumps(dict(values))


def texts_of(written: str) -> dict[str, str]:
    """Read what text_of wrote."""
    try:
        return _TEXTS(written)
    except msgspec.DecodeError:
        texts: dict[str, str] = json.loads(written)
        return texts


def plain_id(value: UUID) -> UUID:
    """Return a plain UUID: the driver's own subclass compares equal but pickles otherwise."""
    return UUID(int=value.int)


def plain_id_or_none(value: UUID | None) -> UUID | None:
    """Return a plain UUID of a column that may be empty."""
    return plain_id(value) if value is not None else None


# Of tenants and accounts, which come again and again.
_known_id = lru_cache(maxsize=_IDS_KNOWN)(plain_id)
