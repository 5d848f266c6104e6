"""An account with positions, resting orders and messages, its market and its rules."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from adapters.system.ids import UuidV7Ids
from bench.ours_makers import (
    ACCOUNT,
    AT,
    POSITIONS,
    SESSION,
    TENANT,
    make_book,
    make_closes,
    make_executions,
    make_instrument,
    make_quote,
    make_rule,
    make_stop,
)
from domain.orders.order import GroupLink, Order, Role
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.risk.activity import Activity
from domain.risk.book_view import BookView, view_of
from domain.risk.closes import BookReturns
from domain.risk.compiled_rules import CompiledRules
from domain.risk.gate import decide
from domain.risk.gather_inputs import gather_inputs
from domain.risk.reading_input import DecisionContext, context_of_decision
from domain.risk.rule import RuleType
from domain.risk.rule_set import RuleSet
from domain.risk.situation import Situation
from domain.risk.verdict import Verdict
from domain.shared.frozen import builder

_order = builder(Order)
_terms = builder(OrderTerms)

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


class Context:
    """An account, its market and its rules."""

    def __init__(self, limits: Limits = RULES) -> None:
        self.instruments = {f"S{number:03}": make_instrument(number) for number in range(POSITIONS)}
        self.symbols = symbols = tuple(self.instruments)
        self.quotes = {
            symbol: make_quote(symbol, number=number) for number, symbol in enumerate(symbols)
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
        self._closes = {symbol: make_closes(number) for number, symbol in enumerate(symbols)}
        self._activity = Activity(executions=tuple(make_executions()), cancels=(AT,) * 40)
        # Where each order needs its stop, it has one.
        self._stops = {
            symbol: make_stop(symbol, number=number) for number, symbol in enumerate(symbols)
        }
        self._links = tuple(
            GroupLink(group_id=UUID(int=80_000 + number), role=Role.ENTRY)
            for number in range(POSITIONS)
        )
        self._linked = len(limits) > len(RULES)
        self._returns: BookReturns | None = None
        self.book = make_book(self.symbols)
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

    def beside(self, order: Order) -> DecisionContext:
        """Return what the order is decided on beside the book, as the intake has it at hand."""
        group = (order, self._stops[order.terms.symbol]) if self._linked else ()
        return context_of_decision(
            group=group, returns=self._made, activity=self._activity, others=()
        )

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
