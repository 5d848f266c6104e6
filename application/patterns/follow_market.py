"""Bring every symbol's pattern up with the market, and publish what fires."""

import math
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from application.shared.asker import Asker
from application.signals.publish import PublishSignal, SignalFields
from domain.market.prices import (
    Bar,
    MarketEvent,
    ReplayBegan,
    SplitEffective,
    TradedVolume,
    event_time,
)
from domain.shared.values import InvalidValue
from domain.signals.pattern import Pattern, PatternBar, session_of
from domain.signals.signal import PATTERNS
from ports.market import ReadLap
from ports.patterns import PatternRecord, PatternStates
from ports.time import Clock

ACTOR = "patterns"
# Between two trades that fire nothing what is known need not be kept: they come again.
_SAVE_EVERY_S = 1.0
_SCORE_DIGITS = 12
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
Step = Bar | TradedVolume | SplitEffective


@dataclass(slots=True)
class _SymbolProgress:
    """A symbol in this life: how far it got, and the events of its latest time."""

    kept: PatternRecord
    saved: PatternRecord
    saved_s: float = -math.inf
    at: datetime = _BEFORE_ALL
    seen: list[MarketEvent] = field(default_factory=list)

    def place_of(self, event: MarketEvent, *, lap: int, at: datetime) -> tuple[int, datetime, int]:
        """Return where an event stands: one that comes again stands where it stood."""
        if at != self.at:
            self.at, self.seen = at, []
        if event not in self.seen:
            self.seen.append(event)
        return lap, at, self.seen.index(event) + 1


@dataclass(slots=True, kw_only=True)
class FollowMarket:
    """Take in the market's events; told again, they change nothing and fire nothing twice.

    An event is known by its time and its number among its symbol's events of that time. What
    fires is published under that name before the state behind it is kept: a crash between the
    two finds the signal there, and goes on. reads_ticks: each trade is a step, else each bar.
    """

    states: PatternStates
    lap: ReadLap
    clock: Clock
    reads_ticks: bool
    # None: what fires is kept to oneself.
    publish: PublishSignal | None
    tenants: Callable[[], Awaitable[Sequence[UUID]]]
    on_unfit: Callable[[str, InvalidValue], None]
    _followed: dict[str, _SymbolProgress] = field(default_factory=dict, init=False)
    _lap: int = field(default=1, init=False)

    async def __call__(self, event: MarketEvent) -> None:
        """Take in one market event; raises StorageUnavailable: let it come again."""
        match event:
            case ReplayBegan() if event.lap != self._lap:
                # Told with every run: what is known of its own lap stays.
                self._followed.clear()
                self._lap = event.lap
            case SplitEffective():
                await self._step(event, symbol=event.split.symbol)
            case Bar() if not self.reads_ticks:
                await self._step(event, symbol=event.symbol)
            case TradedVolume() if self.reads_ticks:
                await self._step(event, symbol=event.symbol)
            case Bar() if event.symbol in self._followed:
                # Its day is over, and may not come again.
                await self._save(self._followed[event.symbol])
            case _:
                return

    async def _step(self, event: Step, *, symbol: str) -> None:
        lap, at = self.lap(), event_time(event)
        one = await self._of(symbol, lap=lap)
        place = one.place_of(event, lap=lap, at=at)
        if place <= one.kept.place:
            # It was taken in; what was not kept then is kept now.
            if place == one.kept.place:
                await self._save(one)
            return
        pattern = Pattern.of(one.kept.state)
        try:
            taken = _take(event, pattern=pattern, known=one.kept)
        except InvalidValue as problem:
            self.on_unfit(symbol, problem)
            return
        kept = replace(taken, lap=lap, at=at, number=place[2], state=pattern.state())
        bar = None if isinstance(event, SplitEffective) else kept.bar
        fires = bar is not None and bar.fires
        if bar is not None and fires:
            await self._publish(kept, bar)
        one.kept = kept
        due = self.clock.monotonic() - one.saved_s >= _SAVE_EVERY_S
        if due or fires or not self.reads_ticks:
            await self._save(one)

    async def _of(self, symbol: str, *, lap: int) -> _SymbolProgress:
        one = self._followed.get(symbol)
        if one is None:
            saved = await self.states.get(symbol, lap=lap)
            kept = saved or _new(symbol, lap=lap)
            one = _SymbolProgress(kept=kept, saved=kept)
            self._followed[symbol] = one
        return one

    async def _save(self, one: _SymbolProgress) -> None:
        if one.saved is not one.kept:
            await self.states.save(one.kept)
            one.saved, one.saved_s = one.kept, self.clock.monotonic()

    async def _publish(self, kept: PatternRecord, bar: PatternBar) -> None:
        if self.publish is None or bar.score is None:
            return
        fields = SignalFields(
            symbol=kept.symbol,
            score=round(Decimal(repr(bar.score)), _SCORE_DIGITS),
            source=PATTERNS,
            timestamp=kept.at,
            meta={
                name: repr(value)
                for name in ("ema_fast", "ema_slow", "vwap", "sigma")
                if (value := getattr(bar, name)) is not None
            },
        )
        told_as = f"{PATTERNS} {kept.symbol} {kept.lap} {kept.at.isoformat()} {kept.number}"
        for tenant_id in await self.tenants():
            by = Asker(tenant_id=tenant_id, actor=ACTOR)
            await self.publish.announce(fields, by=by, told_as=told_as)


def _take(event: Step, *, pattern: Pattern, known: PatternRecord) -> PatternRecord:
    """Take a step; raises InvalidValue for a price that none can be taken with."""
    match event:
        case SplitEffective():
            pattern.restate(float(event.split.ratio))
            return known
        case Bar():
            price = float(event.high + event.low + event.close) / 3
        case TradedVolume():
            price = float(event.path[-1])
    volume = float(event.volume)
    session = session_of(event_time(event))
    bar = pattern.update(price=price, volume=volume, session=session)
    return replace(known, bar=bar, price=price, volume=volume)


def _new(symbol: str, *, lap: int) -> PatternRecord:
    return PatternRecord(
        symbol=symbol,
        lap=lap,
        at=_BEFORE_ALL,
        number=0,
        state=Pattern().state(),
        bar=None,
        price=None,
        volume=None,
    )
