"""Time NautilusTrader's RiskEngine: build one limit order and its command, then check it.

What is built: `OrderFactory.limit` (its own client order id, event id and time stamp) and a
`SubmitOrder` command, as `Strategy.submit_order` makes them. Twice: with the price and the
quantity made from Decimals by `Instrument.make_price` and `make_qty`, as their strategies do,
and with both made before the clock starts, the least their public API can be asked for.

What is checked, by `RiskEngine.execute`, trading state ACTIVE and nothing bypassed: instrument
known, price and quantity precision and sign, quantity limits of the instrument, maximum notional
per order, minimum and maximum notional of the instrument, free balance and cumulative notional
of a cash account, submit rate, then the send to the execution endpoint, which keeps the command
and does nothing else. Caching the order and publishing its first event, which a strategy also
does on submit, are left out. The cache and portfolio hold open positions and resting orders;
in ACTIVE state these checks do not walk them.

Before anything is timed, one order against each of four limits must be denied.

Run `python -m bench.peers.nautilus_gate` from the repository's root with an interpreter that
has nautilus_trader; one JSON object comes on standard output.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal

import nautilus_trader
from nautilus_trader.core.uuid import UUID4
from nautilus_trader.execution.messages import SubmitOrder
from nautilus_trader.model.enums import OrderSide
from nautilus_trader.model.instruments import Equity
from nautilus_trader.model.objects import Price, Quantity

from bench.latency import measure_build_and_check
from bench.peers.nautilus_context import (
    NOTIONAL_USD_MAX,
    POSITIONS,
    QUANTITY_MAX,
    STRATEGY,
    TRADER,
    Context,
    open_context,
)


def submit_command(
    context: Context, *, instrument: Equity, side: OrderSide, quantity: Quantity, price: Price
) -> SubmitOrder:
    """Build one limit order and the command that would submit it."""
    return SubmitOrder(
        trader_id=TRADER,
        strategy_id=STRATEGY,
        order=context.orders.limit(
            instrument_id=instrument.id, order_side=side, quantity=quantity, price=price
        ),
        command_id=UUID4(),
        ts_init=context.clock.timestamp_ns(),
    )


def from_decimals(context: Context) -> Callable[[int], SubmitOrder]:
    """Build with the price and quantity made from Decimals inside the measured time."""
    prices = [Decimal(100 + number) + Decimal("0.25") for number in range(POSITIONS)]
    quantity = Decimal(100)

    def build(number: int) -> SubmitOrder:
        instrument = context.instruments[number % POSITIONS]
        return submit_command(
            context,
            instrument=instrument,
            side=OrderSide.BUY if number % 2 == 0 else OrderSide.SELL,
            quantity=instrument.make_qty(quantity),
            price=instrument.make_price(prices[number % POSITIONS]),
        )

    return build


def from_ready_values(context: Context) -> Callable[[int], SubmitOrder]:
    """Build with price and quantity objects made beforehand."""
    prices = [Price.from_str(f"{100 + number}.25") for number in range(POSITIONS)]
    quantity = Quantity.from_int(100)

    def build(number: int) -> SubmitOrder:
        return submit_command(
            context,
            instrument=context.instruments[number % POSITIONS],
            side=OrderSide.BUY if number % 2 == 0 else OrderSide.SELL,
            quantity=quantity,
            price=prices[number % POSITIONS],
        )

    return build


def prove_checks(context: Context) -> None:
    """Refuse to measure an engine that lets through what its limits forbid."""
    first = context.instruments[0]
    _must_deny(context, quantity=QUANTITY_MAX + 1, price="100.25", reason="maximum trade size")
    _must_deny(context, quantity=100, price="100.251", reason="precision")
    _must_deny(context, quantity=100_000, price="100.25", reason="NOTIONAL_EXCEEDS_MAX_PER_ORDER")
    context.engine.set_max_notional_per_order(first.id, None)
    _must_deny(context, quantity=QUANTITY_MAX, price="100.25", reason="EXCEEDS_FREE_BALANCE")
    context.engine.set_max_notional_per_order(first.id, NOTIONAL_USD_MAX)
    context.denied.clear()


def main() -> None:
    """Measure both ways of building and print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--operations", type=int, default=20_000)
    parser.add_argument("--warm-up", type=int, default=5_000)
    chosen = parser.parse_args()
    context = open_context()
    prove_checks(context)
    before = context.engine.command_count
    measured = {
        name: measure_build_and_check(
            build=build,
            check=context.engine.execute,
            operations=chosen.operations,
            warm_up=chosen.warm_up,
        )
        for name, build in (
            ("from_decimals", from_decimals(context)),
            ("from_ready_values", from_ready_values(context)),
        )
    }
    checked = context.engine.command_count - before
    if context.denied or checked != 2 * (chosen.operations + chosen.warm_up):
        raise SystemExit(f"{len(context.denied)} of {checked} orders were denied; figures are void")
    answer = {
        "peer": "nautilus_trader.risk.RiskEngine",
        "version": nautilus_trader.__version__,
        "unit": "ns",
        "positions": context.cache.positions_open_count(),
        "resting_orders": context.cache.orders_open_count(),
    } | {name: asdict(figures) for name, figures in measured.items()}
    json.dump(answer, sys.stdout)


def _must_deny(context: Context, *, quantity: int, price: str, reason: str) -> None:
    context.denied.clear()
    command = submit_command(
        context,
        instrument=context.instruments[0],
        side=OrderSide.BUY,
        quantity=Quantity.from_int(quantity),
        price=Price.from_str(price),
    )
    context.engine.execute(command)
    if not any(reason in event.reason for event in context.denied):
        raise SystemExit(f"{quantity} shares at {price} were not denied for {reason}")


if __name__ == "__main__":
    main()
