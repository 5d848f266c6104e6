"""No timeline releases early, and none is lost.

Sixteen in the suite; as many as BALLAST_TEST_TIMELINES says, such as 10000, by hand.
`python -m tests.succession_timelines` plays any range of them.
"""

import os

import pytest

from tests.succession_timelines import check

TIMELINES = int(os.environ.get("BALLAST_TEST_TIMELINES", "16"))


@pytest.mark.timeout(7_200)
async def test_none_is_early_and_none_is_lost() -> None:
    assert await check(range(TIMELINES)) >= TIMELINES // 5
