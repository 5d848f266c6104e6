"""Keep decision records of every form: what a form has decided, it decides for ever.

`python -m tests.unit.domain.risk.stored_records` writes those of the present form anew, which
is right only until that form has left this repository in a release.
"""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from random import Random
from uuid import UUID

from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.terms import OrderTerms, OrderType
from domain.risk.effect import effect_of
from domain.risk.forms import FORM
from domain.risk.gate import approve_flatten, decide
from domain.risk.record import encode, encode_flatten
from domain.risk.rule import RuleType
from domain.risk.verdict import Approved, Denied, Verdict
from tests.torture.decisions import START, Case, draw_case, draw_terms

FOLDER = Path(__file__).parent / "records"
DRAWS = 6_000
RULES_MAX = 3
# What there was when the first record of the present form was written.
FIRST = tuple(RuleType)[:14]


def stored(form: int) -> list[bytes]:
    """Return the records that are kept of a form: what came to it later stands beside."""
    files = sorted(FOLDER.glob(f"form_{form}*.jsonl"))
    return [line for file in files for line in file.read_bytes().splitlines()]


def written() -> Iterator[bytes]:
    """Decide anew: each rule type's word, each place in a group, replaces, flattening."""
    random = Random(1)
    yield from _each_word(random)
    for role in Role:
        for _ in range(3):
            case = _few(random)
            link = GroupLink(group_id=UUID(int=5), role=role, parent_id=UUID(int=6))
            waiting = role not in (Role.ENTRY, Role.PEER)
            yield _decided(
                replace(case, order=replace(case.order, link=link, waiting=waiting)), terms=None
            )
    for _ in range(12):
        case = _few(random)
        yield _decided(case, terms=draw_terms(random, symbol=case.order.symbol))
    for _ in range(8):
        order = replace(draw_case(random).order, origin=Origin.KILL_SWITCH)
        terms = OrderTerms(
            symbol=order.symbol,
            side=order.side,
            type=OrderType.MARKET,
            quantity=Decimal(random.choice((1, 5, 10))),
        )
        yield _flattened(replace(order, terms=terms), held=Decimal(random.choice((-10, -3, 5, 10))))


def _each_word(random: Random) -> Iterator[bytes]:
    """Yield the first decision with each word of each rule type on what reduces or does not."""
    heard: set[tuple[RuleType, str, bool]] = set()
    for _ in range(DRAWS):
        case = _few(random)
        verdict = decide(case.order, rules=case.rules, situation=case.situation)
        reducing = effect_of(case.order, case.order.terms, case.situation).reducing
        said = {
            (rule.rule_type, _word(verdict, rule_type=rule.rule_type), reducing)
            for rule in case.rules.rules
        }
        if not said <= heard:
            heard |= said
            yield encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)


def _word(verdict: Verdict, *, rule_type: RuleType) -> str:
    reasons = verdict.reasons if isinstance(verdict, Denied) else ()
    for reason in reasons:
        if reason.rule_type == rule_type:
            return "missing" if reason.value is None else "denied"
    if any(one.rule_type == rule_type for one in verdict.warnings):
        return "warned"
    return "silent" if isinstance(verdict, Approved) else ""


def _few(random: Random) -> Case:
    while True:
        case = draw_case(random)
        if 1 <= len(case.rules.rules) <= RULES_MAX:
            return case


def _decided(case: Case, *, terms: OrderTerms | None) -> bytes:
    verdict = decide(case.order, rules=case.rules, situation=case.situation, terms=terms)
    return encode(case.order, rules=case.rules, situation=case.situation, verdict=verdict)


def _flattened(order: Order, *, held: Decimal) -> bytes:
    verdict = approve_flatten(order, venue_quantity=held)
    return encode_flatten(order, venue_quantity=held, at=START, verdict=verdict)


def later() -> Iterator[bytes]:
    """Decide anew by each rule type that came later, and with what other areas object."""
    marks = ("objections", *(one.value for one in RuleType if one not in FIRST))
    for record in written():
        if any(f'"{mark}"'.encode() in record for mark in marks):
            yield record


if __name__ == "__main__":
    (FOLDER / f"form_{FORM}_readings.jsonl").write_bytes(b"".join(one + b"\n" for one in later()))
