"""Store what nearly every change is, one newly accepted plain order, by sending little.

A change as BookChange can describe it goes to the database as rows of composite types, in
which ids, times and texts stand up to six times and most columns are empty. Of an accepted
order it is enough to say once what is not the same for all of them.
"""

from collections.abc import Sequence
from typing import Any

import msgspec

from adapters.postgres.audit.rows import proof_of
from adapters.postgres.rows import text_of
from domain.accounts.book import Channel
from domain.accounts.change import BookChange, Reply
from domain.audit.entry import AuditEntry
from domain.audit.macs import AuditKey
from domain.orders.events import OrderEventType
from domain.orders.order import Order, Origin
from domain.orders.states import OrderState
from domain.shared.notices import Notice
from domain.shared.texts import id_text

Row = tuple[Any, ...]

_ACCEPTED = OrderState.ACCEPTED
_TOLD = OrderEventType.ACCEPTED
_CLIENT = Origin.CLIENT
_ORDERS = Channel.ORDERS
_NO_REPLY = (None, None, None, None)

# What accepted_row gives, in its order, and what the function accept_order takes. Numbers go
# as text, which costs the driver a tenth.
COLUMNS = (
    ("tenant_id", "uuid"),
    ("account_id", "uuid"),
    ("expected", "bigint"),
    ("rules_version", "bigint"),
    ("must_be_released", "boolean"),
    ("id", "uuid"),
    ("client_order_id", "text"),
    ("symbol", "text"),
    ("side", "text"),
    ("type", "text"),
    ("quantity", "text"),
    ("limit_price", "text"),
    ("time_in_force", "text"),
    ("at", "timestamptz"),
    ("market_at", "timestamptz"),
    ("strategy_id", "text"),
    ("actor", "text"),
    ("reserved_price", "text"),
    ("decision_id", "uuid"),
    ("record", "bytea"),
    ("rules", "bytea"),
    ("rules_at", "integer"),
    ("audit_id", "uuid"),
    ("action", "text"),
    ("trace_id", "text"),
    ("detail", "text"),
    ("session_id", "uuid"),
    ("ip", "text"),
    ("user_agent", "text"),
    ("key_id", "text"),
    ("mac", "bytea"),
    ("notice_id", "uuid"),
    ("sequence", "bigint"),
    ("body", "text"),
    ("fingerprint", "text"),
    ("key", "text"),
    ("request_hash", "bytea"),
    ("status", "integer"),
    ("reply", "bytea"),
)

# Tells whether it is stored. A function, as seven small plans are begun in less time than one
# that holds them all.
STORE_ONE = f"SELECT accept_order({', '.join(f'${n}' for n in range(1, len(COLUMNS) + 1))})"
# Bytes in arrays, and all else as one text: the driver looks long at each item of an array.
_BYTES = [name for name, kind in COLUMNS if kind == "bytea"]
# Gives the accounts whose change is stored. Who is not named in the answer has stored nothing,
# for whatever reason: commit_book knows. A book that someone else is changing is passed over,
# not waited for: behind a wait the latches seen would be those of the statement's beginning.
STORE_MANY = f"SELECT accept_orders({', '.join(f'${n}' for n in range(1, len(_BYTES) + 3))})"
_OTHER_PLACES = [(name, n) for n, (name, kind) in enumerate(COLUMNS) if kind != "bytea"]
_BYTES_PLACES = [n for n, (_, kind) in enumerate(COLUMNS) if kind == "bytea"]


def together(accepted: Sequence[Row]) -> Row:
    """Return the arguments of STORE_MANY for the rows of several orders of one tenant."""
    others = [{name: row[place] for name, place in _OTHER_PLACES} for row in accepted]
    return (
        accepted[0][0],
        msgspec.json.encode(others).decode(),
        *([row[place] for row in accepted] for place in _BYTES_PLACES),
    )


def accepted_row(change: BookChange, *, key: AuditKey | None = None) -> Row | None:
    """Return what to store of a change that takes in one plain order; None for any other."""
    shape = (
        len(change.orders),
        len(change.decisions),
        len(change.audit),
        len(change.notices),
        len(change.intakes),
    )
    if shape != (1, 1, 1, 1, 1) or len(change.replies) > 1 or _does_more(change):
        return None
    order, decision, intake = change.orders[0], change.decisions[0], change.intakes[0]
    entry, notice, common = change.audit[0], change.notices[0], decision.common
    terms, at = order.terms, order.accepted_at
    if not (
        _is_plain(order)
        and _is_of(order, entry=entry, notice=notice)
        and change.book.account.id == order.account_id
        and common is not None
        and decision.approved
        and decision.order_id is order.id
        and intake.at == at
        and intake.symbol == terms.symbol
        and change.book.sequences[_ORDERS] == notice.sequence
    ):
        return None
    detail = text_of(dict(entry.detail))
    record, limit_price, reserved_price = decision.record, terms.limit_price, order.reserved_price
    return (
        order.tenant_id,
        order.account_id,
        change.expected_version,
        change.fences.rules_version,
        change.fences.must_be_released,
        order.id,
        order.client_order_id,
        terms.symbol,
        terms.side,
        terms.type,
        str(terms.quantity),
        str(limit_price) if limit_price is not None else None,
        terms.time_in_force,
        at,
        order.market_at,
        order.strategy_id,
        order.actor,
        str(reserved_price) if reserved_price is not None else None,
        decision.id,
        record[: common.start] + record[common.end :],
        common.digest,
        common.start,
        entry.id,
        entry.action,
        entry.trace_id,
        detail,
        entry.session_id,
        entry.ip,
        entry.user_agent,
        *proof_of(entry, key=key, detail=detail),
        notice.id,
        notice.sequence,
        text_of(notice.body),
        intake.fingerprint,
        *(_reply(change.replies[0]) if change.replies else _NO_REPLY),
    )


def _reply(reply: Reply) -> Row:
    return (reply.key, reply.request_hash, reply.status, reply.body)


def _does_more(change: BookChange) -> bool:
    return bool(
        change.figures
        or change.fills
        or change.ledger
        or change.positions
        or change.currencies
        or change.halt is not None
        or change.heard is not None
    )


def _is_plain(order: Order) -> bool:
    """Tell whether all that the statement writes for every order holds for this one."""
    terms = order.terms
    return not (
        order.state is not _ACCEPTED
        or order.origin is not _CLIENT
        or order.updated_at is not order.accepted_at
        or terms.stop_price is not None
        or terms.trail is not None
        or terms.trail_kind is not None
        or terms.expires_at is not None
        or terms.post_only
        or terms.reduce_only
        or terms.display_quantity is not None
        or order.link is not None
        or order.filled_quantity
        or order.filled_notional
        or order.venue_order_id is not None
        or order.waiting
        or order.pending_terms is not None
        or order.settled_state is not None
        or order.sent_at is not None
        or order.request_sent
        or order.cancel_wanted
        or order.reason
    )


def _is_of(order: Order, *, entry: AuditEntry, notice: Notice) -> bool:
    """Tell whether the entry and the notice say of the order what it says itself."""
    subject, at, market_at = id_text(order.id), order.accepted_at, order.market_at
    return (
        notice.type == _TOLD
        and notice.channel == _ORDERS
        and notice.subject == entry.subject == subject
        and notice.at is at
        and notice.market_at is market_at
        and notice.tenant_id == order.tenant_id
        and notice.account_id == order.account_id
        and entry.at is at
        and entry.market_at is market_at
        and entry.tenant_id is order.tenant_id
        and entry.account_id is order.account_id
        and entry.actor == order.actor
        and not (entry.before or entry.after or entry.reason)
    )
