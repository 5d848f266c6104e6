"""A planted look ahead is named day by day, and what looks back only is not."""

import math
from collections.abc import Sequence

import pytest

from adapters.memory.own_strategies import OwnFunctions
from application.strategies.check_look_ahead import CheckLookAhead
from application.strategies.score_bars import score_bars
from bootstrap.replay.look_ahead import bars_of, scores_of
from domain.market.prices import Bar
from domain.shared.values import InvalidValue
from domain.strategies.strategy import StrategyKind
from tests.unit.bootstrap.replay.markets import two_waves

KINDS = (StrategyKind.FOLLOW, StrategyKind.EMA_CROSS, StrategyKind.MULTI_FACTOR)
BARS = bars_of(two_waves(days=90))["AAA"]


def peeking(bars: Sequence[Bar]) -> list[float | None]:
    """Score each day by the close of the day behind it, where that is there."""
    closes = [float(one.close) for one in bars]
    return [
        math.tanh(closes[min(day + 1, len(closes) - 1)] / close - 1)
        for day, close in enumerate(closes)
    ]


def normalising(bars: Sequence[Bar]) -> list[float | None]:
    """Score each day beside the mean of all days that are given."""
    closes = [float(one.close) for one in bars]
    mean = math.fsum(closes) / len(closes)
    return [math.tanh(close / mean - 1) for close in closes]


async def test_a_planted_look_ahead_is_named_on_every_day() -> None:
    async def scores(bars: Sequence[Bar]) -> Sequence[float | None]:
        return peeking(bars)

    report = await CheckLookAhead(scores=scores, cuts_max=len(BARS))("AAA", BARS)
    days = [one.closed_at for one in BARS]
    # Every day but the last, which has none behind it.
    moved = [days[day] for day in range(len(BARS) - 1) if BARS[day].close != BARS[day + 1].close]
    assert [one.at for one in report.found] == moved
    assert all(one.cut == 0 and one.whole != 0 for one in report.found)
    assert (report.bars, report.cuts) == (90, 89)


async def test_a_figure_of_the_whole_history_is_found_by_a_single_cut() -> None:
    async def scores(bars: Sequence[Bar]) -> Sequence[float | None]:
        return normalising(bars)

    report = await CheckLookAhead(scores=scores, cuts_max=1)("AAA", BARS)
    assert len(report.found) == 89


@pytest.mark.parametrize("kind", KINDS)
async def test_no_kind_of_ours_looks_ahead(kind: StrategyKind) -> None:
    async def scores(bars: Sequence[Bar]) -> Sequence[float | None]:
        return score_bars(kind, bars)

    report = await CheckLookAhead(scores=scores, cuts_max=len(BARS))("AAA", BARS)
    assert report.found == ()
    assert report.scored > 0


def test_a_name_that_is_none_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"must be one of follow, .* mine, not other"):
        scores_of("other", own=OwnFunctions({"mine": peeking}))
