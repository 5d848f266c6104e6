"""A NautilusTrader risk engine over a filled cache and portfolio, made by their public API."""

from collections import deque
from dataclasses import dataclass

from nautilus_trader.accounting.factory import AccountFactory
from nautilus_trader.cache.cache import Cache
from nautilus_trader.common.component import LiveClock, MessageBus
from nautilus_trader.common.factories import OrderFactory
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import SubmitOrder
from nautilus_trader.model.currencies import USD
from nautilus_trader.model.data import QuoteTick
from nautilus_trader.model.enums import AccountType, LiquiditySide, OmsType, OrderSide, OrderType
from nautilus_trader.model.events import (
    AccountState,
    OrderAccepted,
    OrderDenied,
    OrderFilled,
    OrderSubmitted,
)
from nautilus_trader.model.identifiers import (
    AccountId,
    InstrumentId,
    PositionId,
    StrategyId,
    Symbol,
    TradeId,
    TraderId,
    Venue,
    VenueOrderId,
)
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import AccountBalance, Money, Price, Quantity
from nautilus_trader.model.orders import LimitOrder
from nautilus_trader.model.position import Position
from nautilus_trader.portfolio.portfolio import Portfolio
from nautilus_trader.risk.config import RiskEngineConfig
from nautilus_trader.risk.engine import RiskEngine

POSITIONS = 50
RESTING_ORDERS = 100
NOTIONAL_USD_MAX = 1_000_000
QUANTITY_MAX = 1_000_000
BALANCE_USD = 50_000_000
VENUE = Venue("XNAS")
TRADER = TraderId("BENCH-001")
STRATEGY = StrategyId("GATE-001")
ACCOUNT = AccountId("XNAS-001")


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One running risk engine over a filled cache, and what reaches its two endpoints."""

    clock: LiveClock
    cache: Cache
    orders: OrderFactory
    engine: RiskEngine
    instruments: list[Equity]
    executed: deque[SubmitOrder]
    denied: list[OrderDenied]


def open_context() -> Context:
    """Build the engine over positions and resting orders; nothing is stubbed but execution."""
    clock = LiveClock()
    bus = MessageBus(trader_id=TRADER, clock=clock)
    cache = Cache(database=None)
    portfolio = Portfolio(msgbus=bus, cache=cache, clock=clock)
    executed: deque[SubmitOrder] = deque(maxlen=1)
    denied: list[OrderDenied] = []
    bus.register(endpoint="ExecEngine.execute", handler=executed.append)
    bus.register(endpoint="ExecEngine.process", handler=denied.append)
    instruments = [_equity(number) for number in range(POSITIONS)]
    for number, instrument in enumerate(instruments):
        cache.add_instrument(instrument)
        cache.add_quote_tick(_quote(instrument, number=number))
    state = _account_state()
    cache.add_account(AccountFactory.create(state))
    portfolio.update_account(state)
    orders = OrderFactory(trader_id=TRADER, strategy_id=STRATEGY, clock=clock, cache=cache)
    for number, instrument in enumerate(instruments):
        _hold(cache=cache, orders=orders, instrument=instrument, number=number)
    for number in range(RESTING_ORDERS):
        resting = instruments[number % POSITIONS]
        _accepted(cache=cache, orders=orders, instrument=resting, price="90.25")
    portfolio.initialize_orders()
    portfolio.initialize_positions()
    engine = RiskEngine(
        portfolio=portfolio,
        msgbus=bus,
        cache=cache,
        clock=clock,
        config=RiskEngineConfig(
            # High enough that the rate is counted and never reached.
            max_order_submit_rate="10000000/00:00:01",
            max_notional_per_order={str(i.id): NOTIONAL_USD_MAX for i in instruments},
        ),
    )
    engine.start()
    return Context(
        clock=clock,
        cache=cache,
        orders=orders,
        engine=engine,
        instruments=instruments,
        executed=executed,
        denied=denied,
    )


def _equity(number: int) -> Equity:
    symbol = Symbol(f"S{number:03}")
    return Equity(
        instrument_id=InstrumentId(symbol, VENUE),
        raw_symbol=symbol,
        currency=USD,
        price_precision=2,
        price_increment=Price.from_str("0.01"),
        lot_size=Quantity.from_int(1),
        min_quantity=Quantity.from_int(1),
        max_quantity=Quantity.from_int(QUANTITY_MAX),
        ts_event=0,
        ts_init=0,
    )


def _quote(instrument: Equity, *, number: int) -> QuoteTick:
    return QuoteTick(
        instrument_id=instrument.id,
        bid_price=Price.from_str(f"{100 + number}.25"),
        ask_price=Price.from_str(f"{100 + number}.26"),
        bid_size=Quantity.from_int(1_000),
        ask_size=Quantity.from_int(1_000),
        ts_event=0,
        ts_init=0,
    )


def _account_state() -> AccountState:
    money = Money(BALANCE_USD, USD)
    return AccountState(
        account_id=ACCOUNT,
        account_type=AccountType.CASH,
        base_currency=USD,
        reported=True,
        balances=[AccountBalance(money, Money(0, USD), money)],
        margins=[],
        info={},
        event_id=UUID4(),
        ts_event=0,
        ts_init=0,
    )


def _accepted(*, cache: Cache, orders: OrderFactory, instrument: Equity, price: str) -> LimitOrder:
    order = orders.limit(
        instrument_id=instrument.id,
        order_side=OrderSide.BUY,
        quantity=Quantity.from_int(10),
        price=Price.from_str(price),
    )
    cache.add_order(order)
    told = {
        "trader_id": TRADER,
        "strategy_id": STRATEGY,
        "instrument_id": instrument.id,
        "client_order_id": order.client_order_id,
        "account_id": ACCOUNT,
        "ts_event": 0,
        "ts_init": 0,
    }
    venue_order_id = VenueOrderId(order.client_order_id.value)
    order.apply(OrderSubmitted(event_id=UUID4(), **told))
    order.apply(OrderAccepted(event_id=UUID4(), venue_order_id=venue_order_id, **told))
    cache.update_order(order)
    return order


def _hold(*, cache: Cache, orders: OrderFactory, instrument: Equity, number: int) -> None:
    order = _accepted(cache=cache, orders=orders, instrument=instrument, price="100.25")
    fill = OrderFilled(
        trader_id=TRADER,
        strategy_id=STRATEGY,
        instrument_id=instrument.id,
        client_order_id=order.client_order_id,
        venue_order_id=order.venue_order_id,
        account_id=ACCOUNT,
        trade_id=TradeId(f"T{number}"),
        position_id=PositionId(f"P{number}"),
        order_side=OrderSide.BUY,
        order_type=OrderType.LIMIT,
        last_qty=order.quantity,
        last_px=order.price,
        currency=USD,
        commission=Money(0, USD),
        liquidity_side=LiquiditySide.MAKER,
        event_id=UUID4(),
        ts_event=0,
        ts_init=0,
    )
    order.apply(fill)
    cache.update_order(order)
    cache.add_position(Position(instrument=instrument, fill=fill), OmsType.NETTING)
