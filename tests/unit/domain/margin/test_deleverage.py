"""Plans reach their target at least cost, as trying every choice shows, or say why none does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product
from random import Random
from typing import Any

import pytest

from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.deleverage import (
    IMPACT_UNKNOWN,
    Holding,
    NoReductions,
    Reductions,
    TargetMet,
    plan_reductions,
)
from domain.shared.values import InvalidValue

D = Decimal
ON = date(2026, 11, 2)


def _holding(symbol: str, quantity: int, value: str = "100", **fields: Any) -> Holding:
    given: dict[str, Any] = {
        "lot": D(1),
        "half_spread": D("0.05"),
        "volatility": D("0.02"),
        "volume": D(1_000_000),
        **fields,
    }
    return Holding(symbol=symbol, quantity=D(quantity), value=D(value), **given)


def _maintenance(*held: Holding) -> Callable[[Mapping[str, Decimal]], Decimal]:
    prices = {one.symbol: one.value for one in held}

    def of(quantities: Mapping[str, Decimal]) -> Decimal:
        positions = tuple(
            MarginPosition(symbol=symbol, quantity=quantity, price=prices[symbol])
            for symbol, quantity in quantities.items()
            if quantity
        )
        found = assess(MarginBook(cash=D(0), positions=positions), rulebook="reg_t", on=ON)
        assert isinstance(found, Assessment)
        return found.maintenance

    return of


def _by_unit(*held: Holding) -> Callable[[Mapping[str, Decimal]], Decimal]:
    """Return the same of shares, each asked of the rulebook once."""
    of = _maintenance(*held)
    each = {one.symbol: of({one.symbol: one.quantity}) / abs(one.quantity) for one in held}
    return lambda quantities: sum(
        (abs(quantity) * each[symbol] for symbol, quantity in quantities.items()), D(0)
    )


def _plan(*held: Holding, equity: str, target: str) -> Reductions | NoReductions | TargetMet:
    return plan_reductions(
        held, equity=D(equity), maintenance_of=_maintenance(*held), target=D(target)
    )


def _drawn(random: Random, count: int, most: int) -> tuple[Holding, ...]:
    held = []
    for n in range(count):
        lot = random.choice((1, 10, 100))
        size = lot * random.randint(1, most) + random.choice((0, 0, lot // 3))
        price = D(random.randint(2, 400))
        held.append(
            _holding(
                f"S{n}",
                random.choice((1, 1, -1)) * size,
                str(price),
                lot=D(lot),
                half_spread=price * D(random.choice((0, 5, 20, 100))) / 10_000,
                volatility=random.choice((None, D("0.01"), D("0.04"))),
                volume=D(random.choice((500, 20_000, 1_000_000))),
                tax=price * D(random.choice((-2, 0, 0, 5))) / 100,
                profit=D(random.randint(-60, 60)) / 100,
            )
        )
    return tuple(held)


def _cost(one: Holding, units: Decimal) -> tuple[float, float]:
    """Return what trading units costs, and with tax, by the formula of the analysis."""
    value, size = float(one.value), float(units)
    if one.volatility is None:
        impact = float(IMPACT_UNKNOWN) * value * size
    else:
        assert one.volume is not None
        share = float(one.volatility) * (size / float(one.volume)) ** 0.5
        impact = value * size * share
    trading = float(one.half_spread) * size + impact
    # Tax that is saved is told, and not sought.
    return trading, trading + max(float(one.tax), 0.0) * size


@pytest.mark.parametrize("seed", range(25))
def test_of_eight_positions_no_other_choice_of_lots_costs_less(seed: int) -> None:
    random = Random(seed)
    held = _drawn(random, 8, 2)
    of = _maintenance(*held)
    now = {one.symbol: one.quantity for one in held}
    equity = of(now) * D(random.choice(("0.8", "1.05", "1.2")))
    target = D(random.choice(("0.05", "0.25", "0.5")))
    found = plan_reductions(held, equity=equity, maintenance_of=of, target=target)
    # What each position asks by itself: of shares the whole is the sum.
    each = {one.symbol: float(of({one.symbol: one.quantity}) / abs(one.quantity)) for one in held}
    cheapest = None
    for lots in product(*(range(int(abs(one.quantity) // one.lot) + 1) for one in held)):
        units = [one.lot * n for one, n in zip(held, lots, strict=True)]
        costs = [_cost(one, size) for one, size in zip(held, units, strict=True)]
        left = float(equity) - sum(trading for trading, _ in costs)
        asked = sum(
            each[one.symbol] * float(abs(one.quantity) - size)
            for one, size in zip(held, units, strict=True)
        )
        if left > 0 and asked <= (1 - float(target)) * left:
            cost = sum(whole for _, whole in costs)
            cheapest = cost if cheapest is None else min(cheapest, cost)
    if cheapest is None:
        assert isinstance(found, NoReductions)
    elif isinstance(found, TargetMet):
        assert of(now) <= (1 - target) * equity
    else:
        assert isinstance(found, Reductions)
        assert found.least
        assert float(found.cost) <= cheapest + 1e-6 * float(equity)
        assert found.buffer_after >= target


def test_losers_go_first_at_equal_cost() -> None:
    winner = _holding("AAA", 100, profit=D("0.4"))
    loser = _holding("ZZZ", 100, profit=D("-0.4"))
    found = _plan(winner, loser, equity="5200", target="0.25")
    assert isinstance(found, Reductions)
    assert found.steps[0].symbol == "ZZZ"
    alone = {one.symbol: one.quantity for one in found.steps}
    assert abs(alone["ZZZ"]) >= abs(alone.get("AAA", D(0)))
    dear = replace(loser, half_spread=D(2))
    other = _plan(winner, dear, equity="5200", target="0.25")
    assert isinstance(other, Reductions)
    assert [one.symbol for one in other.steps] == ["AAA"]


def test_tax_counts_and_does_not_come_off_equity() -> None:
    taxed = _holding("AAA", 100, tax=D(20))
    free = _holding("BBB", 100, half_spread=D("0.06"))
    found = _plan(taxed, free, equity="5500", target="0.2")
    assert isinstance(found, Reductions)
    assert [one.symbol for one in found.steps] == ["BBB"]
    assert found.cost == sum(one.cost for one in found.steps)
    assert found.equity_after == D(5_500) - found.cost


@pytest.mark.parametrize(
    ("held", "equity", "target", "says"),
    [
        ((_holding("AAA", 100),), "0", "0.1", "equity is 0"),
        ((_holding("AAA", 100),), "-5", "0.1", "equity is -5"),
        ((_holding("AAA", 99, lot=D(100)),), "2000", "0.5", "less than a lot is left of AAA"),
        ((_holding("AAA", 100, half_spread=D(30)),), "2000", "0.5", "closing everything"),
        ((_holding("AAA", 100, busy=D(60)),), "2000", "0.9", "orders that rest"),
    ],
)
def test_it_says_why_there_is_no_plan(
    held: tuple[Holding, ...], equity: str, target: str, says: str
) -> None:
    found = _plan(*held, equity=equity, target=target)
    assert isinstance(found, NoReductions)
    assert says in found.reason


def test_a_rulebook_that_cannot_say_leaves_no_plan() -> None:
    found = plan_reductions(
        (_holding("AAA", 100),), equity=D(100), maintenance_of=lambda _: None, target=D("0.1")
    )
    assert isinstance(found, NoReductions)
    assert "rulebook" in found.reason


def test_a_buffer_at_its_target_needs_nothing() -> None:
    assert isinstance(_plan(_holding("AAA", 100), equity="5000", target="0.5"), TargetMet)
    assert isinstance(_plan(equity="5000", target="0.99"), TargetMet)


@pytest.mark.parametrize("target", ["1", "-0.01", "NaN"])
def test_a_target_that_is_none_is_refused(target: str) -> None:
    with pytest.raises(InvalidValue, match="target_buffer"):
        _plan(_holding("AAA", 100), equity="5000", target=target)


def test_legs_that_are_margined_together_are_planned_by_what_closing_them_frees() -> None:
    # The pair asks for 3,000 together; half of it for either leg that is left alone.
    held = (_holding("AAA", 100), _holding("BBB", -100))

    def together(quantities: Mapping[str, Decimal]) -> Decimal:
        long, short = abs(quantities["AAA"]), abs(quantities["BBB"])
        return 30 * min(long, short) + 45 * abs(long - short)

    found = plan_reductions(held, equity=D(3_200), maintenance_of=together, target=D("0.5"))
    assert isinstance(found, Reductions)
    assert not found.least
    assert found.maintenance_after <= D("0.5") * found.equity_after


@pytest.mark.parametrize("hundred", range(10))
def test_a_thousand_books_are_brought_to_their_target_or_say_why_not(hundred: int) -> None:
    reached = refused = 0
    for seed in range(100 * hundred, 100 * hundred + 100):
        random = Random(seed)
        held = {one.symbol: one for one in _drawn(random, random.randint(1, 5), 8)}
        of = _by_unit(*held.values())
        equity = of({name: one.quantity for name, one in held.items()}) * D(
            random.choice(("-0.1", "0.5", "0.9", "1.02", "1.2"))
        )
        target = D(random.choice(("0.05", "0.25", "0.6")))
        for _ in range(400):
            found = plan_reductions(
                tuple(held.values()), equity=equity, maintenance_of=of, target=target
            )
            if not isinstance(found, Reductions):
                break
            # One order at a time, filled in part, at a price that may slip: then a new plan.
            step = found.steps[0]
            one = held[step.symbol]
            lots = max(int(abs(step.quantity) // random.choice((1, 1, 3)) // one.lot), 1)
            units = lots * one.lot
            assert units <= abs(one.quantity)
            sign = 1 if one.quantity > 0 else -1
            held[step.symbol] = replace(one, quantity=one.quantity - sign * units)
            equity -= D(_cost(one, units)[0]).quantize(D("1E-8")) * random.choice((0, 1, 2))
        now = {name: one.quantity for name, one in held.items()}
        if isinstance(found, TargetMet):
            assert of(now) <= (1 - target) * equity
            reached += 1
        else:
            assert isinstance(found, NoReductions)
            assert found.reason
            refused += 1
    assert reached > 50
    assert refused > 5
