"""Keep patterns in memory."""

from ports.patterns import PatternRecord


class MemoryPatternStates:
    """The latest pattern of each symbol, for as long as the process lives (port PatternStates)."""

    def __init__(self) -> None:
        self._kept: dict[str, PatternRecord] = {}

    async def get(self, symbol: str, *, lap: int) -> PatternRecord | None:
        """Return the pattern of a lap."""
        kept = self._kept.get(symbol)
        return kept if kept is not None and kept.lap == lap else None

    async def save(self, kept: PatternRecord) -> None:
        """Keep a pattern in place of an earlier one."""
        known = self._kept.get(kept.symbol)
        if known is None or kept.place > known.place:
            self._kept[kept.symbol] = kept
