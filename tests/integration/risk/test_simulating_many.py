"""Rules are simulated on as many recorded orders as may be asked for, in bounded memory."""

import json
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from application.risk.simulate_rules import ORDERS_MAX
from domain.accounts.decision import Decision
from domain.orders.order import Order
from domain.risk.simulation import SimulationState
from tests.unit.application.risk.context import START, make_context
from tests.unit.application.risk.test_simulations import begun, record, seen

KEPT = 200
# What a few pages of records and their orders take; all of them would take a hundred times that.
BYTES_MAX = 8 * 2**20


@dataclass(slots=True)
class _Archive:
    """As many orders as are asked for: a few that are kept, told again under new names."""

    kept: Sequence[tuple[Order, Decision]]
    count: int
    pages: list[int] = field(default_factory=list)

    async def count_taken(self, **_: Any) -> int:
        """Return how many there are."""
        return self.count

    async def taken(
        self, *, limit: int, after: UUID | None = None, **_: Any
    ) -> Sequence[tuple[Order, Decision]]:
        """Return the next page."""
        first = 0 if after is None else after.int
        self.pages.append(limit)
        return [self._one(place) for place in range(first, min(first + limit, self.count))]

    def _one(self, place: int) -> tuple[Order, Decision]:
        order, decision = self.kept[place % len(self.kept)]
        at = START + timedelta(milliseconds=place)
        return replace(order, id=UUID(int=place + 1), accepted_at=at), decision


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_a_hundred_thousand_orders_are_decided_again_in_bounded_memory() -> None:
    context = make_context()
    for number in range(KEPT):
        record(context, number)
    orders = list(context.database.orders.values())
    kept = [(order, context.database.decisions[order.id][0]) for order in orders]
    archive: Any = _Archive(kept=kept, count=ORDERS_MAX)
    asking = replace(context.risk.simulations, archive=archive)
    running = replace(context.simulations, archive=archive)
    context = replace(context, risk=replace(context.risk, simulations=asking))
    one = await begun(context)
    tracemalloc.start()
    try:
        await running.run_waiting()
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    done = await seen(context, one)
    assert (done.state, done.done) == (SimulationState.DONE, ORDERS_MAX)
    told = json.loads(done.result)
    # Each second one is twice as large as the limit.
    assert (told["orders"], told["would_deny"], told["would_pass"]) == (
        ORDERS_MAX,
        ORDERS_MAX // 2,
        ORDERS_MAX // 2,
    )
    assert sum(archive.pages) == ORDERS_MAX
    assert most < BYTES_MAX
