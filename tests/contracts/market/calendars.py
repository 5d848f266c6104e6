"""What every adapter of Calendars promises."""

from abc import abstractmethod
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from domain.market.sessions import ALWAYS_OPEN
from domain.shared.values import InvalidValue
from ports.market import Calendars, OutsideCalendar, UnknownCalendar
from tests.contracts.contract import Contract

# A week of New York in winter: Monday to Friday, 14:30 to 21:00 UTC.
FRIDAY_OPEN = datetime(2000, 3, 3, 14, 30, tzinfo=UTC)
FRIDAY_CLOSE = datetime(2000, 3, 3, 21, tzinfo=UTC)
MONDAY_OPEN = datetime(2000, 3, 6, 14, 30, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


class CalendarsContract(Contract):
    """Subclasses give a fixture `calendars` with XNYS for March 2000, from 1999 at most."""

    @pytest.fixture
    @abstractmethod
    def calendars(self) -> Calendars: ...

    @pytest.mark.parametrize("at", [FRIDAY_OPEN, FRIDAY_CLOSE - INSTANT])
    def test_open_from_the_open_until_before_the_close(
        self, calendars: Calendars, at: datetime
    ) -> None:
        session = calendars.session("XNYS", at=at)
        assert session.is_open
        assert (session.date, session.at) == (date(2000, 3, 3), at)
        assert (session.opens_at, session.closes_at) == (FRIDAY_OPEN, FRIDAY_CLOSE)

    @pytest.mark.parametrize(
        "at", [FRIDAY_CLOSE, FRIDAY_CLOSE + timedelta(days=1), MONDAY_OPEN - INSTANT]
    )
    def test_closed_says_when_it_opens_next(self, calendars: Calendars, at: datetime) -> None:
        session = calendars.session("XNYS", at=at)
        assert not session.is_open
        assert (session.date, session.opens_at) == (date(2000, 3, 6), MONDAY_OPEN)

    def test_a_time_in_another_zone_is_the_same_instant(self, calendars: Calendars) -> None:
        tokyo = FRIDAY_OPEN.astimezone(timezone(timedelta(hours=9)))
        session = calendars.session("XNYS", at=tokyo)
        assert session.is_open
        assert session.at.tzinfo is UTC

    def test_a_time_without_zone_is_refused(self, calendars: Calendars) -> None:
        with pytest.raises(InvalidValue):
            calendars.session("XNYS", at=FRIDAY_OPEN.replace(tzinfo=None))

    @pytest.mark.parametrize("name", ["XXXX", "", "xnys"])
    def test_an_unknown_calendar_is_refused(self, calendars: Calendars, name: str) -> None:
        with pytest.raises(UnknownCalendar):
            calendars.session(name, at=FRIDAY_OPEN)

    @pytest.mark.parametrize("year", [1900, 2200])
    def test_a_time_beyond_the_schedule_is_refused(self, calendars: Calendars, year: int) -> None:
        with pytest.raises(OutsideCalendar, match="XNYS is known from"):
            calendars.session("XNYS", at=FRIDAY_OPEN.replace(year=year))

    @pytest.mark.parametrize("year", [1900, 2200])
    def test_the_market_that_never_closes_is_always_open(
        self, calendars: Calendars, year: int
    ) -> None:
        at = datetime(year, 1, 1, 23, 59, 59, tzinfo=UTC)
        session = calendars.session(ALWAYS_OPEN, at=at)
        assert session.is_open
        assert session.date == at.date()
        assert session.opens_at <= at < session.closes_at
