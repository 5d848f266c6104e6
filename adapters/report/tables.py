"""Lay a run out as tables: orders, fills, denials, equity."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from itertools import pairwise

from domain.backtest.result import BacktestResult
from domain.orders.order import Fill, Order
from domain.performance.drawdown import drawdowns
from domain.signals.signal import PublishedSignal

Cell = str | int | float | Decimal | date | datetime | None


class Kind(Enum):
    """What a column holds; None is allowed in every one."""

    TEXT = "text"
    COUNT = "count"
    MONEY = "money"  # exact decimals: prices, quantities, amounts
    RATIO = "ratio"  # fractions, as floats
    DAY = "day"
    TIME = "time"  # UTC


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Named columns of one kind each, and rows of as many cells."""

    name: str
    columns: tuple[tuple[str, Kind], ...]
    rows: Sequence[tuple[Cell, ...]]


_ORDER_COLUMNS = (
    ("order_id", Kind.TEXT),
    ("client_order_id", Kind.TEXT),
    ("venue_order_id", Kind.TEXT),
    ("strategy_id", Kind.TEXT),
    ("symbol", Kind.TEXT),
    ("side", Kind.TEXT),
    ("type", Kind.TEXT),
    ("time_in_force", Kind.TEXT),
    ("quantity", Kind.MONEY),
    ("state", Kind.TEXT),
    ("filled_quantity", Kind.MONEY),
    ("average_price", Kind.MONEY),
    ("reserved_price", Kind.MONEY),
    ("accepted_at", Kind.TIME),
    ("updated_at", Kind.TIME),
    ("reason", Kind.TEXT),
)
_FILL_COLUMNS = (
    ("fill_id", Kind.TEXT),
    ("trade_id", Kind.TEXT),
    ("order_id", Kind.TEXT),
    ("symbol", Kind.TEXT),
    ("side", Kind.TEXT),
    ("quantity", Kind.MONEY),
    ("price", Kind.MONEY),
    ("commission", Kind.MONEY),
    ("currency", Kind.TEXT),
    ("market_at", Kind.TIME),
)
_DENIAL_COLUMNS = (
    ("order_id", Kind.TEXT),
    ("at", Kind.TIME),
    ("symbol", Kind.TEXT),
    ("side", Kind.TEXT),
    ("quantity", Kind.MONEY),
    ("rule_type", Kind.TEXT),
    ("rule_name", Kind.TEXT),
    ("rule_id", Kind.TEXT),
    ("code", Kind.TEXT),
    ("value", Kind.MONEY),
    ("limit", Kind.MONEY),
    ("clause", Kind.TEXT),
    ("message", Kind.TEXT),
)
_EQUITY_COLUMNS = (
    ("date", Kind.DAY),
    ("at", Kind.TIME),
    ("cash", Kind.MONEY),
    ("market_value", Kind.MONEY),
    ("equity", Kind.MONEY),
    ("peak_equity", Kind.MONEY),
    ("gross_exposure", Kind.MONEY),
    ("daily_return", Kind.RATIO),
    ("drawdown", Kind.RATIO),
    ("bars", Kind.COUNT),
)
_SIGNAL_COLUMNS = (
    ("at", Kind.TIME),
    ("symbol", Kind.TEXT),
    ("score", Kind.MONEY),
    ("source", Kind.TEXT),
    ("meta", Kind.TEXT),
)
# Prices and amounts are stored with at most this many decimal places.
_STORED = Decimal("1E-18")


def tables_of(result: BacktestResult) -> tuple[Table, ...]:
    """Return the four tables, rows in the order things happened, and that of signals if any."""
    signals = Table(name="signals", columns=_SIGNAL_COLUMNS, rows=[*map(_signal, result.signals)])
    return (
        Table(name="orders", columns=_ORDER_COLUMNS, rows=[*map(_order, result.orders)]),
        Table(name="fills", columns=_FILL_COLUMNS, rows=[*map(_fill, result.fills)]),
        Table(name="denials", columns=_DENIAL_COLUMNS, rows=[*_denials(result)]),
        Table(name="equity", columns=_EQUITY_COLUMNS, rows=[*_equity(result)]),
        *((signals,) if result.options.strategy is not None else ()),
    )


def _order(order: Order) -> tuple[Cell, ...]:
    terms, average = order.terms, order.average_price
    return (
        str(order.id),
        order.client_order_id,
        order.venue_order_id,
        order.strategy_id,
        order.symbol,
        order.side.value,
        terms.type.value,
        terms.time_in_force.value,
        terms.quantity,
        order.state.value,
        order.filled_quantity,
        None if average is None else average.quantize(_STORED),
        order.reserved_price,
        order.accepted_at,
        order.updated_at,
        order.reason or None,
    )


def _fill(fill: Fill) -> tuple[Cell, ...]:
    return (
        str(fill.id),
        fill.trade_id,
        str(fill.order_id),
        fill.symbol,
        fill.side.value,
        fill.quantity,
        fill.price,
        fill.commission,
        fill.currency,
        fill.market_at,
    )


def _denials(result: BacktestResult) -> Iterable[tuple[Cell, ...]]:
    for denial in result.denials:
        order = denial.order
        for reason in denial.reasons:
            yield (
                str(order.id),
                order.accepted_at,
                order.symbol,
                order.side.value,
                order.terms.quantity,
                reason.rule_type,
                reason.rule_name,
                None if reason.rule_id is None else str(reason.rule_id),
                reason.code,
                _stored(reason.value),
                _stored(reason.limit),
                reason.clause or None,
                reason.message,
            )


def _equity(result: BacktestResult) -> Iterable[tuple[Cell, ...]]:
    curve = [float(result.options.cash), *(float(day.equity) for day in result.days)]
    falls = drawdowns(curve)[1:]
    for day, (before, after), fall in zip(result.days, pairwise(curve), falls, strict=True):
        yield (
            day.date,
            day.at,
            day.cash,
            day.equity - day.cash,
            day.equity,
            day.peak_equity,
            day.gross_exposure,
            after / before - 1 if before > 0 else None,
            fall,
            day.bars,
        )


def _signal(signal: PublishedSignal) -> tuple[Cell, ...]:
    meta = " ".join(f"{name}={text}" for name, text in signal.meta.items())
    return (signal.timestamp, signal.symbol, signal.score, signal.source, meta)


def _stored(value: Decimal | None) -> Decimal | None:
    return None if value is None else value.quantize(_STORED)
