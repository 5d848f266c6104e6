"""Strategies over a real database: however many act, and however often a signal comes."""

import asyncio
from collections import Counter
from dataclasses import replace
from pathlib import Path

from application.strategies.act_on_signals import ActOnSignals
from bootstrap.areas import signals, strategies
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage, build_postgres
from bootstrap.system import System
from domain.orders.states import OrderState
from tests.unit.adapters.http.context import open_context
from tests.unit.adapters.http.test_strategies import Desk

SIGNALS = 20
MEMBERS = 4


class Unfed(Desk):
    """A desk whose signals wait in the journal: who hands them on holds a lease."""

    async def forward(self) -> None:
        """Leave them there."""


async def test_four_members_and_a_stream_told_thrice_send_one_order_a_signal(
    database_url: str, tmp_path: Path
) -> None:
    settings = Settings(profile="cluster", database_url=database_url, data_dir=tmp_path)

    def over(system: System) -> Storage:
        return build_postgres(settings=settings, system=system)

    async with open_context(storage_of=over) as context, context.client() as client:
        desk = Unfed(context, client)
        parts = context.parts.of(signals.build)
        strategy_id = await desk.strategy("live", cap="0.001")
        for number in range(SIGNALS):
            await desk.say(f"s-{number}")
        found = await context.storage.journal.after(cursor="", limit=500)
        for _ in range(3):
            await parts.feed._stream.publish([one.notice for one in found])
        act = context.parts.of(strategies.build).act
        members = [replace(act, member=str(number)) for number in range(MEMBERS)]

        async def drain(own: ActOnSignals) -> int:
            came = 0
            while got := await own.drain(wait_s=0):
                came += got
            return came

        came = await asyncio.gather(*map(drain, members))
        assert sum(came) == 3 * SIGNALS
        items = (await client.get(f"/api/v1/strategies/{strategy_id}/decisions?limit=200")).json()
        decisions = items["items"]
        orders = await desk.orders()
        assert len({one["signal_id"] for one in decisions}) == len(decisions) == SIGNALS
        # The gate lets through so many alike and no more: those are denied, each once too.
        told = Counter((one["action"], one["reason"]) for one in decisions)
        denied = sum(one.state is OrderState.DENIED for one in orders)
        assert told == {("order", ""): SIGNALS - denied, ("none", "denied"): denied}
        assert len(orders) == SIGNALS
        assert {str(one.id) for one in orders} == {one["order_id"] for one in decisions}
