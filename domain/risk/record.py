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
    decimal_text,
    quoted,
    read_order,
    read_rule,
    read_terms,
    text_or_null,
    write_order,
    write_terms,
)
from domain.risk.compiled_rules import CompiledRules, compile_rules
from domain.risk.effect import effect_of
from domain.risk.forms import FORM, FORMS, Form
from domain.risk.gate import approve_flatten, decide
from domain.risk.headroom import headroom
from domain.risk.situation import Situation
from domain.risk.situation_codec import read_situation, write_situation
from domain.risk.verdict import Approved, Denied, Headroom, Reason, Verdict
from domain.shared.texts import id_text
from domain.shared.values import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionExplanation:
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
    opening = f'{{"form":{FORM},"kind":"order","order":{write_order(order)},"rules":'
    record = (
        f"{opening}{rules.record}"
        f',"situation":{write_situation(situation)}'
        f',"terms":{write_terms(verdict.terms)}'
        f',"verdict":{_write_verdict(verdict)}}}'
    ).encode("ascii")
    start = len(opening)
    return record, Common(digest=rules.digest, start=start, end=start + len(rules.record))


def encode_flatten(
    order: Order, *, venue_quantity: Decimal, at: datetime, verdict: Verdict
) -> bytes:
    """Write the decision on a flattening order."""
    return (
        f'{{"at":"{at.isoformat()}","form":{FORM},"kind":"flatten","order":{write_order(order)}'
        f',"terms":{write_terms(verdict.terms)}'
        f',"venue_quantity":"{venue_quantity!s}"'
        f',"verdict":{_write_verdict(verdict)}}}'
    ).encode("ascii")


def replay(record: bytes) -> bytes:
    """Take the decision again from its record alone, and write it: the same bytes."""
    read, form = parsed(record)
    if read["kind"] == "flatten":
        order, quantity = _read_flatten(read)
        again = encode_flatten(
            order,
            venue_quantity=quantity,
            at=datetime.fromisoformat(read["at"]),
            verdict=approve_flatten(order, venue_quantity=quantity),
        )
        return form.written(again)
    order, terms, rules, situation = _read_decision(read, form=form)
    verdict = decide(order, rules=rules, situation=situation, terms=terms)
    return form.written(encode(order, rules=rules, situation=situation, verdict=verdict))


def explain(record: bytes) -> DecisionExplanation:
    """Put a recorded decision into words, with every rule's value, limit and headroom."""
    read, form = parsed(record)
    if read["kind"] == "flatten":
        order, quantity = _read_flatten(read)
        verdict: Verdict = approve_flatten(order, venue_quantity=quantity)
        return DecisionExplanation(
            order_id=order.id,
            approved=isinstance(verdict, Approved),
            decided_at=datetime.fromisoformat(read["at"]),
            inputs={"venue_quantity": plain(quantity)},
            reasons=verdict.reasons if isinstance(verdict, Denied) else (),
            headroom=(),
        )
    order, terms, rules, situation = _read_decision(read, form=form)
    verdict = decide(order, rules=rules, situation=situation, terms=terms)
    effect = effect_of(order, terms=terms, situation=situation)
    inputs = dict(_flat(read["situation"]))
    for name in ("quantity", "price", "value", "position_after", "gross_after", "sector_after"):
        figure = getattr(effect, name)
        inputs[f"order.{name}"] = "" if figure is None else plain(figure)
    inputs["order.reducing"] = "true" if effect.reducing else "false"
    return DecisionExplanation(
        order_id=order.id,
        approved=isinstance(verdict, Approved),
        decided_at=situation.now,
        inputs=inputs,
        reasons=verdict.reasons if isinstance(verdict, Denied) else (),
        headroom=headroom(order, rules=rules, situation=situation, terms=terms),
    )


def parsed(record: bytes) -> tuple[Json, Form]:
    """Return a record as JSON, and its form; raises UnknownRecord."""
    read: Json = json.loads(record)
    number = read.get("form")
    form = FORMS.get(number) if type(number) is int else None
    if form is None:
        raise UnknownRecord(f"decision record of form {number!r}; this reads 1 to {FORM}")
    return read, form


def _read_decision(read: Json, *, form: Form) -> tuple[Order, OrderTerms, CompiledRules, Situation]:
    situation, terms, order = read_asked(read)
    rules = read_rules(read["rules"], form=form, nameless=order.strategy_id is None)
    return order, terms, rules, situation


def read_asked(read: Json) -> tuple[Situation, OrderTerms, Order]:
    """Return the order decided on, the terms asked for and the situation."""
    situation = read_situation(read["situation"])
    terms = read_terms(read["terms"])
    order = read_order(read["order"], terms=terms, at=situation.now, market_at=situation.market_now)
    return situation, terms, order


def read_rules(read: Json, *, form: Form, nameless: bool) -> CompiledRules:
    """Return the rules that a record was decided by."""
    return compile_rules(
        [read_rule(rule) for rule in read["applied"]],
        version=read["version"],
        nameless=nameless,
        form=form,
    )


def _read_flatten(read: Json) -> tuple[Order, Decimal]:
    at = datetime.fromisoformat(read["at"])
    order = read_order(read["order"], terms=read_terms(read["terms"]), at=at, market_at=at)
    return order, Decimal(read["venue_quantity"])


def _write_verdict(verdict: Verdict) -> str:
    warnings = ",".join([_write_headroom(warning) for warning in verdict.warnings])
    if isinstance(verdict, Approved):
        price = decimal_text(verdict.reserved_price)
        return (
            f'{{"approved":true,"halt":null'
            f',"protective_limit":{decimal_text(verdict.protective_limit)}'
            f',"reasons":[],"reserved_price":{price}'
            f',"warnings":[{warnings}]}}'
        )
    reasons = ",".join([_write_reason(reason) for reason in verdict.reasons])
    return (
        f'{{"approved":false,"halt":{text_or_null(verdict.halt)},"protective_limit":null'
        f',"reasons":[{reasons}]'
        f',"reserved_price":null,"warnings":[{warnings}]}}'
    )


def _write_reason(reason: Reason) -> str:
    rule_id = None if reason.rule_id is None else id_text(reason.rule_id)
    return (
        f'{{"clause":{quoted(reason.clause)}'
        f',"code":{quoted(reason.code)}'
        f',"limit":{decimal_text(reason.limit)}'
        f',"message":{quoted(reason.message)}'
        f',"rule_id":{text_or_null(rule_id)}'
        f',"rule_name":{quoted(reason.rule_name)}'
        f',"rule_type":{quoted(reason.rule_type)}'
        f',"value":{decimal_text(reason.value)}}}'
    )


def _write_headroom(warning: Headroom) -> str:
    rule_id = None if warning.rule_id is None else id_text(warning.rule_id)
    return (
        f'{{"action":{quoted(warning.action)}'
        f',"breached":{"true" if warning.breached else "false"}'
        f',"limit":{decimal_text(warning.limit)}'
        f',"rule_id":{text_or_null(rule_id)}'
        f',"rule_name":{quoted(warning.rule_name)}'
        f',"rule_type":{quoted(warning.rule_type)}'
        f',"unit":{quoted(warning.unit)}'
        f',"value":{decimal_text(warning.value)}}}'
    )


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
