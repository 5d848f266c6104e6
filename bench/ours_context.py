"""An account with positions, resting orders and messages, its market and its rules."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import numpy as np

from adapters.system.ids import UuidV7Ids
from domain.accounts.account import Account, AccountKind
from domain.accounts.book import AccountBook, Intake, TradingDay
from domain.accounts.positions import Position
from domain.market.instruments import Instrument
from domain.market.prices import Quote, Session
from domain.orders.order import GroupLink, Order, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.activity import Activity, Execution
from domain.risk.book_view import BookView, view_of
from domain.risk.closes import RETURNS, BookReturns, Closes
from domain.risk.compiled_rules import CompiledRules
from domain.risk.gate import decide
from domain.risk.gather_inputs import gather_inputs
from domain.risk.portfolio import Floats
from domain.risk.readings import Beside, beside_of
from domain.risk.recent import fingerprint
from domain.risk.rule import Action, Rule, RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.verdict import Verdict
from domain.shared.frozen import builder

_order = builder(Order)
_terms = builder(OrderTerms)

POSITIONS = 50
RESTING_ORDERS = 100
RECENT = 40

_OPENED = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)
AT = datetime(2026, 1, 5, 16, 0, tzinfo=UTC)
TENANT = UUID(int=1)
ACCOUNT = UUID(int=2)
SESSION = Session(
    calendar="XNYS",
    at=AT,
    is_open=True,
    date=AT.date(),
    opens_at=_OPENED,
    closes_at=_OPENED + timedelta(hours=6.5),
)
VOLUME = Decimal(5_000_000)

Limits = tuple[tuple[RuleType, str, dict[str, str]], ...]
# Type, threshold, parameters: twelve that every order is asked, and two more to be priced.
RULES: Limits = (
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
EXTRA: Limits = (
    (RuleType.RESTRICTED_SYMBOL, "0", {}),
    (RuleType.MARKET_HOURS, "0", {}),
)
# One of each type: what reads the other books, the journal and the daily returns too.
EACH_TYPE: Limits = (
    *RULES,
    *EXTRA,
    (RuleType.MAX_OPEN_ORDERS, "1000", {}),
    (RuleType.STOP_REQUIRED, "0", {}),
    (RuleType.LIQUIDITY, "100", {}),
    (RuleType.CORRELATION_LIMIT, "1", {}),
    (RuleType.VAR_LIMIT, "100", {}),
    (RuleType.GROSS_CREDIT, "100000000", {}),
    (RuleType.LOSS_STREAK, "1000", {}),
    (RuleType.CANCEL_RATE, "1000", {}),
    (RuleType.SELF_TRADE, "0", {}),
    (RuleType.REPEAT_EXECUTION, "1000", {}),
)
EXECUTIONS = 100


class Context:
    """An account, its market and its rules."""

    def __init__(self, limits: Limits = RULES) -> None:
        self.instruments = {f"S{number:03}": _instrument(number) for number in range(POSITIONS)}
        self.quotes = {
            symbol: _quote(symbol, number=number) for number, symbol in enumerate(self.instruments)
        }
        self.rules = RuleSet(
            tenant_id=TENANT,
            version=1,
            rules=tuple(
                make_rule(
                    number,
                    *limit,
                    symbols=("GME",) if limit[0] is RuleType.RESTRICTED_SYMBOL else (),
                )
                for number, limit in enumerate(limits)
            ),
        )
        self._closes = {symbol: _closes(number) for number, symbol in enumerate(self.instruments)}
        self._activity = Activity(executions=tuple(_executions()), cancels=(AT,) * 40)
        # Where each order needs its stop, it has one.
        self._stops = {
            symbol: _stop(symbol, number=number) for number, symbol in enumerate(self.instruments)
        }
        self._links = tuple(
            GroupLink(group_id=UUID(int=80_000 + number), role=Role.ENTRY)
            for number in range(POSITIONS)
        )
        self._linked = len(limits) > len(RULES)
        self._returns: BookReturns | None = None
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
            tenant_id=TENANT,
            account_id=ACCOUNT,
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
            market_at=AT,
            strategy_id="bench",
            actor="strategy:bench",
            link=self._links[place] if self._linked else None,
        )

    def check(self, order: Order) -> Verdict:
        """Decide on one order."""
        rules = self.compiled(order)
        situation = gather_inputs(
            order,
            view=self.view,
            rules=rules,
            now=AT,
            market_now=AT,
            session=SESSION,
            average_daily_volume=VOLUME,
            beside=self.beside(order),
        )
        return decide(order, rules=rules, situation=situation)

    def beside(self, order: Order) -> Beside:
        """Return what the order is decided on beside the book, as the intake has it at hand."""
        group = (order, self._stops[order.terms.symbol]) if self._linked else ()
        return beside_of(group=group, returns=self._made, activity=self._activity, others=())

    def _made(self, view: BookView) -> BookReturns:
        if self._returns is None or self._returns.view is not view:
            self._returns = BookReturns(view=view, find=self._closes.get)
        return self._returns

    def gather_inputs(self, order: Order) -> Situation:
        """Return the situation of one order."""
        return gather_inputs(
            order,
            view=self.view,
            rules=self.compiled(order),
            now=AT,
            market_now=AT,
            session=SESSION,
            average_daily_volume=VOLUME,
            beside=self.beside(order),
        )

    def compiled(self, order: Order) -> CompiledRules:
        """Look up the rules of the order."""
        return self.rules.compiled(
            account_id=order.account_id,
            strategy_id=order.strategy_id,
            symbol=order.terms.symbol,
        )


def _instrument(number: int) -> Instrument:
    return Instrument(
        symbol=f"S{number:03}", name=f"Share {number}", sector=f"Sector {number % 10}"
    )


def _closes(number: int) -> Closes:
    days = tuple(AT.date() - timedelta(days=back) for back in range(90, 0, -1))
    moves = np.random.default_rng(number).normal(0, 0.01, len(days))
    prices: Floats = np.asarray(np.cumprod(1 + moves) * 100, dtype=np.float64)
    returns = prices[-RETURNS:] / prices[-RETURNS - 1 : -1] - 1.0
    return Closes(days=days, prices=prices, returns=returns)


def _executions() -> Iterator[Execution]:
    for number in range(EXECUTIONS):
        at = AT - timedelta(seconds=EXECUTIONS - number)
        yield Execution(
            at=at,
            market_at=at,
            order_id=UUID(int=number),
            symbol="S000",
            side=Side.BUY if number % 2 == 0 else Side.SELL,
            currency="USD",
            value=Decimal(1_000),
            strategy_id="bench",
            realised=Decimal(number % 3 - 1),
        )


def _stop(symbol: str, *, number: int) -> Order:
    return Order(
        id=UUID(int=90_000 + number),
        tenant_id=TENANT,
        account_id=ACCOUNT,
        client_order_id=f"stop-{number}",
        terms=OrderTerms(
            symbol=symbol,
            side=Side.SELL if number % 2 == 0 else Side.BUY,
            type=OrderType.STOP,
            quantity=Decimal(100),
            stop_price=Decimal(95 + number),
        ),
        accepted_at=AT,
        updated_at=AT,
        market_at=AT,
        waiting=True,
        link=GroupLink(group_id=UUID(int=80_000 + number), role=Role.STOP_LOSS),
    )


def _quote(symbol: str, *, number: int) -> Quote:
    bid = Decimal(100 + number) + Decimal("0.25")
    return Quote(symbol=symbol, bid=bid, ask=bid + Decimal("0.01"), last=bid, at=AT)


def make_rule(
    number: int,
    rule_type: RuleType,
    threshold: str,
    parameters: dict[str, str],
    *,
    symbols: tuple[str, ...] = (),
) -> Rule:
    return Rule(
        id=UUID(int=1_000 + number),
        tenant_id=TENANT,
        name=rule_type.value.replace("_", " ").title(),
        rule_type=rule_type,
        threshold=Decimal(threshold),
        action=Action.BLOCK,
        parameters={**parameters, "symbols": symbols} if symbols else parameters,
        created_at=AT,
        updated_at=AT,
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
            tenant_id=TENANT,
            account_id=ACCOUNT,
            client_order_id=f"resting-{number}",
            terms=OrderTerms(
                symbol=symbol,
                side=Side.BUY,
                type=OrderType.LIMIT,
                quantity=Decimal(10),
                limit_price=price,
            ),
            accepted_at=AT,
            updated_at=AT,
            market_at=AT,
            state=OrderState.WORKING,
            reserved_price=price,
        )
        orders[order.id] = order
    recent = tuple(
        Intake(
            at=AT - timedelta(seconds=RECENT - number),
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
            id=ACCOUNT,
            tenant_id=TENANT,
            portfolio_id=UUID(int=3),
            name="Bench",
            broker="paper",
            created_at=AT,
            kind=AccountKind.MARGIN,
            leverage=Decimal(2),
        ),
        version=1,
        cash={"USD": Decimal(20_000_000)},
        positions=positions,
        orders=orders,
        day=TradingDay(date=AT.date(), opening_equity=Decimal(20_000_000)),
        peak_equity=Decimal(20_500_000),
        recent=recent,
    )
