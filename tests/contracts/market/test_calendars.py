"""The calendar adapters keep the promises of their port."""

import asyncio
from datetime import UTC, date, datetime

import pytest

from adapters.market_data.calendars import ExchangeCalendars
from adapters.memory.market import MemoryCalendars, weekday_calendar
from ports.market import Calendars, OutsideCalendar, UnknownCalendar
from tests.contracts.market.calendars import FRIDAY_OPEN, CalendarsContract


@pytest.fixture(scope="module")
def exchanges() -> ExchangeCalendars:
    loaded = ExchangeCalendars(names=["XNYS", "XHKG", "24/7"])
    asyncio.run(loaded.start())
    return loaded


class TestMemoryCalendars(CalendarsContract):
    @pytest.fixture
    def calendars(self) -> Calendars:
        table = weekday_calendar("XNYS", first=date(2000, 1, 3), last=date(2000, 12, 29))
        return MemoryCalendars([table])


class TestExchangeCalendars(CalendarsContract):
    @pytest.fixture
    def calendars(self, exchanges: ExchangeCalendars) -> Calendars:
        return exchanges

    def test_an_early_close_is_known(self, exchanges: ExchangeCalendars) -> None:
        # The day after Thanksgiving ends at 13:00 in New York.
        session = exchanges.session("XNYS", at=datetime(2012, 11, 23, 16, tzinfo=UTC))
        assert session.closes_at == datetime(2012, 11, 23, 18, tzinfo=UTC)

    def test_days_without_trading_are_known(self, exchanges: ExchangeCalendars) -> None:
        # Closed from the attacks of September 2001 until the Monday after.
        session = exchanges.session("XNYS", at=datetime(2001, 9, 11, 15, tzinfo=UTC))
        assert (session.is_open, session.date) == (False, date(2001, 9, 17))

    def test_a_lunch_break_closes_the_market(self, exchanges: ExchangeCalendars) -> None:
        noon = datetime(2020, 6, 1, 4, 30, tzinfo=UTC)
        session = exchanges.session("XHKG", at=noon)
        assert (session.is_open, session.date) == (False, date(2020, 6, 1))
        assert session.opens_at == datetime(2020, 6, 1, 5, tzinfo=UTC)

    async def test_a_name_nobody_knows_fails_at_start(self) -> None:
        with pytest.raises(UnknownCalendar, match="ISO 10383"):
            await ExchangeCalendars(names=["NYSE-ish"]).start()

    async def test_a_range_nobody_knows_fails_at_start(self) -> None:
        with pytest.raises(OutsideCalendar, match="XHKG"):
            await ExchangeCalendars(names=["XHKG"], last=date(2060, 1, 1)).start()

    def test_nothing_is_known_before_start(self) -> None:
        with pytest.raises(UnknownCalendar, match="only 24/7"):
            ExchangeCalendars(names=["XNYS"]).session("XNYS", at=FRIDAY_OPEN)
