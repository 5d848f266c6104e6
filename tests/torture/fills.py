"""Shuffle, repeat and lose a venue's reports: the books end as the venue's.

`python -m tests.torture.fills --streams 10000` fills that many orders in random parts. Each
order's reports arrive in any sequence, some twice, some never; what was lost is recovered
by reading the order back, as reconciliation does. It prints what it did and ends with 1 at
the first stream after which an order, the cash or the position is not the venue's.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from application.orders.apply_report import Applied
from application.orders.reconcile import IN_FLIGHT
from domain.orders.order import Order
from domain.orders.states import OrderState
from domain.orders.terms import Side
from domain.shared.values import ZERO
from ports.broker import Report, ReportKind, VenueFill, VenueState
from tests import builders
from tests.rig import Rig
from tests.scripted_broker import report_of, venue_fill

# A room's account has the buying power for so many orders at once, and stays quick to read.
STREAMS_PER_ROOM = 100


class Diverged(AssertionError):
    """A stream after which our books are not the venue's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """How many reports were sent, and how many of them twice or never."""

    reports: int = 0
    repeated: int = 0
    lost: int = 0

    def plus(self, other: "Confirmation") -> "Confirmation":
        """Return the sum of both."""
        return Confirmation(
            reports=self.reports + other.reports,
            repeated=self.repeated + other.repeated,
            lost=self.lost + other.lost,
        )


async def run(*, streams: int, seed: int) -> Confirmation:
    """Run that many streams on one account; raises Diverged."""
    pauses = random.Random(f"fills/{seed}/pauses")

    async def pause() -> None:
        for _ in range(pauses.randrange(3)):
            await asyncio.sleep(0)

    rig = Rig(pause=pause)
    told = Confirmation()
    cash, position = Decimal(100_000), ZERO
    for number in range(streams):
        chance = random.Random(f"fills/{seed + number}")
        side = Side.BUY if position <= 0 else Side.SELL
        order = await rig.sent(builders.terms(side=side, quantity=Decimal(10)))
        fills, final = _life(chance)
        signed = 1 if side is Side.BUY else -1
        for fill in fills:
            cash -= signed * fill.quantity * fill.price + fill.commission
            position += signed * fill.quantity
        told = told.plus(
            await _tell(rig, order, fills=fills, final=final, position=position, chance=chance)
        )
        await _check(rig, order, fills=fills, final=final, cash=cash, position=position)
    return told


def _life(chance: random.Random) -> tuple[tuple[VenueFill, ...], VenueState]:
    """Draw what the venue does with an order of 10."""
    left, fills = 10, []
    for number in range(chance.randrange(6)):
        quantity = min(left, chance.randrange(1, 6))
        if not quantity:
            break
        left -= quantity
        price = Decimal(chance.randrange(9_900, 10_100)) / 100
        fills.append(
            venue_fill(quantity, price=str(price), trade_id=f"t-{number}", commission="0.05")
        )
    if not left:
        return tuple(fills), VenueState.FILLED
    return tuple(fills), chance.choice((VenueState.CANCELED, VenueState.EXPIRED))


_LAST = {VenueState.CANCELED: ReportKind.CANCELED, VenueState.EXPIRED: ReportKind.EXPIRED}


async def _tell(
    rig: Rig,
    order: Order,
    *,
    fills: Sequence[VenueFill],
    final: VenueState,
    position: Decimal,
    chance: random.Random,
) -> Confirmation:
    rig.broker.change(order.client_order_id, state=final, fills=tuple(fills))
    reports = [report_of(order, ReportKind.WORKING)]
    reports += [report_of(order, ReportKind.FILL, fill=fill) for fill in fills]
    if final in _LAST:
        reports.append(report_of(order, _LAST[final]))
    reports = [replace(one, sequence=number) for number, one in enumerate(reports, start=1)]
    repeated = [one for one in reports if chance.random() < 0.3]
    # A gap is a report that comes late, after everything else, or never.
    lost = [one for one in reports if chance.random() < 0.2]
    arriving = [one for one in (*reports, *repeated) if one not in lost]
    chance.shuffle(arriving)
    if chance.random() < 0.5:
        # In one go and through two processes: reports race each other and their repeats.
        rigs = (rig, rig.twin(seed=2 + chance.getrandbits(32)))
        await asyncio.gather(*(_apply(rigs[index % 2], one) for index, one in enumerate(arriving)))
    else:
        for one in arriving:
            await _apply(rig, one)
    rig.broker.holding["AAPL"] = position
    rig.clock.advance(IN_FLIGHT.total_seconds())
    found = await rig.reconcile(account=rig.book.account, broker=rig.broker)
    if found:
        raise Diverged(f"order {order.id}: {found[0].sentence}")
    late = [one for one in lost if chance.random() < 0.5]
    for one in late:
        await _apply(rig, one)
    return Confirmation(reports=len(arriving), repeated=len(repeated), lost=len(lost))


async def _apply(rig: Rig, report: Report) -> None:
    said = await rig.apply(
        tenant_id=rig.tenant_id, account_id=rig.account_id, report=report, heard=None
    )
    if said != Applied():
        raise Diverged(f"{report}: {said}")


async def _check(
    rig: Rig,
    order: Order,
    *,
    fills: Sequence[VenueFill],
    final: VenueState,
    cash: Decimal,
    position: Decimal,
) -> None:
    after, book = await rig.now(order), await rig.stored()
    seen = (after.filled_quantity, after.state, book.settled_cash, book.position("AAPL").quantity)
    filled = sum((one.quantity for one in fills), ZERO)
    right = (filled, OrderState(final.value), cash, position)
    if seen != right or filled > after.terms.quantity:
        raise Diverged(f"order {order.id}: ours {seen}, the venue's {right}")
    booked = [one.trade_id for one in rig.database.fills if one.order_id == order.id]
    if sorted(booked) != sorted(one.trade_id for one in fills):
        raise Diverged(f"order {order.id}: trades {booked}")


def main() -> int:
    """Run the streams of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0, help="of the first stream")
    asked = parser.parse_args()
    told = Confirmation()
    for begun in range(0, asked.streams, STREAMS_PER_ROOM):
        streams = min(STREAMS_PER_ROOM, asked.streams - begun)
        try:
            told = told.plus(asyncio.run(run(streams=streams, seed=asked.seed + begun)))
        except Diverged as problem:
            sys.stdout.write(f"fills: FAILED from seed {asked.seed + begun}: {problem}\n")
            return 1
    said = f"{told.reports} reports, {told.repeated} repeated, {told.lost} lost"
    sys.stdout.write(f"fills: {asked.streams} streams, {said}; every book is the venue's\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
