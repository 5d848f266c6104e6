"""Time Ballast's own risk gate: build one limit order, then decide on it.

What is built: OrderTerms with every check it makes of itself, an id (UUIDv7), the client order
id, two clock readings, and the Order.

What is decided: `RuleSet.compiled` (a look-up), `situate` and `decide`: the standing checks
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
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from statistics import median
from time import perf_counter_ns
from uuid import UUID

from adapters.system.ids import UuidV7Ids
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, Intake, TradingDay
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.book_view import BookView, view_of
from domain.risk.effect import effect_of
from domain.risk.gate import decide
from domain.risk.recent import fingerprint
from domain.risk.record import encode
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.rule_set import CompiledRules, RuleSet
from domain.risk.situate import situate
from domain.risk.situation import Situation
from domain.risk.verdict import Approved, Verdict
from domain.shared.frozen import builder

_order = builder(Order)
_terms = builder(OrderTerms)

POSITIONS = 50
RESTING_ORDERS = 100
RECENT = 40
OPERATIONS = 20_000
WARM_UP = 3_000

_OPENED = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
_AT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
_TENANT = UUID(int=1)
_ACCOUNT = UUID(int=2)
_SESSION = Session(
    calendar="XNYS",
    at=_AT,
    is_open=True,
    date=_AT.date(),
    opens_at=_OPENED,
    closes_at=_OPENED + timedelta(hours=6.5),
)
_VOLUME = Decimal(5_000_000)

# name, type, threshold, parameters
_RULES: tuple[tuple[RuleType, str, dict[str, str]], ...] = (
    (RuleType.MAX_POSITION_SIZE, "2000000", {}),
    (RuleType.MAX_DAILY_LOSS, "5", {"unit": "percent"}),
    (RuleType.MAX_DRAWDOWN, "20", {}),
    (RuleType.POSITION_LIMIT, "100", {}),
    (RuleType.MAX_LEVERAGE, "2", {}),
    (RuleType.MAX_ORDER_VALUE, "100000", {}),
    (RuleType.PRICE_COLLAR, "5", {}),
    (RuleType.DUPLICATE_ORDER, "10", {"window_s": "60"}),
    (RuleType.ORDER_RATE, "1000", {"window_s": "1"}),
    (RuleType.SECTOR_CONCENTRATION, "25", {}),
    (RuleType.MAX_ADV_PERCENT, "1", {}),
    (RuleType.STALE_PRICE, "60", {}),
)
_EXTRA: tuple[tuple[RuleType, str, dict[str, str]], ...] = (
    (RuleType.RESTRICTED_SYMBOL, "0", {}),
    (RuleType.MARKET_HOURS, "0", {}),
)


class _Desk:
    """An account, its market and its rules."""

    def __init__(self) -> None:
        self.instruments = {f"S{number:03}": _instrument(number) for number in range(POSITIONS)}
        self.quotes = {
            symbol: _quote(symbol, number=number) for number, symbol in enumerate(self.instruments)
        }
        self.rules = RuleSet(
            tenant_id=_TENANT, version=1, rules=tuple(_rule(n, *r) for n, r in enumerate(_RULES))
        )
        self.symbols = tuple(self.instruments)
        self.book = _book(self.symbols)
        self.view = self.look()
        self._ids = UuidV7Ids()
        self._prices = [Decimal(100 + n) + Decimal("0.25") for n in range(POSITIONS)]
        self._quantity = Decimal(100)

    def look(self) -> BookView:
        """Work out the view of the book from nothing."""
        return view_of(self.book, instrument=self.instruments.get, quote=self.quotes.get)

    def build(self, number: int) -> Order:
        """Build one order as the intake does."""
        place = number % POSITIONS
        order_id = self._ids.new()
        now = datetime.now(UTC)
        return _order(
            id=order_id,
            tenant_id=_TENANT,
            account_id=_ACCOUNT,
            client_order_id=f"bench-{number}",
            terms=_terms(
                symbol=self.symbols[place],
                side=Side.BUY if number % 2 == 0 else Side.SELL,
                type=OrderType.LIMIT,
                quantity=self._quantity,
                limit_price=self._prices[place],
            ),
            accepted_at=now,
            updated_at=now,
            market_at=_AT,
            strategy_id="bench",
            actor="strategy:bench",
        )

    def check(self, order: Order) -> Verdict:
        """Decide on one order."""
        rules = self.compiled(order)
        situation = situate(
            order,
            view=self.view,
            rules=rules,
            now=_AT,
            market_now=_AT,
            session=_SESSION,
            average_daily_volume=_VOLUME,
        )
        return decide(order, rules=rules, situation=situation)

    def situate(self, order: Order) -> Situation:
        """Return the situation of one order."""
        return situate(
            order,
            view=self.view,
            rules=self.compiled(order),
            now=_AT,
            market_now=_AT,
            session=_SESSION,
            average_daily_volume=_VOLUME,
        )

    def compiled(self, order: Order) -> CompiledRules:
        """Look up the rules of the order."""
        return self.rules.compiled(
            account_id=order.account_id,
            strategy_id=order.strategy_id,
            symbol=order.terms.symbol,
        )


def measure(*, operations: int = OPERATIONS, warm_up: int = WARM_UP) -> dict[str, float]:
    """Return ns of build, check and both (p50 and p99), after proving that the limits bite."""
    desk = _Desk()
    prove(desk)
    for number in range(warm_up):
        desk.check(desk.build(number))
    built: list[int] = []
    checked: list[int] = []
    for number in range(operations):
        start = perf_counter_ns()
        order = desk.build(number)
        middle = perf_counter_ns()
        verdict = desk.check(order)
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
    desk = _Desk()
    order = desk.build(0)
    rules = desk.compiled(order)
    situation = desk.situate(order)
    verdict = decide(order, rules=rules, situation=situation)
    symbol = desk.symbols[7]
    fresh = replace(desk.quotes[symbol])
    instrument = desk.instruments[symbol]
    taken = replace(order, state=OrderState.ACCEPTED)
    after = replace(desk.book, version=2, orders={**desk.book.orders, taken.id: taken})
    steps: dict[str, Callable[[], object]] = {
        "quote_marked_ns": lambda: desk.view.marked(symbol, instrument=instrument, quote=fresh),
        "commit_followed_ns": lambda: desk.view.with_book(
            after, instrument=desk.instruments.get, quote=desk.quotes.get
        ),
        "view_from_nothing_ns": desk.look,
        "record_written_ns": lambda: encode(
            order, rules=rules, situation=situation, verdict=verdict
        ),
    }
    return {name: _median_ns(step, operations=operations) for name, step in steps.items()}


def unit_costs(*, operations: int = 2_000) -> dict[str, float]:
    """Return ns per rule type: one measure against its limit, the loop's own cost included."""
    desk = _Desk()
    order = desk.build(0)
    costs: dict[str, float] = {}
    for number, (rule_type, threshold, parameters) in enumerate((*_RULES, *_EXTRA)):
        symbols = ("GME",) if rule_type is RuleType.RESTRICTED_SYMBOL else ()
        rule = _rule(number, rule_type, threshold, parameters, symbols=symbols)
        rules = RuleSet(tenant_id=_TENANT, version=1, rules=(rule,)).compiled(
            account_id=_ACCOUNT, strategy_id=None, symbol=order.symbol
        )
        situation = situate(
            order,
            view=desk.view,
            rules=rules,
            now=_AT,
            market_now=_AT,
            session=_SESSION,
            average_daily_volume=_VOLUME,
        )
        effect = effect_of(order, terms=order.terms, situation=situation)
        ask = rules.applied[0].alarm
        costs[rule_type.value] = _per_call_ns(partial(ask, effect), n=operations)
    return costs


def prove(desk: _Desk) -> None:
    """Refuse to measure a gate that lets through what its rules forbid."""
    order = desk.build(0)
    forbidden = (
        (replace(order.terms, quantity=Decimal(2_000)), "MAX_ORDER_VALUE"),
        (replace(order.terms, limit_price=Decimal("120.25")), "PRICE_COLLAR"),
        (replace(order.terms, limit_price=Decimal("100.251")), "PRICE_INCREMENT"),
        (replace(order.terms, quantity=Decimal(60_000)), "MAX_ADV_PERCENT"),
        (replace(order.terms, quantity=Decimal(500_000)), "BUYING_POWER"),
    )
    if desk.check(order).__class__ is not Approved or len(desk.compiled(order).applied) != 12:
        raise SystemExit("the plain order is not approved under twelve rules")
    for number in (0, 1):
        asked = desk.build(number)
        if effect_of(asked, asked.terms, desk.situate(asked)).reducing:
            raise SystemExit("an order that reduces would be asked less than twelve rules")
    for terms, code in forbidden:
        verdict = desk.check(replace(order, terms=terms))
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


def _instrument(number: int) -> Instrument:
    return Instrument(
        symbol=f"S{number:03}", name=f"Share {number}", sector=f"Sector {number % 10}"
    )


def _quote(symbol: str, *, number: int) -> Quote:
    bid = Decimal(100 + number) + Decimal("0.25")
    return Quote(symbol=symbol, bid=bid, ask=bid + Decimal("0.01"), last=bid, at=_AT)


def _rule(
    number: int,
    rule_type: RuleType,
    threshold: str,
    parameters: dict[str, str],
    *,
    symbols: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        id=UUID(int=1_000 + number),
        tenant_id=_TENANT,
        name=rule_type.value.replace("_", " ").title(),
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters={**parameters, "symbols": symbols} if symbols else parameters,
        created_at=_AT,
        updated_at=_AT,
    )


def _book(symbols: tuple[str, ...]) -> AccountBook:
    positions = {
        symbol: Position(symbol=symbol, quantity=held, cost=held * (100 + number))
        for number, symbol in enumerate(symbols)
        for held in (Decimal(1_000 if number % 2 == 0 else -1_000),)
    }
    orders = {}
    for number in range(RESTING_ORDERS):
        symbol = symbols[number % POSITIONS]
        price = Decimal(90 + number % POSITIONS) + Decimal("0.25")
        order = Order(
            id=UUID(int=10_000 + number),
            tenant_id=_TENANT,
            account_id=_ACCOUNT,
            client_order_id=f"resting-{number}",
            terms=OrderTerms(
                symbol=symbol,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal(10),
                limit_price=price,
            ),
            accepted_at=_AT,
            updated_at=_AT,
            market_at=_AT,
            state=OrderState.WORKING,
            reserved_price=price,
        )
        orders[order.id] = order
    recent = tuple(
        Intake(
            at=_AT - timedelta(seconds=RECENT - number),
            fingerprint=fingerprint(
                OrderTerms(
                    symbol=symbols[number % POSITIONS],
                    side=Side.BUY,
                    type=OrderType.LIMIT,
                    quantity=Decimal(50),
                    limit_price=Decimal("99.5"),
                )
            ),
            symbol=symbols[number % POSITIONS],
        )
        for number in range(RECENT)
    )
    return AccountBook(
        account=Account(
            id=_ACCOUNT,
            tenant_id=_TENANT,
            portfolio_id=UUID(int=3),
            name="Bench",
            broker="paper",
            created_at=_AT,
            kind=AccountKind.MARGIN,
            leverage=Decimal(2),
        ),
        version=1,
        cash={"USD": Decimal(20_000_000)},
        positions=positions,
        orders=orders,
        day=TradingDay(date=_AT.date(), opening_equity=Decimal(20_000_000)),
        peak_equity=Decimal(20_500_000),
        recent=recent,
    )


def main() -> None:
    """Print every figure as one JSON object."""
    print(json.dumps({"unit": "ns", **measure(), **measure_upkeep(), "rules": unit_costs()}))


if __name__ == "__main__":
    main()
