"""Keep every decision with all of its inputs, so that it can be taken again to the byte."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from domain.accounts.decision import Common
from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.codec import (
    Json,
    canonical,
    read_order,
    read_rule,
    read_terms,
    text_of,
    write_order,
    write_terms,
)
from domain.risk.effect import effect_of
from domain.risk.gate import approve_flatten, decide
from domain.risk.headroom import headroom
from domain.risk.rule_set import CompiledRules, compile_rules
from domain.risk.situation import Situation
from domain.risk.situation_codec import read_situation, write_situation
from domain.risk.verdict import Approved, Denied, Headroom, Reason, Verdict
from domain.shared.values import plain

# The form of the records; a change of form, or of what the gate decides, raises it.
FORM = 1

_RULES_OPENING = ',"rules":'
_RULES_PLACE = f"{_RULES_OPENING}0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A decision in words: the inputs by name, the reasons, and every limit's headroom."""

    order_id: UUID
    approved: bool
    decided_at: datetime
    inputs: Mapping[str, str]
    reasons: tuple[Reason, ...]
    headroom: tuple[Headroom, ...]


class UnknownRecord(Exception):
    """A decision record of a form that this version cannot decide again."""


def encode(
    order: Order,
    *,
    rules: CompiledRules,
    situation: Situation,
    verdict: Verdict,
) -> bytes:
    """Write a decision whole, as canonical JSON: sorted keys, decimals as text."""
    return encode_parted(order, rules=rules, situation=situation, verdict=verdict)[0]


def encode_parted(
    order: Order,
    *,
    rules: CompiledRules,
    situation: Situation,
    verdict: Verdict,
) -> tuple[bytes, Common]:
    """Write a decision whole, and say where in it the rules stand."""
    written = canonical(
        {
            "form": FORM,
            "kind": "order",
            "order": write_order(order),
            "rules": 0,
            "situation": write_situation(situation),
            "terms": write_terms(verdict.terms),
            "verdict": _write_verdict(verdict),
        }
    )
    # The rules are written already. Within a text the quotes would not stand so.
    head, _, tail = written.partition(_RULES_PLACE)
    opening = f"{head}{_RULES_OPENING}"
    record = f"{opening}{rules.record}{tail}".encode("ascii")
    start = len(opening)
    return record, Common(digest=rules.digest, start=start, end=start + len(rules.record))


def encode_flatten(
    order: Order, *, venue_quantity: Decimal, at: datetime, verdict: Verdict
) -> bytes:
    """Write the decision on a flattening order."""
    return canonical(
        {
            "form": FORM,
            "kind": "flatten",
            "order": write_order(order),
            "at": at.isoformat(),
            "terms": write_terms(verdict.terms),
            "venue_quantity": str(venue_quantity),
            "verdict": _write_verdict(verdict),
        }
    ).encode("ascii")


def replay(record: bytes) -> bytes:
    """Take the decision again from its record alone, and write it: the same bytes."""
    read = _read(record)
    if read["kind"] == "flatten":
        order, quantity = _read_flatten(read)
        return encode_flatten(
            order,
            venue_quantity=quantity,
            at=datetime.fromisoformat(read["at"]),
            verdict=approve_flatten(order, venue_quantity=quantity),
        )
    order, terms, rules, situation = _read_decision(read)
    verdict = decide(order, rules=rules, situation=situation, terms=terms)
    return encode(order, rules=rules, situation=situation, verdict=verdict)


def explain(record: bytes) -> Explained:
    """Put a recorded decision into words, with every rule's value, limit and headroom."""
    read = _read(record)
    if read["kind"] == "flatten":
        order, quantity = _read_flatten(read)
        verdict: Verdict = approve_flatten(order, venue_quantity=quantity)
        return Explained(
            order_id=order.id,
            approved=isinstance(verdict, Approved),
            decided_at=datetime.fromisoformat(read["at"]),
            inputs={"venue_quantity": plain(quantity)},
            reasons=verdict.reasons if isinstance(verdict, Denied) else (),
            headroom=(),
        )
    order, terms, rules, situation = _read_decision(read)
    verdict = decide(order, rules=rules, situation=situation, terms=terms)
    effect = effect_of(order, terms=terms, situation=situation)
    inputs = dict(_flat(write_situation(situation)))
    for name in ("quantity", "price", "value", "position_after", "gross_after", "sector_after"):
        figure = getattr(effect, name)
        inputs[f"order.{name}"] = "" if figure is None else plain(figure)
    inputs["order.reducing"] = "true" if effect.reducing else "false"
    return Explained(
        order_id=order.id,
        approved=isinstance(verdict, Approved),
        decided_at=situation.now,
        inputs=inputs,
        reasons=verdict.reasons if isinstance(verdict, Denied) else (),
        headroom=headroom(order, rules=rules, situation=situation, terms=terms),
    )


def _read(record: bytes) -> Json:
    read: Json = json.loads(record)
    if read.get("form") != FORM:
        raise UnknownRecord(f"decision record of form {read.get('form')!r}; this reads {FORM}")
    return read


def _read_decision(read: Json) -> tuple[Order, OrderTerms, CompiledRules, Situation]:
    situation = read_situation(read["situation"])
    terms = read_terms(read["terms"])
    order = read_order(read["order"], terms=terms, at=situation.now, market_at=situation.market_now)
    rules = compile_rules(
        [read_rule(rule) for rule in read["rules"]["applied"]], version=read["rules"]["version"]
    )
    return order, terms, rules, situation


def _read_flatten(read: Json) -> tuple[Order, Decimal]:
    at = datetime.fromisoformat(read["at"])
    order = read_order(read["order"], terms=read_terms(read["terms"]), at=at, market_at=at)
    return order, Decimal(read["venue_quantity"])


def _write_verdict(verdict: Verdict) -> Json:
    approved = isinstance(verdict, Approved)
    return {
        "approved": approved,
        "reserved_price": text_of(verdict.reserved_price)
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
        "value": text_of(reason.value),
        "limit": text_of(reason.limit),
        "clause": reason.clause,
    }


def _write_headroom(warning: Headroom) -> Json:
    return {
        "rule_type": warning.rule_type,
        "rule_name": warning.rule_name,
        "rule_id": None if warning.rule_id is None else str(warning.rule_id),
        "action": warning.action,
        "unit": warning.unit,
        "value": text_of(warning.value),
        "limit": text_of(warning.limit),
        "breached": warning.breached,
    }


def _flat(values: Mapping[str, Any], *, prefix: str = "") -> Iterable[tuple[str, str]]:
    for name, value in values.items():
        key = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _flat(value, prefix=f"{key}.")
        elif isinstance(value, bool):
            yield key, "true" if value else "false"
        elif isinstance(value, list):
            yield key, ", ".join("" if item is None else str(item) for item in value)
        else:
            yield key, "" if value is None else str(value)
