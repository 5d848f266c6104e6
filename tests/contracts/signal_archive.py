"""What every adapter of SignalArchive promises."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from application.shared.change import again
from domain.signals.signal import PublishedSignal, SignalFilter, SignalSide
from ports.signals import SIGNALS
from tests import builders
from tests.contracts.storage import Storage, StorageContract

EVERY = SignalFilter()
WRITERS, EACH = 8, 25


def signal_of(tenant_id: UUID, **changes: Any) -> PublishedSignal:
    """Make a signal."""
    made = PublishedSignal(
        id=builders.new_id(),
        tenant_id=tenant_id,
        name="",
        symbol="AAPL",
        score=Decimal("0.5"),
        source="research",
        timestamp=builders.AT,
        received_at=builders.AT,
        expires_at=builders.AT + timedelta(hours=1),
        meta={"model": "é"},
        published_by="user:1",
    )
    return replace(made, **changes)


async def keep(storage: Storage, *signals: PublishedSignal) -> None:
    """Store signals of one tenant."""
    async with storage.works.begin(signals[0].tenant_id) as work:
        await work.records(SIGNALS).add_many(signals)


async def paged(
    storage: Storage, tenant_id: UUID, wanted: SignalFilter = EVERY, *, limit: int = 7
) -> list[PublishedSignal]:
    """Read everything that fits, page by page."""
    found: list[PublishedSignal] = []
    while True:
        page = await storage.signals.page(
            wanted, tenant_id=tenant_id, limit=limit, after=found[-1].id if found else None
        )
        found += page
        if len(page) < limit:
            return found


class SignalArchiveContract(StorageContract):
    """The promises of SignalArchive."""

    async def test_signals_come_newest_first_as_they_were_kept(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        signals = [signal_of(tenant_id, score=Decimal(one) / 10) for one in range(-9, 10)]
        # Neither ids nor times say which is newest: that is who was kept last.
        signals.sort(key=lambda one: one.id, reverse=True)
        for start in range(0, len(signals), 5):
            await keep(storage, *signals[start : start + 5])
        assert await paged(storage, tenant_id) == signals[::-1]

    async def test_another_tenant_has_none_of_them(self, storage: Storage) -> None:
        mine, other = [(await storage.home()).tenant_id for _ in range(2)]
        kept = signal_of(mine)
        await keep(storage, kept)
        await keep(storage, signal_of(other))
        assert await paged(storage, mine) == [kept]
        behind = await storage.signals.page(EVERY, tenant_id=other, limit=9, after=kept.id)
        assert list(behind) == []

    async def test_every_filter_is_kept_to(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        signals = [
            signal_of(
                tenant_id,
                symbol=symbol,
                score=Decimal(score),
                source=source,
                timestamp=builders.AT + timedelta(seconds=seconds),
            )
            for seconds, (symbol, score, source) in enumerate(
                (symbol, score, source)
                for symbol in ("AAPL", "MSFT")
                for score in ("-1", "-0.3", "0", "0.300000000000000001", "1")
                for source in ("research", "patterns")
            )
        ]
        await keep(storage, *signals)
        middle = builders.AT + timedelta(seconds=7)
        wanted: Sequence[SignalFilter] = [
            SignalFilter(symbol="MSFT"),
            SignalFilter(min_score=Decimal("0.3")),
            SignalFilter(min_score=Decimal("0.300000000000000001")),
            *(SignalFilter(side=side) for side in SignalSide),
            SignalFilter(source="patterns"),
            SignalFilter(since=middle),
            SignalFilter(until=middle),
            SignalFilter(symbol="AAPL", side=SignalSide.SELL, source="research", since=middle),
        ]
        for one in wanted:
            expected = [signal for signal in reversed(signals) if one.fits(signal)]
            assert await paged(storage, tenant_id, one, limit=3) == expected, one

    async def test_pages_miss_and_repeat_nothing_while_eight_write(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        before = [signal_of(tenant_id) for _ in range(40)]
        await keep(storage, *before)
        at_start: list[list[UUID]] = []
        done = asyncio.Event()

        async def write() -> None:
            for _ in range(EACH):
                await again(lambda: keep(storage, signal_of(tenant_id)))

        async def read() -> None:
            rounds = 0
            while not done.is_set() or rounds < 2:
                rounds += 1
                first = await paged(storage, tenant_id, limit=1_000)
                pages = [one.id for one in await paged(storage, tenant_id, limit=3)]
                assert len(set(pages)) == len(pages)
                # What was there at first is there, in its order, behind what came since.
                assert pages[-len(first) :] == [one.id for one in first]
                at_start.append(pages)
                await asyncio.sleep(0)

        reading = asyncio.create_task(read())
        await asyncio.gather(*(write() for _ in range(WRITERS)))
        done.set()
        await reading
        last = [one.id for one in await paged(storage, tenant_id)]
        assert len(set(last)) == len(last) == len(before) + WRITERS * EACH
        # Nothing ever came in below what had been seen.
        assert all(last[-len(pages) :] == pages for pages in at_start)

    async def test_old_weeks_are_forgotten_and_nothing_younger(self, storage: Storage) -> None:
        tenant_id = (await storage.home()).tenant_id
        days = (100, 93, 80, 1, 0)
        signals = [
            signal_of(tenant_id, received_at=builders.AT - timedelta(days=day)) for day in days
        ]
        await keep(storage, *signals)
        before: datetime = builders.AT - timedelta(days=85)
        assert await storage.signals.forget(before=before) == 2
        assert await storage.signals.forget(before=before) == 0
        assert await paged(storage, tenant_id) == signals[:1:-1]
        gone = await storage.signals.page(EVERY, tenant_id=tenant_id, limit=9, after=signals[0].id)
        assert list(gone) == []
