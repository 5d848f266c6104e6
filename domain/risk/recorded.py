"""Read what decisions were taken on, many records in a row."""

import json
from dataclasses import dataclass, field

from domain.orders.order import Order
from domain.orders.terms import OrderTerms
from domain.risk.compiled_rules import CompiledRules
from domain.risk.forms import Form
from domain.risk.record import parsed, read_asked, read_rules
from domain.risk.situation import Situation

# Where the rules stand in a record.
_RULES, _SITUATION = b',"rules":', b',"situation":'
# Rule sets of a while; more are read anew.
RULES_READ_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedDecision:
    """What a decision on an order was taken on, and how it came out."""

    order: Order
    terms: OrderTerms
    rules: CompiledRules
    situation: Situation
    approved: bool


@dataclass(slots=True)
class RulesRead:
    """Rules as records hold them, made once for all the records that hold the same text."""

    compiled: dict[tuple[bytes, int, bool], CompiledRules] = field(default_factory=dict)

    def of(self, text: bytes, *, form: Form, number: int, nameless: bool) -> CompiledRules:
        """Return the rules of a text."""
        key = text, number, nameless
        known = self.compiled.get(key)
        if known is None:
            if len(self.compiled) >= RULES_READ_MAX:
                self.compiled.clear()
            known = read_rules(json.loads(text), form=form, nameless=nameless)
            self.compiled[key] = known
        return known


def recorded(record: bytes, *, rules_read: RulesRead | None = None) -> RecordedDecision | None:
    """Read what a decision was taken on; None for one on a flattening order.

    With rules_read the rules, which are most of a record, are not read again where they stood in
    one before.
    """
    parts = None if rules_read is None else _parted(record)
    read, form = parsed(record if parts is None else parts[1])
    if read["kind"] == "flatten":
        return None
    situation, terms, order = read_asked(read)
    nameless = order.strategy_id is None
    if rules_read is None or parts is None:
        rules = read_rules(read["rules"], form=form, nameless=nameless)
    else:
        rules = rules_read.of(parts[0], form=form, number=read["form"], nameless=nameless)
    return RecordedDecision(
        order=order,
        terms=terms,
        rules=rules,
        situation=situation,
        approved=read["verdict"]["approved"],
    )


def _parted(record: bytes) -> tuple[bytes, bytes] | None:
    """Return the text of the rules, and the record without it.

    Names are sorted, and a quote within a text is written behind a backslash: what is found
    first is the record's own.
    """
    start = record.find(_RULES) + len(_RULES)
    end = record.find(_SITUATION, start)
    if start < len(_RULES) or end < 0:
        return None
    return record[start:end], b"".join((record[:start], b"null", record[end:]))
