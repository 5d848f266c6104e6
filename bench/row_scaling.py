"""Commands per second with 1, 2 and 4 partitions and as many `ballast worker commands`.

Each size has a Kafka of its own with topics of that many partitions, and the same database and
accounts; the reference of a size is one partition and one worker, measured first. Beside the
workers run Postgres, Kafka, the market's worker and this process, so that a machine with two
cores is full with one worker or two: what a size gains there is no measure of the design.
"""

import os
import tempfile
from pathlib import Path

import uvloop

from adapters.kafka.connection import KafkaAddress
from bench.commands import command_workers, made_orders
from bench.context import Context, furnished_context
from bench.kafka import own_kafka
from bench.postgres import fresh_database
from bench.row_consume import ACCOUNTS, carry_ours
from bench.rows import Better, Row, alone, compare
from bench.servers import own_server

SIZES = (1, 2, 4)
TURNS = 3
COMMANDS = 1_000
WARM_UP = 200
ONE = f"1 partition, 1 worker ({os.cpu_count()} cores)"


def measure() -> list[Row]:
    """Measure commands per second at each size, one size after the other."""
    rates: dict[int, list[float]] = {}
    with (
        tempfile.TemporaryDirectory(prefix="ballast-bench-") as name,
        own_server("postgres") as server,
    ):
        context = furnished_context(
            database_url=fresh_database(server), folder=Path(name), accounts=ACCOUNTS
        )
        for size in SIZES:
            with (
                own_kafka(partitions=size) as address,
                command_workers(context, address=address, count=size),
            ):
                rates[size] = carried(context, address=address)
    return [_row(size, rates=rates) for size in SIZES]


def carried(
    context: Context, *, address: KafkaAddress, turns: int = TURNS, commands: int = COMMANDS
) -> list[float]:
    """Return the commands per second of so many turns, all workers being at work."""

    def turn(count: int) -> float:
        messages = made_orders(context, count=count, accounts=context.accounts)
        return uvloop.run(carry_ours(messages, address=address)).messages_per_s

    turn(WARM_UP)
    return [turn(commands) for _ in range(turns)]


def _row(size: int, *, rates: dict[int, list[float]]) -> Row:
    if size == SIZES[0]:
        return alone(
            name="commands_1_partition_1_worker",
            unit="1/s",
            better=Better.HIGHER,
            ours=rates[size],
        )
    return compare(
        name=f"commands_{size}_partitions_{size}_workers",
        unit="1/s",
        better=Better.HIGHER,
        ours=rates[size],
        reference=rates[SIZES[0]],
        reference_name=ONE,
    )
