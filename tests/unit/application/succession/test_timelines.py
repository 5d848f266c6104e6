"""No timeline releases early, and none is lost; `python -m tests.succession_timelines` has more."""

from tests.succession_timelines import check


async def test_none_is_early_and_none_is_lost() -> None:
    assert await check(range(16)) >= 3
