"""What accounts are worth is recorded at quarter hours and closes, however often it is told."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from adapters.memory.performance import MemoryEquityHistory
from application.performance.record_equity import RecordEquity
from domain.accounts.positions import Position
from domain.market.prices import MarketEvent, Quote, SessionClosed, SessionOpened
from domain.performance.history import EquityBucket, EquityPoint, EquitySpan, quarter_of
from ports.storage import StorageUnavailable
from tests import builders
from tests.rig import Rig

OPEN = datetime(2026, 3, 2, 14, 30, tzinfo=UTC)
FUNDED = Decimal(100_000)


class _Lap:
    def __init__(self) -> None:
        self.number = 1

    def __call__(self) -> int:
        return self.number


def _recorder(rig: Rig, lap: _Lap) -> RecordEquity:
    return RecordEquity(
        book_store=rig.context.book_store,
        directory=rig.directory,
        brokers=("paper",),
        view=rig.market,
        lap=lap,
        history=MemoryEquityHistory(rig.link),
    )


def _quote(minutes: float, last: int = 100) -> Quote:
    price = Decimal(last)
    at = OPEN + timedelta(minutes=minutes)
    return Quote(symbol="AAPL", bid=price, ask=price, last=price, at=at)


async def _curve(rig: Rig, *, lap: int = 1) -> Sequence[EquityBucket]:
    return await MemoryEquityHistory(rig.link).summed(
        tenant_id=rig.tenant_id,
        account_id=rig.account_id,
        lap=lap,
        span=EquitySpan(since=OPEN, until=OPEN + timedelta(hours=2), buckets=2_000),
    )


def _holding(units: int, **given: Any) -> Rig:
    held = Position(symbol="AAPL", quantity=Decimal(units), cost=Decimal(100 * units))
    return Rig(book=builders.book(positions={"AAPL": held}, **given))


async def _told(rig: Rig, *events: MarketEvent, lap: _Lap | None = None) -> RecordEquity:
    recorder = _recorder(rig, lap or _Lap())
    for event in events:
        rig.market.record(event)
        await recorder(event)
    return recorder


async def test_each_quarter_hour_has_the_worth_at_the_first_that_is_said_in_it() -> None:
    rig = _holding(10)
    opened = SessionOpened(calendar="XNYS", date=OPEN.date(), at=OPEN)
    await _told(rig, opened, _quote(1, 101), _quote(14.9, 150), _quote(16, 102), _quote(50, 103))
    curve = await _curve(rig)
    assert [one.first_at for one in curve] == [
        OPEN + timedelta(minutes=minutes) for minutes in (0, 15, 45)
    ]
    # Nothing was said between: no point is made up.
    assert [one.first - FUNDED for one in curve] == [1_000, 1_020, 1_030]


async def test_the_close_is_recorded_at_its_time_and_is_the_last_word() -> None:
    rig = _holding(10)
    closed = SessionClosed(calendar="XNYS", date=OPEN.date(), at=OPEN + timedelta(minutes=60))
    await _told(rig, _quote(46, 101), _quote(60, 105))
    rig.market.record(_quote(60, 107))
    recorder = await _told(rig, closed)
    await recorder(_quote(60, 107))
    assert [one.last - FUNDED for one in await _curve(rig)] == [1_010, 1_070]
    assert (await _curve(rig))[-1].last_at == closed.at


async def test_a_restart_and_a_second_process_change_nothing_that_is_written() -> None:
    rig = _holding(10)
    events = (_quote(1, 101), _quote(16, 102))
    await _told(rig, *events)
    before = await _curve(rig)
    twin = rig.twin(seed=2)
    twin.market.record(_quote(17, 190))
    for again in (_recorder(rig, _Lap()), _recorder(twin, _Lap())):
        for event in events:
            await again(event)
    assert await _curve(rig) == before


async def test_what_could_not_be_stored_is_recorded_when_it_comes_again() -> None:
    class Failing(MemoryEquityHistory):
        async def add(self, points: Sequence[EquityPoint]) -> None:
            raise StorageUnavailable("gone")

    rig = _holding(10)
    recorder = _recorder(rig, _Lap())
    recorder.history = Failing(rig.link)
    rig.market.record(_quote(1, 101))
    with pytest.raises(StorageUnavailable):
        await recorder(_quote(1, 101))
    recorder.history = MemoryEquityHistory(rig.link)
    await recorder(_quote(1, 101))
    assert [one.last - FUNDED for one in await _curve(rig)] == [1_010]


async def test_nothing_is_guessed_of_what_has_no_price() -> None:
    held = Position(symbol="NONE", quantity=Decimal(1), cost=Decimal(1))
    rig = Rig(book=builders.book(positions={"NONE": held}))
    await _told(rig, _quote(1))
    assert list(await _curve(rig)) == []


async def test_a_book_of_another_lap_is_left_alone() -> None:
    rig, lap = _holding(10), _Lap()
    lap.number = 2
    await _told(rig, _quote(1), lap=lap)
    assert list(await _curve(rig, lap=2)) == []
    rig = _holding(10, lap=2)
    await _told(rig, _quote(1, 101), lap=lap)
    assert [one.last - FUNDED for one in await _curve(rig, lap=2)] == [1_010]
    assert list(await _curve(rig, lap=1)) == []


def test_a_quarter_hour_is_of_the_clock() -> None:
    at = OPEN + timedelta(minutes=14, seconds=59, microseconds=999_999)
    assert quarter_of(at) == OPEN
    assert quarter_of(OPEN) == OPEN
