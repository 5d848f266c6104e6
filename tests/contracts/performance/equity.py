"""What every adapter of EquityHistory promises."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from uuid import UUID

from domain.performance.history import EquityBucket, EquityPoint, EquitySpan, bucketed
from tests import builders
from tests.contracts.storage import Storage, StorageContract

START = builders.MARKET_AT


async def _account(storage: Storage) -> EquityPoint:
    """Open an account; return the point that it begins with."""
    opened = (await storage.opened()).account
    return EquityPoint(
        tenant_id=opened.tenant_id,
        account_id=opened.id,
        lap=1,
        at=START,
        equity=Decimal("100000.000000000000000001"),
    )


def _after(point: EquityPoint, minutes: float, equity: int) -> EquityPoint:
    return replace(point, at=START + timedelta(minutes=minutes), equity=Decimal(equity))


async def _read(
    storage: Storage,
    point: EquityPoint,
    *,
    until: datetime | None = None,
    buckets: int = 100,
    tenant_id: UUID | None = None,
) -> Sequence[EquityBucket]:
    return await storage.equity.summed(
        tenant_id=tenant_id or point.tenant_id,
        account_id=point.account_id,
        lap=point.lap,
        span=EquitySpan(
            since=START, until=until or START + timedelta(minutes=100), buckets=buckets
        ),
    )


class EquityHistoryContract(StorageContract):
    """The promises of EquityHistory."""

    async def test_points_are_kept_exactly_and_in_order(self, storage: Storage) -> None:
        first = await _account(storage)
        later = _after(first, 15, -7)
        await storage.equity.add([later, first])
        assert [one.first for one in await _read(storage, first)] == [first.equity, Decimal(-7)]
        known = await storage.equity.first_and_last(
            tenant_id=first.tenant_id, account_id=first.account_id, lap=1
        )
        assert known == (START, later.at)

    async def test_a_time_has_one_point_and_the_close_is_the_last_word(
        self, storage: Storage
    ) -> None:
        first = await _account(storage)
        closed = replace(first, equity=Decimal(3), closing=True)
        for told, kept in (
            (first, first),
            (replace(first, equity=Decimal(2)), first),
            (closed, closed),
            (first, closed),
            (replace(closed, equity=Decimal(4)), closed),
        ):
            await storage.equity.add([told])
            assert [one.last for one in await _read(storage, first)] == [kept.equity]

    async def test_one_call_may_tell_a_time_twice(self, storage: Storage) -> None:
        first = await _account(storage)
        closed = replace(first, equity=Decimal(3), closing=True)
        await storage.equity.add([first, closed, first])
        assert [one.last for one in await _read(storage, first)] == [Decimal(3)]

    async def test_buckets_are_those_of_the_domain(self, storage: Storage) -> None:
        first = await _account(storage)
        draw = Random(7)
        minutes = sorted({0.0, *(draw.randrange(6_000) / 60 for _ in range(200))})
        points = [_after(first, one, draw.randrange(10**6)) for one in minutes]
        await storage.equity.add(points)
        for until, buckets in (
            (START + timedelta(minutes=100), 1),
            (START + timedelta(minutes=100), 3),
            # A quotient that no decimal has.
            (START + timedelta(minutes=97, microseconds=1), 7),
            (START + timedelta(minutes=100), 2_000),
        ):
            span = EquitySpan(since=START, until=until, buckets=buckets)
            meant = bucketed([one for one in points if one.at < until], span=span)
            assert len(meant) <= buckets
            assert await _read(storage, first, until=until, buckets=buckets) == meant

    async def test_laps_accounts_and_tenants_are_apart(self, storage: Storage) -> None:
        first, other = await _account(storage), await _account(storage)
        again = replace(first, lap=2, equity=Decimal(5))
        await storage.equity.add([first, other, again])
        assert [one.last for one in await _read(storage, first)] == [first.equity]
        assert [one.last for one in await _read(storage, again)] == [Decimal(5)]
        assert list(await _read(storage, first, tenant_id=other.tenant_id)) == []
        foreign = await storage.equity.first_and_last(
            tenant_id=other.tenant_id, account_id=first.account_id, lap=1
        )
        assert foreign is None
