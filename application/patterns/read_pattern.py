"""Show a symbol's pattern and the latest signals that it fired."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from domain.shared.refusals import Absent
from domain.signals.signal import PATTERNS, PublishedSignal, SignalFilter
from ports.market import Instruments, ReadLap
from ports.patterns import PatternRecord, PatternStates
from ports.signals import SignalArchive

SIGNALS_SHOWN = 100


class PatternNotFound(Absent):
    """No such symbol, or the market has told nothing of it yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownPattern:
    """A pattern, and its signals, newest first."""

    kept: PatternRecord
    signals: Sequence[PublishedSignal]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPattern:
    """What may be asked of patterns."""

    states: PatternStates
    archive: SignalArchive
    instruments: Instruments
    lap: ReadLap

    async def get(self, symbol: str, *, tenant_id: UUID) -> ShownPattern:
        """Return a symbol's pattern; raises PatternNotFound."""
        if self.instruments.find(symbol) is None:
            raise PatternNotFound(f"no instrument {symbol}")
        kept = await self.states.get(symbol, lap=self.lap())
        if kept is None:
            raise PatternNotFound(f"the market has told nothing of {symbol} yet")
        wanted = SignalFilter(symbol=symbol, source=PATTERNS)
        signals = await self.archive.page(wanted, tenant_id=tenant_id, limit=SIGNALS_SHOWN)
        return ShownPattern(kept=kept, signals=signals)
