"""No timeline releases early, and none is lost; and who plays them would notice.

Two hundred in the suite; as many as BALLAST_TEST_TIMELINES says, such as 10000, by hand.
`python -m tests.succession_timelines` plays any range of them.
"""

import os
from collections.abc import Callable

import pytest

from tests.integration.simulation import bugs_of_succession as bugs
from tests.succession_timelines import check

TIMELINES = int(os.environ.get("BALLAST_TEST_TIMELINES", "200"))
# Each of the bugs shows within so many.
ENOUGH = 40


@pytest.mark.timeout(7_200)
async def test_none_is_early_and_none_is_lost() -> None:
    tally = await check(range(TIMELINES))
    assert tally.timelines == TIMELINES
    assert tally.as_played >= TIMELINES // 5
    for met in (tally.released, tally.taken_back, tally.in_the_last_second, tally.clocks_set):
        assert met > 0


@pytest.mark.parametrize(
    "plant",
    [
        bugs.count_what_did_not_run,
        bugs.release_without_a_word,
        bugs.keep_words_after_the_owner_is_heard,
        bugs.veto_for_ever,
        bugs.leave_trading_as_it_is,
    ],
)
async def test_a_broken_promise_is_found(
    monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    with pytest.raises(AssertionError, match="seed"):
        await check(range(ENOUGH))
