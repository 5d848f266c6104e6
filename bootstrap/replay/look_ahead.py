"""Check a strategy on a market's history for looking ahead."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from adapters.market_data.replay.history import trading_days
from application.strategies.check_look_ahead import CheckLookAhead, LookAheadReport, Scores
from application.strategies.score_bars import score_bars
from bootstrap.areas.strategies import build_own
from bootstrap.replay.market import ReplayMarket, load_market
from bootstrap.replay.stored import class_of, stored_strategy, symbols_of
from bootstrap.replay.strategy import KINDS
from bootstrap.settings.sections import Settings
from domain.market.prices import Bar
from domain.shared.values import ONE, InvalidValue
from domain.strategies.factors import WEIGHTS
from domain.strategies.strategy import Strategy, StrategyKind
from ports.own_strategies import OwnStrategies


async def check_strategy(
    name: str, *, symbols: tuple[str, ...], folder: Path | None, cuts_max: int
) -> Sequence[LookAheadReport]:
    """Check a kind, an own class or a stored strategy, on each symbol.

    A stored one is checked on its own symbols, by its own weights. Raises MarketDataCorrupt,
    InvalidValue, OwnStrategyFailed.
    """
    own = build_own(settings=Settings())
    stored = await stored_strategy(name, own=own.names())
    if stored is None:
        scores = scores_of(name, own=own)
    else:
        scores = scores_of_stored(stored, own=own)
        symbols = symbols_of(stored, wanted=symbols)
    market = await load_market(symbols, folder=folder)
    check = CheckLookAhead(scores=scores, cuts_max=cuts_max)
    try:
        return [await check(symbol, bars) for symbol, bars in bars_of(market).items()]
    finally:
        await own.stop()


def scores_of_stored(stored: Strategy, *, own: OwnStrategies) -> Scores:
    """Return what scores bars as a stored strategy does; raises InvalidValue."""
    if stored.kind is StrategyKind.OWN:
        return scores_of(class_of(stored, own=own.names()), own=own)
    weights = stored.weights or WEIGHTS

    async def by_weights(bars: Sequence[Bar]) -> Sequence[float | None]:
        return score_bars(stored.kind, bars, weights=weights)

    return by_weights


def scores_of(name: str, *, own: OwnStrategies) -> Scores:
    """Return what scores bars by the name of a kind or of an own class; raises InvalidValue."""
    if name in KINDS:
        kind = StrategyKind(name)

        async def by_kind(bars: Sequence[Bar]) -> Sequence[float | None]:
            return score_bars(kind, bars)

        return by_kind
    if name not in (names := own.names()):
        known = ", ".join((*KINDS, *names))
        raise InvalidValue(field="name", problem=f"must be one of {known}, not {name}")

    async def by_class(bars: Sequence[Bar]) -> Sequence[float | None]:
        return await own.scores(name, bars)

    return by_class


def bars_of(market: ReplayMarket) -> dict[str, list[Bar]]:
    """Return the closed days of each symbol, all in the units of its last one."""
    found: dict[str, list[Bar]] = {}
    # A cut history is in the same units: that they are known later is no look ahead.
    ratios: dict[str, Decimal] = {}
    for day in reversed(trading_days(market.history, calendars=market.calendars)):
        for instrument, price in day.prices:
            ratio = ratios.get(instrument.symbol, ONE)
            found.setdefault(instrument.symbol, []).append(
                Bar(
                    symbol=instrument.symbol,
                    opened_at=day.opens_at,
                    closed_at=day.closes_at,
                    open=price.open / ratio,
                    high=price.high / ratio,
                    low=price.low / ratio,
                    close=price.close / ratio,
                    volume=price.volume * ratio,
                )
            )
        for split in day.splits:
            # In force from that day's open on.
            ratios[split.symbol] = ratios.get(split.symbol, ONE) * split.ratio
    return {symbol: bars[::-1] for symbol, bars in sorted(found.items())}
