"""Write decision records the plain way: dicts, then JSON with sorted keys."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.compiled_rules import CompiledRules
from domain.risk.objections import Objections
from domain.risk.situation import (
    AccountFigures,
    AccountSums,
    Blocks,
    Situation,
    SymbolFigures,
)
from domain.risk.verdict import Approved, Denied, Headroom, Reason, Verdict

Json = dict[str, Any]


def plain_record(
    order: Order, *, rules: CompiledRules, situation: Situation, verdict: Verdict
) -> bytes:
    """Write a decision as a record of the present form."""
    return _canonical(
        {
            "form": 2,
            "kind": "order",
            "order": _write_order(order),
            "rules": json.loads(rules.record),
            "situation": _write_situation(situation),
            "terms": _write_terms(verdict.terms),
            "verdict": _write_verdict(verdict),
        }
    )


def plain_flatten(
    order: Order, *, venue_quantity: Decimal, at: datetime, verdict: Verdict
) -> bytes:
    """Write the decision on a flattening order as a record of the present form."""
    return _canonical(
        {
            "form": 2,
            "kind": "flatten",
            "order": _write_order(order),
            "at": at.isoformat(),
            "terms": _write_terms(verdict.terms),
            "venue_quantity": str(venue_quantity),
            "verdict": _write_verdict(verdict),
        }
    )


def _canonical(written: Json) -> bytes:
    text = json.dumps(written, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _write_terms(terms: OrderTerms) -> Json:
    return {
        "symbol": terms.symbol,
        "side": terms.side,
        "type": terms.type,
        "quantity": str(terms.quantity),
        "limit_price": _text(terms.limit_price),
        "stop_price": _text(terms.stop_price),
        "trail": _text(terms.trail),
        "trail_kind": terms.trail_kind,
        "time_in_force": terms.time_in_force,
        "expires_at": None if terms.expires_at is None else _time(terms.expires_at),
        "post_only": terms.post_only,
        "reduce_only": terms.reduce_only,
        "display_quantity": _text(terms.display_quantity),
    }


def _write_order(order: Order) -> Json:
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


def _write_situation(situation: Situation) -> Json:
    peers = situation.peers
    return {
        "account": _write_account(situation.account),
        "symbol": _write_symbol(situation.symbol),
        "now": _time(situation.now),
        "market_now": _time(situation.market_now),
        "session": None if situation.session is None else _write_session(situation.session),
        "average_daily_volume": _text(situation.average_daily_volume),
        "sector_gross": _text(situation.sector_gross),
        "counts": list(situation.counts),
        "peers": None
        if peers is None
        else {"quantity": str(peers.quantity), "value": _text(peers.value)},
        "covered": str(situation.covered),
        "ahead": situation.ahead,
        **({} if situation.blocks is None else {"blocks": _blocks(situation.blocks)}),
        "collar": str(situation.collar),
        "debt": str(situation.debt),
        "condition": {"down": situation.condition.down, "ended": situation.condition.ended},
        "traded": None
        if situation.traded is None
        else {
            "quantity": str(situation.traded.quantity),
            "value": str(situation.traded.value),
        },
        **({} if situation.others is None else {"others": _write_others(situation.others)}),
        **({"readings": [_text(one) for one in situation.readings]} if situation.readings else {}),
        **_write_objections(situation.objections),
    }


def _write_objections(objections: Objections | None) -> Json:
    if objections is None:
        return {}
    raised = [
        {**asdict(one), "value": _text(one.value), "limit": _text(one.limit)}
        for one in objections.raised
    ]
    return {"objections": {"raised": raised, "silent": list(objections.silent)}}


def _write_others(others: AccountSums) -> Json:
    return {
        "equity": _text(others.equity),
        "opening_equity": _text(others.opening_equity),
        "gross": _text(others.gross),
        "open_positions": others.open_positions,
        "units": str(others.units),
        "value": _text(others.value),
        "sector_gross": _text(others.sector_gross),
        "foreign": others.foreign,
    }


def _write_account(account: AccountFigures) -> Json:
    return {
        "currency": account.currency,
        "kind": account.kind.value,
        "leverage": str(account.leverage),
        "cash": str(account.cash),
        "reserved_cash": _text(account.reserved_cash),
        "equity": _text(account.equity),
        "peak_equity": str(account.peak_equity),
        "opening_equity": _text(account.opening_equity),
        "gross": _text(account.gross),
        "open_positions": account.open_positions,
    }


def _write_symbol(symbol: SymbolFigures) -> Json:
    unknown_since = symbol.unknown_since
    return {
        "symbol": symbol.symbol,
        "instrument": None if symbol.instrument is None else _write_instrument(symbol.instrument),
        "quote": None if symbol.quote is None else _write_quote(symbol.quote),
        "position": str(symbol.position),
        "buys": str(symbol.buys),
        "sells": str(symbol.sells),
        "buy_value": _text(symbol.buy_value),
        "long_value": _text(symbol.long_value),
        "short_value": _text(symbol.short_value),
        "gross": _text(symbol.gross),
        "is_open": symbol.is_open,
        "parked": symbol.parked,
        "unknown_since": None if unknown_since is None else _time(unknown_since),
    }


def _write_instrument(instrument: Instrument) -> Json:
    return {
        "symbol": instrument.symbol,
        "name": instrument.name,
        "currency": instrument.currency,
        "tick": str(instrument.tick),
        "lot": str(instrument.lot),
        "min_quantity": str(instrument.min_quantity),
        "max_quantity": str(instrument.max_quantity),
        "multiplier": str(instrument.multiplier),
        "sector": instrument.sector,
        "calendar": instrument.calendar,
    }


def _write_quote(quote: Quote) -> Json:
    return {
        "symbol": quote.symbol,
        "bid": str(quote.bid),
        "ask": str(quote.ask),
        "last": str(quote.last),
        "at": _time(quote.at),
    }


def _write_session(session: Session) -> Json:
    return {
        "calendar": session.calendar,
        "at": _time(session.at),
        "is_open": session.is_open,
        "date": session.date.isoformat(),
        "opens_at": _time(session.opens_at),
        "closes_at": _time(session.closes_at),
    }


def _write_verdict(verdict: Verdict) -> Json:
    approved = isinstance(verdict, Approved)
    return {
        "approved": approved,
        "reserved_price": _text(verdict.reserved_price) if isinstance(verdict, Approved) else None,
        "protective_limit": _text(verdict.protective_limit)
        if isinstance(verdict, Approved)
        else None,
        "reasons": [_write_reason(reason) for reason in verdict.reasons]
        if isinstance(verdict, Denied)
        else [],
        "warnings": [_write_headroom(warning) for warning in verdict.warnings],
        "halt": verdict.halt if isinstance(verdict, Denied) else None,
    }


def _write_reason(reason: Reason) -> Json:
    return {
        "code": reason.code,
        "message": reason.message,
        "rule_type": reason.rule_type,
        "rule_name": reason.rule_name,
        "rule_id": None if reason.rule_id is None else str(reason.rule_id),
        "value": _text(reason.value),
        "limit": _text(reason.limit),
        "clause": reason.clause,
    }


def _write_headroom(warning: Headroom) -> Json:
    return {
        "rule_type": warning.rule_type,
        "rule_name": warning.rule_name,
        "rule_id": None if warning.rule_id is None else str(warning.rule_id),
        "action": warning.action,
        "unit": warning.unit,
        "value": _text(warning.value),
        "limit": _text(warning.limit),
        "breached": warning.breached,
    }


def _blocks(blocks: Blocks) -> dict[str, object]:
    """Return them without what came later, where it says nothing."""
    written = asdict(blocks)
    if not blocks.reducing:
        del written["reducing"]
    return written
