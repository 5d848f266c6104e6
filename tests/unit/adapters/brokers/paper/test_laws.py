"""What no stream of orders and prices may break."""

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.brokers.paper.settings import SlippagePercent, SlippageTicks
from domain.market.prices import Quote, TradedVolume
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce, TrailKind
from domain.shared.values import InvalidValue
from ports.broker import Acknowledged, Dedup, Report, ReportKind, VenueOrder, VenueState
from tests.unit.adapters.brokers.paper.context import ACCOUNT, Context, terms

PRICES = st.integers(9_900, 10_100).map(lambda cents: Decimal(cents) / 100)
QUANTITIES = st.integers(1, 60).map(Decimal)
NAMES = st.sampled_from(["a", "b", "c", "d", "e", "f", "g", "h"])
TERMINAL = {
    VenueState.FILLED,
    VenueState.CANCELED,
    VenueState.EXPIRED,
    VenueState.REJECTED,
}


def order_terms(seed: int) -> OrderTerms | None:
    """Draw terms; None where the draw is no order."""
    random = Random(seed)
    kind = random.choice(list(OrderType))
    limit = {OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.LIMIT_IF_TOUCHED}
    stop = {
        OrderType.STOP,
        OrderType.STOP_LIMIT,
        OrderType.MARKET_IF_TOUCHED,
        OrderType.LIMIT_IF_TOUCHED,
    }
    trailing = kind is OrderType.TRAILING_STOP
    try:
        return OrderTerms(
            symbol=random.choice(["IBM", "AAPL"]),
            side=random.choice(list(Side)),
            type=kind,
            quantity=Decimal(random.randint(1, 60)),
            limit_price=_price(random) if kind in limit else None,
            stop_price=_price(random) if kind in stop else None,
            trail=Decimal(random.randint(1, 90)) / 100 if trailing else None,
            trail_kind=random.choice(list(TrailKind)) if trailing else None,
            time_in_force=random.choice([*TimeInForce, TimeInForce.GTC, TimeInForce.FOK]),
            post_only=random.randrange(5) == 0,
            reduce_only=random.random() < 0.5,
            display_quantity=Decimal(7) if random.random() < 0.5 and kind in limit else None,
        )
    except InvalidValue:
        return None


def _price(random: Random) -> Decimal:
    return Decimal(random.randint(9_900, 10_100)) / 100


# One draw for an order: a stream is cut down to the steps that matter, which is what helps.
ORDERS = st.integers(0, 2**32 - 1).map(order_terms)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("submit"), NAMES, ORDERS),
        st.tuples(st.just("submit"), NAMES, ORDERS),
        st.tuples(st.just("replace"), NAMES, ORDERS),
        st.tuples(st.just("resize"), NAMES, QUANTITIES),
        st.tuples(st.just("cancel"), NAMES),
        st.tuples(st.just("quote"), st.sampled_from(["IBM", "AAPL"]), PRICES),
        st.tuples(
            st.just("trade"),
            st.sampled_from(["IBM", "AAPL"]),
            st.lists(PRICES, min_size=1, max_size=5),
            st.integers(0, 900),
        ),
        st.tuples(st.just("open")),
        st.tuples(st.just("close")),
        st.tuples(st.just("split"), st.sampled_from([2, 3])),
    ),
    min_size=20,
    max_size=60,
)
SETTINGS = st.fixed_dictionaries(
    {
        "dedup": st.sampled_from(Dedup),
        "participation": st.sampled_from([Decimal("0.1"), Decimal(1)]),
        "quote_size": st.sampled_from([None, Decimal(5), Decimal(50)]),
        "slippage": st.sampled_from(
            [SlippageTicks(ticks=Decimal(2)), SlippagePercent(percent=Decimal("0.3"))]
        ),
    }
)


class Watched(Context):
    """A desk that checks the laws after every step."""

    def __init__(self, **more: object) -> None:
        super().__init__(**more)
        self.seen = 0
        self.ended: dict[str, VenueOrder] = {}
        self.terms: dict[str, list[OrderTerms]] = defaultdict(list)
        self.before: dict[str, Decimal] = {}

    def step(self, step: tuple[object, ...]) -> None:
        """Take one step of any kind and check the laws."""
        self.drive(step)
        self.check(step)

    def drive(self, step: tuple[object, ...]) -> None:
        """Take one step of any kind."""
        match step:
            case ("submit", str(name), OrderTerms() as order):
                self.submit(name, order)
            case ("replace", str(name), OrderTerms() as order):
                self.venue.replace(account_id=ACCOUNT, client_order_id=name, terms=order)
            case ("resize", str(name), Decimal() as quantity):
                self._resize(name, quantity)
            case ("cancel", str(name)):
                self.venue.cancel(account_id=ACCOUNT, client_order_id=name)
            case ("quote", str(symbol), Decimal() as price):
                self.quote(str(price), str(price + Decimal("0.02")), symbol=symbol)
            case ("trade", str(symbol), list(path), int(volume)):
                self.trade(*(str(price) for price in path), volume=volume, symbol=symbol)
            case ("open",):
                self.open()
            case ("close",):
                self.close()
            case ("split", int(ratio)):
                self.split(ratio)
            case _:
                assert step[-1] is None, f"unknown step {step}"

    def check(self, step: tuple[object, ...]) -> None:
        """Check every law on what the step did."""
        reports = [report for report in self.reports() if report.sequence > self.seen]
        assert [report.sequence for report in reports] == list(
            range(self.seen + 1, self.seen + 1 + len(reports))
        )
        self.seen += len(reports)
        held = dict(self.before)
        for report in reports:
            self._check_report(report, held)
        for order in self.venue.all_orders():
            assert sum(fill.quantity for fill in order.fills) <= order.terms.quantity
            ended = self.ended.get(order.venue_order_id)
            assert ended is None or ended == order, "a closed order changed"
            if order.state in TERMINAL:
                self.ended[order.venue_order_id] = order
        if step[0] == "trade":
            self._check_share(step, reports)
        if step[0] != "split":
            for symbol in ("IBM", "AAPL"):
                assert held.get(symbol, Decimal(0)) == self.held(symbol), "units were lost or made"
        self.before = {symbol: self.held(symbol) for symbol in ("IBM", "AAPL")}

    def _check_report(self, report: Report, held: dict[str, Decimal]) -> None:
        known = self.terms[report.venue_order_id]
        if report.terms is not None:
            known.append(report.terms)
        fill = report.fill
        if fill is None:
            return
        order = known[-1]
        assert fill.quantity > 0
        if order.limit_price is not None:
            buying = order.side is Side.BUY
            assert fill.price <= order.limit_price if buying else fill.price >= order.limit_price, (
                "worse than the limit"
            )
        before = held.get(order.symbol, Decimal(0))
        after = before + (fill.quantity if order.side is Side.BUY else -fill.quantity)
        held[order.symbol] = after
        if order.reduce_only:
            assert abs(after) < abs(before), "reduce-only grew the position"
            assert before * after >= 0, "reduce-only turned the position"
        if order.time_in_force is TimeInForce.FOK:
            assert fill.quantity == order.quantity, "fok filled in part"

    def _check_share(self, step: tuple[object, ...], reports: list[Report]) -> None:
        volume = step[3]
        assert isinstance(volume, int)
        filled = sum(report.fill.quantity for report in reports if report.fill is not None)
        assert filled <= volume * self.venue.settings.participation, "took too much of the volume"

    def _resize(self, name: str, quantity: Decimal) -> None:
        found = self.venue.find(account_id=ACCOUNT, client_order_id=name)
        if found is None:
            return
        old = found.terms
        shown = old.display_quantity
        try:
            new = OrderTerms(
                symbol=old.symbol,
                side=old.side,
                type=old.type,
                quantity=quantity,
                limit_price=old.limit_price,
                stop_price=old.stop_price,
                trail=old.trail,
                trail_kind=old.trail_kind,
                time_in_force=old.time_in_force,
                post_only=old.post_only,
                reduce_only=old.reduce_only,
                display_quantity=None if shown is None else min(shown, quantity),
            )
        except InvalidValue:
            return
        answer = self.venue.replace(account_id=ACCOUNT, client_order_id=name, terms=new)
        if isinstance(answer, Acknowledged):
            kinds = [report.kind for report in self.reports() if report.sequence > self.seen]
            assert ReportKind.REPLACED in kinds


@settings(max_examples=80, deadline=None)
@given(steps=STEPS, how=SETTINGS)
def test_the_laws_hold_for_any_stream(
    steps: list[tuple[object, ...]], how: dict[str, object]
) -> None:
    context = Watched(**how)
    context.open()
    # A position and prices to start from, so that most steps have something to act on.
    for symbol in ("IBM", "AAPL"):
        context.step(("quote", symbol, Decimal(100)))
    context.take("start", terms("buy", 20))
    context.check(("submit",))
    for step in steps:
        context.step(step)


@settings(max_examples=40, deadline=None)
@given(steps=STEPS, how=SETTINGS)
def test_the_same_stream_gives_the_same_reports(
    steps: list[tuple[object, ...]], how: dict[str, object]
) -> None:
    first, second = Watched(**how), Watched(**how)
    for context in (first, second):
        context.open()
        for step in steps:
            context.step(step)
    assert first.reports() == second.reports()


def test_an_event_without_orders_changes_nothing() -> None:
    context = Context()
    context.open()
    before = context.venue.sequence
    at = context.at + timedelta(seconds=1)
    price = Decimal(100)
    context.venue.on_event(Quote(symbol="IBM", bid=price, ask=price, last=price, at=at))
    context.venue.on_event(TradedVolume(symbol="IBM", at=at, path=(price,), volume=price))
    assert context.venue.sequence == before
