"""A market that begins anew is a new one to the venue: its hours, prices and splits count again."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.settings import PaperSettings
from domain.market.prices import ReplayBegan
from ports.broker import ReportKind, VenueState
from tests.unit.adapters.brokers.paper.context import ACCOUNT, OPEN_AT, Context, terms
from tests.unit.adapters.brokers.paper.test_journal import Shop


def _began(lap: int) -> ReplayBegan:
    return ReplayBegan(lap=lap, at=OPEN_AT)


def _day_with_split(context: Context, name: str, *, units: int) -> None:
    """Buy on the first day, split two for one on the second, and sell what there is."""
    context.day = 0
    context.open()
    context.quote("100", "100")
    context.take(f"{name}-buy", terms("buy", units))
    context.close()
    context.day = 1
    context.at += timedelta(hours=12)
    context.split(2)
    context.open()
    context.quote("50", "50")
    context.take(f"{name}-sell", terms("sell", 2 * units))
    context.close()


def test_a_split_is_applied_once_a_lap_whatever_was_traded_on_those_dates_before() -> None:
    context = Context()
    for lap in (1, 2, 3):
        context.venue.on_event(_began(lap))
        _day_with_split(context, f"lap-{lap}", units=10 * lap)
        assert context.held() == 0
        assert context.state(f"lap-{lap}-sell") is VenueState.FILLED


def test_a_lap_is_begun_once_however_often_it_is_told() -> None:
    context = Context()
    context.venue.on_event(_began(2))
    context.open()
    context.quote("100", "100")
    context.take("stays", terms("buy", 10, limit="90", tif="gtc"))
    for lap in (2, 1):
        context.venue.on_event(_began(lap))
    assert context.state("stays") is VenueState.WORKING
    context.take("fills", terms("buy", 10))
    assert context.state("fills") is VenueState.FILLED


def test_what_still_rests_ends_and_says_why_and_old_prices_fill_nothing() -> None:
    context = Context()
    context.open()
    context.quote("100", "100")
    context.take("rests", terms("buy", 10, limit="90", tif="gtc"))
    context.venue.on_event(_began(2))
    assert context.state("rests") is VenueState.CANCELED
    (told,) = [
        one for one in context.venue.reports(after=0, limit=99) if one.kind is ReportKind.CANCELED
    ]
    assert "starts over" in told.reason
    context.day = 0
    context.open()
    context.take("new", terms("buy", 10))
    assert context.state("new") is VenueState.WORKING
    context.quote("20", "20")
    assert context.state("new") is VenueState.FILLED


@pytest.mark.parametrize("settled", [False, True])
async def test_the_journal_keeps_the_lap_and_forgets_the_splits_of_before(
    tmp_path: Path, settled: bool
) -> None:
    shop = Shop(tmp_path)
    await shop.broker.start()
    for lap in (1, 2):
        await shop.broker.on_market(_began(lap))
        _day_with_split(shop.context, f"lap-{lap}", units=10)
        if settled:
            await shop.broker.on_market(_began(lap))
    await shop.broker.on_market(_began(3))
    await shop.broker.stop()
    again = Shop(tmp_path)
    await again.broker.start()
    again.context.venue.on_event(_began(3))
    _day_with_split(again.context, "lap-3", units=7)
    assert again.context.held() == 0
    assert again.context.state("lap-3-sell") is VenueState.FILLED
    await again.broker.stop()


def test_a_snapshot_of_a_lap_is_restored_as_it_was() -> None:
    context = Context()
    context.venue.on_event(_began(4))
    context.open()
    context.quote("100", "100")
    context.take("buy", terms("buy", 10))
    restored = PaperVenue(settings=PaperSettings())
    restored.restore(context.venue.snapshot())
    restored.on_event(_began(4))
    assert restored.snapshot() == context.venue.snapshot()
    (held,) = restored.positions(account_id=ACCOUNT)
    assert held.quantity == Decimal(10)
