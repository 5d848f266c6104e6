"""Send without pause under the kill barrier: one of the processes of `tests.torture.barrier`.

What an order's send needs of the product is here as it is there: the barrier over Postgres, the
departure with its checks, the client of the venue. Only the order's own rows are left out; the
time that storing its intent takes is spent waiting.
"""

import argparse
import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from uuid import UUID, uuid4

import uvloop

from adapters.brokers.paper.client import RemotePaperBroker
from adapters.memory.leases import SoleLease
from adapters.postgres.kill_barrier import PostgresKillBarrier
from adapters.postgres.link.database import Database
from adapters.system.time import SystemClock
from application.orders.departure import Departure
from domain.kill_switch.latch import Target
from domain.orders.terms import OrderTerms, OrderType, Side, TimeInForce
from ports.broker import BrokerUnavailable, BrokerUnsure
from ports.kill_switch import KillBarrier, Passage
from ports.storage import StorageUnavailable

# As long as storing an intent may take: a kill that comes then must still hold the order back.
INTENT_S = 0.004
DENIED_S = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """One busy sender, as the dispatcher has many."""

    barrier: KillBarrier
    broker: RemotePaperBroker
    tenant_id: UUID
    accounts: tuple[UUID, ...]
    random: Random
    # Leave out what is asked right before the write: so that the torture can be tortured.
    careless: bool

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            account_id = self.random.choice(self.accounts)
            with suppress(StorageUnavailable, BrokerUnavailable, BrokerUnsure):
                await self._send(account_id)

    async def _send(self, account_id: UUID) -> None:
        target = Target(
            tenant_id=self.tenant_id, account_id=account_id, broker="paper", symbol=_TERMS.symbol
        )
        async with self.barrier.sending(target) as passage:
            if not passage.allowed:
                await asyncio.sleep(DENIED_S)
                return
            asked = Passage() if self.careless else passage
            departure = Departure(clock=SystemClock(), lease=SoleLease(), passage=asked)
            await asyncio.sleep(self.random.uniform(0, INTENT_S))
            call = asyncio.ensure_future(
                self.broker.submit(
                    account_id=str(account_id),
                    client_order_id=str(uuid4()),
                    terms=_TERMS,
                    written=departure.left,
                    leaving=departure.check,
                )
            )
            await departure.wait(call)
        if not call.cancelled():
            await call


_TERMS = OrderTerms(
    symbol="IBM",
    side=Side.BUY,
    type=OrderType.MARKET,
    quantity=Decimal(1),
    time_in_force=TimeInForce.GTC,
)


async def _send_all(asked: argparse.Namespace) -> None:
    database = Database()
    await database.start(url=asked.database)
    broker = RemotePaperBroker(url=asked.venue, clock=SystemClock())
    await broker.start()
    accounts = tuple(UUID(one) for one in json.loads(asked.accounts))
    async with asyncio.TaskGroup() as group:
        for number in range(asked.senders):
            sender = Sender(
                barrier=PostgresKillBarrier(database=database),
                broker=broker,
                tenant_id=UUID(asked.tenant),
                accounts=accounts,
                random=Random(asked.seed + number),
                careless=asked.careless,
            )
            group.create_task(sender.run())


def main() -> None:
    """Send until killed."""
    parser = argparse.ArgumentParser(prog="python -m tests.torture.barrier_sender")
    for name in ("database", "venue", "tenant", "accounts"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--senders", type=int, default=4)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--careless", action="store_true")
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_send_all(parser.parse_args()))


if __name__ == "__main__":
    main()
