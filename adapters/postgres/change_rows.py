"""Turn a change of a book into what the functions that store it take."""

from itertools import chain
from typing import Any

import msgspec

from adapters.postgres import rows
from adapters.postgres.audit.rows import audit_row
from adapters.postgres.order_rows import Maker
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Fences, Halt
from domain.audit.macs import AuditKey
from domain.shared.values import plain

# A book, then the rows that go beside it: what store_changes takes of one change, or of several.
# After them store_change takes what goes alone.
SharedColumns = tuple[Any, ...]
Alone = tuple[Any, ...]

NOTHING_ALONE: Alone = (None,) * 7
SHARED = 9
# An answer, an order with its decision, entry and message, and what it tells of it: what is no
# more than this is stored row by row.
_FEW = 8

_json = msgspec.json.Encoder().encode
_FIGURES_AS_THEY_ARE = (None, None, None, None)


def shared_rows(
    change: BookChange,
    *,
    order_row: Maker,
    rules: list[tuple[bytes, bytes]],
    key: AuditKey | None,
) -> SharedColumns:
    """Return the change's book and rows; rules are those that are not stored yet."""
    account = change.book.account
    new: list[tuple[Any, ...]] = []
    moved: list[tuple[Any, ...]] = []
    for order in change.orders:
        (new if order.id in change.new_orders else moved).append(order_row(order))
    return (
        _book_row(change),
        new or None,
        moved or None,
        [rows.decision_row(decision) for decision in change.decisions] or None,
        rules or None,
        [audit_row(entry, key=key) for entry in change.audit] or None,
        [rows.notice_row(notice) for notice in change.notices] or None,
        [(account.id, one.at, one.fingerprint, one.symbol) for one in change.intakes] or None,
        _reply_rows(change) or None,
    )


def alone_rows(change: BookChange) -> Alone:
    """Return what a change stores that shares no statement: money, positions, a latch."""
    if not (
        change.positions
        or change.fills
        or change.ledger
        or change.halt is not None
        or change.heard is not None
    ):
        return NOTHING_ALONE
    book, ledger = change.book, change.ledger
    account = book.account
    return (
        [rows.position_row(account.id, book.positions[name]) for name in change.positions] or None,
        [rows.fill_row(fill) for fill in change.fills] or None,
        [rows.ledger_row(transaction) for transaction in ledger] or None,
        [row for transaction in ledger for row in rows.posting_rows(transaction)] or None,
        [_latch_row(change.halt, book=book)] if change.halt is not None else None,
        account.broker,
        change.heard,
    )


def together(changes: list[SharedColumns]) -> SharedColumns:
    """Return the books of several changes, and the rows of each kind together."""
    books, *kinds = zip(*changes, strict=True)
    return (list(books), *(list(chain.from_iterable(filter(None, kind))) or None for kind in kinds))


def is_small(shared: SharedColumns) -> bool:
    """Tell whether a change has so few rows that they are quicker stored one by one."""
    return sum(len(kind) for kind in shared[1:] if kind is not None) <= _FEW


def _book_row(change: BookChange) -> tuple[Any, ...]:
    book, fences = change.book, change.fences
    return (
        book.account.id,
        change.expected_version,
        fences.rules_version,
        _must_be_released(fences),
        [reply.key for reply in change.replies],
        *(_figures(book) if change.figures else _FIGURES_AS_THEY_ARE),
        _json(book.sequences),
    )


def _must_be_released(fences: Fences) -> bool | None:
    """Return what the function takes: None lets pass a latch that what reduces may pass."""
    return None if fences.must_be_released and fences.reduces else fences.must_be_released


def _figures(book: AccountBook) -> tuple[Any, ...]:
    day = book.day
    return (
        _json({currency: plain(amount) for currency, amount in book.cash.items()}),
        day.date if day is not None else None,
        day.opening_equity if day is not None else None,
        book.peak_equity,
    )


def _reply_rows(change: BookChange) -> list[tuple[Any, ...]]:
    if not change.replies:
        return []
    at = change.notices[0].at if change.notices else change.orders[0].updated_at
    tenant_id = change.book.account.tenant_id
    return [rows.reply_row(tenant_id, reply, at=at) for reply in change.replies]


def _latch_row(halt: Halt, *, book: AccountBook) -> tuple[Any, ...]:
    account = book.account
    return (
        halt.latch_id,
        account.tenant_id,
        account.id,
        "rule",
        halt.reason,
        halt.actor,
        halt.at,
        False,
        None,
        None,
        None,
        None,
        None,
        0,
        None,
        None,
        None,
        "halted",
        None,
    )
