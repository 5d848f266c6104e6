"""The laws of the matching on streams in which nearly every order trades."""

from collections import Counter
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.brokers.paper.settings import SlippageTicks
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.broker import Report
from tests.unit.adapters.brokers.paper.context import terms
from tests.unit.adapters.brokers.paper.test_laws import Watched

# A whole stream from one number: told to Hypothesis draw by draw, most orders would be refused.
SEEDS = st.integers(0, 2**64 - 1)
STEPS = 60


class Busy(Watched):
    """A desk that also notes how often a law had something to say."""

    def __init__(self, **more: object) -> None:
        super().__init__(**more)
        self.met: Counter[str] = Counter()

    def _check_report(self, report: Report, held: dict[str, Decimal]) -> None:
        known = self.terms[report.venue_order_id]
        if report.fill is not None and known[-1].reduce_only:
            before = abs(held.get(report.symbol, Decimal(0)))
            self.met["reduced"] += 1
            self.met["clipped"] += known[-1].quantity > before == report.fill.quantity
        super()._check_report(report, held)


def busy(seed: int) -> Busy:
    """Drive a context through a stream, checking the laws after every step."""
    random = Random(seed)
    context = Busy(
        participation=random.choice([Decimal("0.1"), Decimal(1)]),
        slippage=SlippageTicks(ticks=Decimal(random.choice([0, 2]))),
    )
    context.open()
    for symbol in ("IBM", "AAPL"):
        context.step(("quote", symbol, Decimal(100)))
    context.take("start", terms(random.choice(["buy", "sell"]), 20))
    context.check(("submit",))
    for number in range(STEPS):
        context.step(_step(random, number=number))
    return context


def _step(random: Random, *, number: int) -> tuple[object, ...]:
    symbol = random.choice(["IBM", "IBM", "IBM", "AAPL"])
    chance = random.random()
    if chance < 0.6:
        return ("submit", f"o-{number}", _terms(random, symbol))
    if chance < 0.7:
        return ("resize", f"o-{random.randrange(STEPS)}", Decimal(random.randint(1, 60)))
    if chance < 0.75:
        return ("cancel", f"o-{random.randrange(STEPS)}")
    if chance < 0.8:
        return ("quote", symbol, _price(random))
    return ("trade", symbol, [_price(random) for _ in range(3)], random.choice([30, 90_000]))


def _terms(random: Random, symbol: str) -> OrderTerms:
    kind = random.choice([OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.LIMIT])
    return OrderTerms(
        symbol=symbol,
        side=random.choice(list(Side)),
        type=kind,
        quantity=Decimal(random.randint(1, 60)),
        limit_price=_price(random) if kind is OrderType.LIMIT else None,
        stop_price=_price(random) if kind is OrderType.STOP else None,
        time_in_force=TimeInForce.GTC,
        reduce_only=random.random() < 0.5,
        display_quantity=Decimal(1) if kind is OrderType.LIMIT and random.random() < 0.2 else None,
    )


def _price(random: Random) -> Decimal:
    return Decimal(random.randint(9_950, 10_050)) / 100


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_the_laws_hold_where_nearly_every_order_trades(seed: int) -> None:
    busy(seed)


def test_such_streams_do_meet_the_law_on_orders_that_only_reduce() -> None:
    """Else the law above could hold because nothing ever put it to the test."""
    met: Counter[str] = Counter()
    for seed in range(20):
        met += busy(seed).met
    assert met["reduced"] >= 50
    assert met["clipped"] >= 20
