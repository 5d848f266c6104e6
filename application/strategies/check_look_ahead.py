"""Recompute a strategy's scores on cut-off history, and name every day that looked ahead."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.market.prices import Bar
from domain.strategies.look_ahead import LookAhead, cuts_of, differing

# One score for each bar that is given, oldest first.
Scores = Callable[[Sequence[Bar]], Awaitable[Sequence[float | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAheadReport:
    """What was looked at, and each day that a later one changed, as the first cut showed it."""

    symbol: str
    bars: int
    scored: int
    cuts: int
    found: tuple[LookAhead, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckLookAhead:
    """Compare what is said of a whole history with what is said of its beginnings.

    cuts_max: of how many beginnings; a look ahead by h days is found for certain where every h
    days there is a cut.
    """

    scores: Scores
    cuts_max: int

    async def __call__(self, symbol: str, bars: Sequence[Bar]) -> LookAheadReport:
        """Return the report of one symbol."""
        days = [one.closed_at for one in bars]
        whole = await self.scores(bars)
        cuts = cuts_of(len(bars), most=self.cuts_max)
        found: dict[datetime, LookAhead] = {}
        for count in cuts:
            cut = await self.scores(bars[:count])
            for one in differing(symbol, days, whole=whole, cut=cut):
                found.setdefault(one.at, one)
        return LookAheadReport(
            symbol=symbol,
            bars=len(bars),
            scored=sum(one is not None for one in whole),
            cuts=len(cuts),
            found=tuple(found[at] for at in sorted(found)),
        )
