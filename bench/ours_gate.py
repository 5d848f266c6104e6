"""Time Ballast's own risk gate: build one limit order, then decide on it.

What is built: OrderTerms with every check it makes of itself, an id (UUIDv7), the client order
id, two clock readings, and the Order.

What is decided: `RuleSet.compiled` (a look-up), `gather_inputs` and `decide`: the mandatory checks
(instrument, increments, quote, parked and unknown orders, trading day, buying power) and twelve
active rules, every one of which is asked and lets the order pass. Longs are bought and shorts
sold, for an order that only reduces would be spared the rules on exposure. The account has 50
positions, 100 resting orders and 40 order messages in its books, on a market with a quote and
a volume per symbol.
The view of the book is kept up per quote and per commit, not per order; what that costs is
measured beside it.

Run `python -m bench.ours_gate` from the repository's root; one JSON object is printed.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import partial
from statistics import median
from time import perf_counter_ns

from bench.ours_context import EACH_TYPE, RULES, VOLUME, Context, Limits
from bench.ours_makers import ACCOUNT, AT, SESSION, TENANT, make_rule
from domain.orders.states import OrderState
from domain.risk.effect import effect_of
from domain.risk.gate import decide
from domain.risk.gather_inputs import gather_inputs
from domain.risk.record import encode
from domain.risk.rule import RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.verdict import Approved

OPERATIONS = 20_000
WARM_UP = 3_000


def measure(
    *, operations: int = OPERATIONS, warm_up: int = WARM_UP, limits: Limits = RULES
) -> dict[str, float]:
    """Return ns of build, check and both (p50 and p99), after proving that the limits bite."""
    context = Context(limits)
    prove(context, count=len(limits))
    for number in range(warm_up):
        context.check(context.build(number))
    built: list[int] = []
    checked: list[int] = []
    for number in range(operations):
        start = perf_counter_ns()
        order = context.build(number)
        middle = perf_counter_ns()
        verdict = context.check(order)
        end = perf_counter_ns()
        if not isinstance(verdict, Approved):
            raise SystemExit(f"order {number} was denied: {verdict.reasons}")
        built.append(middle - start)
        checked.append(end - middle)
    both = [first + second for first, second in zip(built, checked, strict=True)]
    figures: dict[str, float] = {}
    for name, sample in (("build", built), ("check", checked), ("both", both)):
        sample.sort()
        figures[f"{name}_p50_ns"] = median(sample)
        figures[f"{name}_p99_ns"] = float(sample[len(sample) * 99 // 100])
    return figures


def measure_upkeep(*, operations: int = 300) -> dict[str, float]:
    """Return median ns of what is not paid per order: a quote, a commit, a record, a view."""
    context = Context()
    order = context.build(0)
    rules = context.compiled(order)
    situation = context.gather_inputs(order)
    verdict = decide(order, rules=rules, situation=situation)
    symbol = context.symbols[7]
    fresh = replace(context.quotes[symbol])
    instrument = context.instruments[symbol]
    taken = replace(order, state=OrderState.ACCEPTED)
    after = replace(context.book, version=2, orders={**context.book.orders, taken.id: taken})
    steps: dict[str, Callable[[], object]] = {
        "quote_marked_ns": lambda: context.view.marked(symbol, instrument=instrument, quote=fresh),
        "commit_followed_ns": lambda: context.view.with_book(
            after, instrument=context.instruments.get, quote=context.quotes.get
        ),
        "view_from_nothing_ns": context.look,
        "record_written_ns": lambda: encode(
            order, rules=rules, situation=situation, verdict=verdict
        ),
    }
    return {name: _median_ns(step, operations=operations) for name, step in steps.items()}


def unit_costs(*, operations: int = 2_000) -> dict[str, float]:
    """Return ns per rule type: one measure against its limit, the loop's own cost included."""
    context = Context()
    order = context.build(0)
    costs: dict[str, float] = {}
    context = Context(EACH_TYPE)
    order = context.build(0)
    for number, (rule_type, threshold, parameters) in enumerate(EACH_TYPE):
        symbols = ("GME",) if rule_type is RuleType.RESTRICTED_SYMBOL else ()
        rule = make_rule(number, rule_type, threshold, parameters, symbols=symbols)
        rules = RuleSet(tenant_id=TENANT, version=1, rules=(rule,)).compiled(
            account_id=ACCOUNT, strategy_id=None, symbol=order.symbol
        )
        situation = gather_inputs(
            order,
            view=context.view,
            rules=rules,
            now=AT,
            market_now=AT,
            session=SESSION,
            average_daily_volume=VOLUME,
            beside=context.beside(order),
        )
        effect = effect_of(order, terms=order.terms, situation=situation)
        ask = rules.applied[0].alarm
        costs[rule_type.value] = _per_call_ns(partial(ask, effect), n=operations)
    return costs


def prove(context: Context, *, count: int) -> None:
    """Refuse to measure a gate that lets through what its rules forbid."""
    order = context.build(0)
    forbidden = (
        (replace(order.terms, quantity=Decimal(2_000)), "MAX_ORDER_VALUE"),
        (replace(order.terms, limit_price=Decimal("120.25")), "PRICE_COLLAR"),
        (replace(order.terms, limit_price=Decimal("100.251")), "PRICE_INCREMENT"),
        (replace(order.terms, quantity=Decimal(60_000)), "MAX_ADV_PERCENT"),
        (replace(order.terms, quantity=Decimal(500_000)), "BUYING_POWER"),
    )
    applied = len(context.compiled(order).applied)
    if context.check(order).__class__ is not Approved or applied != count:
        raise SystemExit(f"the plain order is not approved under {count} rules")
    for number in (0, 1):
        asked = context.build(number)
        if effect_of(asked, asked.terms, context.gather_inputs(asked)).reducing:
            raise SystemExit("an order that reduces would be asked less than every rule")
    for terms, code in forbidden:
        verdict = context.check(replace(order, terms=terms))
        if isinstance(verdict, Approved) or code not in {r.code for r in verdict.reasons}:
            raise SystemExit(f"{terms} was not denied for {code}")


def _median_ns(step: Callable[[], object], *, operations: int) -> float:
    sample = []
    for _ in range(operations):
        start = perf_counter_ns()
        step()
        sample.append(perf_counter_ns() - start)
    return median(sample)


def _per_call_ns(call: Callable[[], object], *, n: int) -> float:
    rounds = []
    for _ in range(7):
        start = perf_counter_ns()
        for _ in range(n):
            call()
        rounds.append((perf_counter_ns() - start) / n)
    return round(median(rounds), 1)


def main() -> None:
    """Print every figure as one JSON object."""
    print(json.dumps({"unit": "ns", **measure(), **measure_upkeep(), "rules": unit_costs()}))


if __name__ == "__main__":
    main()
