"""The margin of an account of 500 positions beside plain numpy doing the same sums.

Ours is exact, in decimals. The other side reads the same positions into arrays of floats. Both
work out equity, initial, maintenance, deposit and buffer, which is what a decision asks for: the
goal is on that. The other row adds what is shown to a person, each position with its call price,
where numpy hands back an array. The two are compared before anything is timed.
"""

import math
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from random import Random
from time import perf_counter

from bench.peers import numpy_margin
from bench.rows import Better, Row, compare
from bench.stats import interleave
from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.rulebook import NoTable, Rulebook, rulebook_of
from domain.shared.precision import use_exact_money

POSITIONS = 500
TURNS = 15
CALLS = 40
GOAL = 3.0
ON = date(2026, 7, 1)
CASH = -4_000_000


def measure() -> list[Row]:
    """Measure both sides in turn."""
    use_exact_money()
    book = _book()
    rulebook = rulebook_of("reg_t", on=ON)
    if isinstance(rulebook, NoTable):
        raise RuntimeError(rulebook.problem)
    _agree(book, rulebook)
    return [
        _row(
            "margin_500_positions",
            lambda: _ours(book, rulebook).buffer,
            lambda: _theirs(book).buffer,
            goal=GOAL,
        ),
        _row(
            "margin_500_positions_call_prices",
            lambda: _ours(book, rulebook).positions,
            lambda: _theirs(book).call_prices(),
            goal=None,
        ),
    ]


def _row(
    name: str, ours: Callable[[], object], theirs: Callable[[], object], *, goal: float | None
) -> Row:
    our_us, their_us = interleave(lambda: _timed(ours), lambda: _timed(theirs), repeats=TURNS)
    return compare(
        name=name,
        unit="us",
        better=Better.LOWER,
        ours=our_us,
        reference=their_us,
        reference_name="plain numpy",
        goal=goal,
    )


def _ours(book: MarginBook, rulebook: Rulebook) -> Assessment:
    found = assess(book, rulebook=rulebook, on=ON)
    if isinstance(found, NoTable):
        raise RuntimeError(found.problem)
    return found


def _theirs(book: MarginBook) -> numpy_margin.Margin:
    return numpy_margin.margin(book.positions, cash=float(CASH))


def _book() -> MarginBook:
    random = Random(7)  # noqa: S311 - a seed must repeat a run
    positions = tuple(
        MarginPosition(
            symbol=f"S{number:03}",
            quantity=Decimal(random.choice([-1, 1, 1, 1]) * random.randint(10, 900)),
            price=Decimal(random.randint(150, 40_000)) / 100,
        )
        for number in range(POSITIONS)
    )
    return MarginBook(cash=Decimal(CASH), positions=positions)


def _agree(book: MarginBook, rulebook: Rulebook) -> None:
    ours, theirs = _ours(book, rulebook), _theirs(book)
    if ours.buffer is None:
        raise RuntimeError("the book has no equity")
    pairs = [
        (float(ours.equity), theirs.equity),
        (float(ours.initial), theirs.initial),
        (float(ours.maintenance), theirs.maintenance),
        (float(ours.deposit), theirs.deposit),
        (float(ours.buffer), theirs.buffer),
    ]
    for one, price in zip(ours.positions, theirs.call_prices(), strict=True):
        pairs.append((math.nan if one.call_price is None else float(one.call_price), price))
    if not all(
        math.isclose(a, b, rel_tol=1e-9) or (math.isnan(a) and math.isnan(b)) for a, b in pairs
    ):
        raise RuntimeError("the two sides do not agree")


def _timed(call: Callable[[], object]) -> float:
    """Return the microseconds of one call, over several."""
    began = perf_counter()
    for _ in range(CALLS):
        call()
    return (perf_counter() - began) / CALLS * 1e6
