"""A session table finds the session at a time and knows where its knowledge ends."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from domain.market.sessions import OpenHours, SessionTable, always_open_session
from domain.shared.values import InvalidValue

MONDAY = datetime(2024, 1, 1, 14, 30, tzinfo=UTC)


def hours(opens_at: datetime, *, length: timedelta = timedelta(hours=6)) -> OpenHours:
    return OpenHours(date=opens_at.date(), opens_at=opens_at, closes_at=opens_at + length)


def test_nothing_is_known_before_the_first_open_and_from_the_last_close_on() -> None:
    table = SessionTable(calendar="X", hours=[hours(MONDAY)])
    assert table.session(at=MONDAY - timedelta(microseconds=1)) is None
    assert table.session(at=table.ends_at) is None
    assert table.session(at=table.starts_at) is not None


def test_sessions_that_touch_belong_to_the_later_one_at_the_border() -> None:
    border = MONDAY + timedelta(hours=6)
    table = SessionTable(calendar="X", hours=[hours(MONDAY), hours(border)])
    session = table.session(at=border)
    assert session is not None
    assert session.is_open
    assert session.opens_at == border


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        [hours(MONDAY), hours(MONDAY + timedelta(hours=5))],
        [hours(MONDAY + timedelta(days=1)), hours(MONDAY)],
    ],
)
def test_sessions_missing_overlapping_or_out_of_order_are_refused(wrong: list[OpenHours]) -> None:
    with pytest.raises(InvalidValue):
        SessionTable(calendar="X", hours=wrong)


@pytest.mark.parametrize("length", [timedelta(0), timedelta(hours=-1)])
def test_hours_that_never_open_are_refused(length: timedelta) -> None:
    with pytest.raises(InvalidValue):
        hours(MONDAY, length=length)


def test_hours_in_another_zone_are_refused() -> None:
    eastern = timezone(timedelta(hours=-5))
    with pytest.raises(InvalidValue):
        hours(MONDAY.astimezone(eastern))


def test_the_day_of_a_market_that_never_closes_is_in_utc() -> None:
    late = datetime(2024, 1, 1, 22, tzinfo=timezone(timedelta(hours=-5)))
    session = always_open_session(at=late)
    assert session.date == date(2024, 1, 2)
    assert session.closes_at - session.opens_at == timedelta(days=1)
