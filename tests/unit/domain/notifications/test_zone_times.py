"""Quiet hours and digests follow the clock on the wall, on the days when it is changed too."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.notifications.zone_times import moment_of, next_day, next_hour, quiet_until, zone_of
from domain.shared.values import InvalidValue

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Pacific/Apia",
        "America/St_Johns",
        "UTC",
    )
]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "wall", "last", "moment"),
    [
        # In March clocks jump from 2 to 3: half past two is never shown.
        (date(2026, 3, 29), time(2, 30), False, "2026-03-29T01:00:00+00:00"),
        (date(2026, 3, 29), time(2, 30), True, "2026-03-29T01:00:00+00:00"),
        (date(2026, 3, 29), time(3, 0), False, "2026-03-29T01:00:00+00:00"),
        # In October they show half past two twice.
        (date(2026, 10, 25), time(2, 30), False, "2026-10-25T00:30:00+00:00"),
        (date(2026, 10, 25), time(2, 30), True, "2026-10-25T01:30:00+00:00"),
    ],
)
def test_a_wall_time_on_the_day_of_a_change(day: date, wall: time, last: bool, moment: str) -> None:
    assert moment_of(day, wall, zone=BERLIN, last=last) == at(moment)


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        # The night of March is an hour shorter.
        ("2026-03-28T21:30:00+00:00", "2026-03-29T05:00:00+00:00"),
        ("2026-03-29T04:59:59+00:00", "2026-03-29T05:00:00+00:00"),
        ("2026-03-29T05:00:00+00:00", None),
        # That of October an hour longer.
        ("2026-10-24T20:00:00+00:00", "2026-10-25T06:00:00+00:00"),
        ("2026-10-25T05:59:59+00:00", "2026-10-25T06:00:00+00:00"),
        ("2026-10-25T06:00:00+00:00", None),
        ("2026-10-24T19:59:59+00:00", None),
    ],
)
def test_the_quiet_hours_of_a_night_in_which_clocks_are_changed(
    moment: str, until: str | None
) -> None:
    found = quiet_until(at(moment), begins=time(22), ends=time(7), zone=BERLIN)
    assert found == (None if until is None else at(until))


@pytest.mark.parametrize(
    ("moment", "until"),
    [
        # They end within the hour that comes twice: at its second half past one.
        ("2026-11-01T05:15:00+00:00", "2026-11-01T06:30:00+00:00"),
        ("2026-11-01T05:45:00+00:00", "2026-11-01T06:30:00+00:00"),
        ("2026-11-01T06:15:00+00:00", "2026-11-01T06:30:00+00:00"),
        ("2026-11-01T06:30:00+00:00", None),
    ],
)
def test_quiet_hours_that_end_in_the_hour_that_comes_twice(moment: str, until: str | None) -> None:
    found = quiet_until(at(moment), begins=time(23), ends=time(1, 30), zone=NEW_YORK)
    assert found == (None if until is None else at(until))


MOMENTS = st.integers(min_value=0, max_value=315_000_000).map(
    lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)
WALLS = st.times().map(lambda one: one.replace(second=0, microsecond=0))


@given(moment=MOMENTS, begins=WALLS, ends=WALLS, zone=st.sampled_from(ZONES))
def test_whoever_is_in_quiet_hours_is_out_of_them_when_they_end(
    moment: datetime, begins: time, ends: time, zone: ZoneInfo
) -> None:
    if begins == ends:
        return
    until = quiet_until(moment, begins=begins, ends=ends, zone=zone)
    if until is None:
        # No wall clock shows a time within them, but in the hours around a change.
        wall = moment.astimezone(zone).time()
        inside = begins <= wall < ends if begins < ends else wall >= begins or wall < ends
        near = {(moment + timedelta(hours=h)).astimezone(zone).utcoffset() for h in (-2, 0, 2)}
        assert not inside or len(near) > 1
        return
    assert moment < until <= moment + timedelta(hours=26)
    assert quiet_until(until, begins=begins, ends=ends, zone=zone) is None
    shown = until.astimezone(zone).time()
    jumped = (
        until.astimezone(zone).utcoffset()
        != (until - timedelta(seconds=1)).astimezone(zone).utcoffset()
    )
    assert shown == ends or jumped


@given(moment=MOMENTS, zone=st.sampled_from(ZONES))
def test_the_next_hour_and_day_are_ahead_and_near(moment: datetime, zone: ZoneInfo) -> None:
    assert timedelta() < next_hour(moment, zone=zone) - moment <= timedelta(hours=1)
    day = next_day(moment, wall=time(8), zone=zone)
    assert timedelta() < day - moment <= timedelta(hours=26)
    assert day.astimezone(zone).time() == time(8)


def test_a_digest_of_an_hour_follows_the_clock_of_its_zone() -> None:
    moment = at("2026-06-01T10:10:00+00:00")
    assert next_hour(moment, zone=ZoneInfo("Asia/Kolkata")) == at("2026-06-01T10:30:00+00:00")
    assert next_hour(moment, zone=BERLIN) == at("2026-06-01T11:00:00+00:00")


@pytest.mark.parametrize("name", ["Berlin", "", "/etc/passwd", "../UTC", "Europe"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="IANA zone such as Europe/Berlin"):
        zone_of(name)
