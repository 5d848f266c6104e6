"""A market that begins anew is a new one to the venue: its hours, prices and splits count again."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.settings import PaperSettings
from domain.market.prices import ReplayBegan
from ports.broker import ReportKind, VenueState
from tests.unit.adapters.brokers.paper.desk import ACCOUNT, OPEN_AT, Desk, terms
from tests.unit.adapters.brokers.paper.test_journal import Shop


def _began(lap: int) -> ReplayBegan:
    return ReplayBegan(lap=lap, at=OPEN_AT)


def _day_with_split(desk: Desk, name: str, *, units: int) -> None:
    """Buy on the first day, split two for one on the second, and sell what there is."""
    desk.day = 0
    desk.open()
    desk.quote("100", "100")
    desk.take(f"{name}-buy", terms("buy", units))
    desk.close()
    desk.day = 1
    desk.at += timedelta(hours=12)
    desk.split(2)
    desk.open()
    desk.quote("50", "50")
    desk.take(f"{name}-sell", terms("sell", 2 * units))
    desk.close()


def test_a_split_is_applied_once_a_lap_whatever_was_traded_on_those_dates_before() -> None:
    desk = Desk()
    for lap in (1, 2, 3):
        desk.venue.on_event(_began(lap))
        _day_with_split(desk, f"lap-{lap}", units=10 * lap)
        assert desk.held() == 0
        assert desk.state(f"lap-{lap}-sell") is VenueState.FILLED


def test_a_lap_is_begun_once_however_often_it_is_told() -> None:
    desk = Desk()
    desk.venue.on_event(_began(2))
    desk.open()
    desk.quote("100", "100")
    desk.take("stays", terms("buy", 10, limit="90", tif="gtc"))
    for lap in (2, 1):
        desk.venue.on_event(_began(lap))
    assert desk.state("stays") is VenueState.WORKING
    desk.take("fills", terms("buy", 10))
    assert desk.state("fills") is VenueState.FILLED


def test_what_still_rests_ends_and_says_why_and_old_prices_fill_nothing() -> None:
    desk = Desk()
    desk.open()
    desk.quote("100", "100")
    desk.take("rests", terms("buy", 10, limit="90", tif="gtc"))
    desk.venue.on_event(_began(2))
    assert desk.state("rests") is VenueState.CANCELED
    (told,) = [
        one for one in desk.venue.reports(after=0, limit=99) if one.kind is ReportKind.CANCELED
    ]
    assert "starts over" in told.reason
    desk.day = 0
    desk.open()
    desk.take("new", terms("buy", 10))
    assert desk.state("new") is VenueState.WORKING
    desk.quote("20", "20")
    assert desk.state("new") is VenueState.FILLED


@pytest.mark.parametrize("settled", [False, True])
async def test_the_journal_keeps_the_lap_and_forgets_the_splits_of_before(
    tmp_path: Path, settled: bool
) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    for lap in (1, 2):
        await shop.broker.on_market(_began(lap))
        _day_with_split(shop.desk, f"lap-{lap}", units=10)
        if settled:
            await shop.broker.on_market(_began(lap))
    await shop.broker.on_market(_began(3))
    await shop.broker.stop()
    again = Shop(tmp_path)
    await again.broker.start()
    again.desk.venue.on_event(_began(3))
    _day_with_split(again.desk, "lap-3", units=7)
    assert again.desk.held() == 0
    assert again.desk.state("lap-3-sell") is VenueState.FILLED
    await again.broker.stop()


def test_a_snapshot_of_a_lap_is_restored_as_it_was() -> None:
    desk = Desk()
    desk.venue.on_event(_began(4))
    desk.open()
    desk.quote("100", "100")
    desk.take("buy", terms("buy", 10))
    restored = PaperVenue(settings=PaperSettings())
    restored.restore(desk.venue.snapshot())
    restored.on_event(_began(4))
    assert restored.snapshot() == desk.venue.snapshot()
    (held,) = restored.positions(account_id=ACCOUNT)
    assert held.quantity == Decimal(10)
