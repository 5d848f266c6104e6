"""Hold daily prices and check that they make up a market that can be replayed."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Session, Split
from domain.shared.values import LARGEST
from ports.market import Calendars, MarketDataCorrupt, OutsideCalendar

Action = TypeVar("Action", bound=Split | Dividend)


@dataclass(frozen=True, slots=True)
class DailyPrice:
    """One symbol's raw prices of one day; volume in shares as they were that day."""

    date: date
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which files a history was read from, so that what is wrong with it can be found.

    files: each symbol's prices, the first of them in line 2. lines: each split's and each
    dividend's file and line.
    """

    files: Mapping[str, str]
    lines: Mapping[Split | Dividend, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceHistory:
    """What a replay plays: instruments of one calendar, daily prices, splits and dividends.

    One with an origin may have gaps: on a session without a price the symbol does not trade.
    """

    calendar: str
    instruments: tuple[Instrument, ...]
    prices: Mapping[str, Sequence[DailyPrice]]
    splits: tuple[Split, ...]
    dividends: tuple[Dividend, ...] = ()
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingDay:
    """One session: hours, splits, dividends, and the prices of every symbol that traded."""

    date: date
    opens_at: datetime
    closes_at: datetime
    splits: tuple[Split, ...]
    prices: tuple[tuple[Instrument, DailyPrice], ...]
    dividends: tuple[Dividend, ...] = ()


def trading_days(history: PriceHistory, *, calendars: Calendars) -> tuple[TradingDay, ...]:
    """Line the prices up with the calendar, symbols in order; raise MarketDataCorrupt.

    A symbol must have a price on every session between its first and its last one, and
    on no other day; a split and a dividend must fall on such a day. Where the history has an
    origin, sessions may lack, and what happens outside of its days is left out.
    """
    instruments = {each.symbol: each for each in history.instruments}
    by_date: dict[date, list[tuple[Instrument, DailyPrice]]] = {}
    for symbol in sorted(history.prices):
        instrument = instruments.get(symbol)
        if instrument is None:
            raise MarketDataCorrupt(f"{symbol} has prices but no instrument describes it")
        for price in history.prices[symbol]:
            _check_price(price, symbol=symbol)
            by_date.setdefault(price.date, []).append((instrument, price))
    if not by_date:
        raise MarketDataCorrupt("the price history is empty")
    sessions = _sessions(
        history.calendar, first=min(by_date), last=max(by_date), calendars=calendars
    )
    if history.origin is None:
        _check_dates(history, sessions=sessions)
        _check_splits(history)
    else:
        _check_lines(history, origin=history.origin, dates={each.date for each in sessions})
    splits, dividends = _by_date(history.splits), _by_date(history.dividends)
    return tuple(
        TradingDay(
            date=each.date,
            opens_at=each.opens_at,
            closes_at=each.closes_at,
            splits=tuple(splits.get(each.date, ())),
            prices=tuple(by_date.get(each.date, ())),
            dividends=tuple(dividends.get(each.date, ())),
        )
        for each in sessions
    )


def _by_date(actions: Sequence[Action]) -> Mapping[date, list[Action]]:
    found: dict[date, list[Action]] = {}
    for each in actions:
        found.setdefault(each.ex_date, []).append(each)
    return found


def _sessions(calendar: str, *, first: date, last: date, calendars: Calendars) -> list[Session]:
    sessions: list[Session] = []
    # A session that opens on the evening before still has the first date.
    at = datetime.combine(first, time(), UTC)
    try:
        while True:
            session = calendars.session(calendar, at=at)
            if session.date > last:
                return sessions
            if session.date >= first:
                sessions.append(session)
            at = session.closes_at
    except OutsideCalendar as error:
        # The last session known has no next one; what it lacks, the check of dates finds.
        if sessions:
            return sessions
        raise MarketDataCorrupt(f"prices begin on {first}: {error}") from error


def _check_dates(history: PriceHistory, *, sessions: Sequence[Session]) -> None:
    dates = [each.date for each in sessions]
    for symbol, prices in history.prices.items():
        if not prices:
            raise MarketDataCorrupt(f"{symbol} has no prices")
        have = [price.date for price in prices]
        want = [each for each in dates if have[0] <= each <= have[-1]]
        if have != want:
            wrong = sorted(set(have) ^ set(want)) or sorted(have)
            raise MarketDataCorrupt(
                f"{symbol} must have one price per session of {history.calendar}, in order;"
                f" it differs on {wrong[0]} and {len(wrong) - 1} more days"
            )


def _check_lines(history: PriceHistory, *, origin: Origin, dates: AbstractSet[date]) -> None:
    """Raise MarketDataCorrupt, with file and line, for a day on which nothing is traded."""
    for symbol, prices in history.prices.items():
        for line, price in enumerate(prices, start=2):
            if price.date not in dates:
                raise MarketDataCorrupt(
                    f"{origin.files[symbol]} line {line}: {price.date} must be a session of"
                    f" {history.calendar}, which is closed on that day"
                )
    actions: list[Split | Dividend] = [*history.splits, *history.dividends]
    for each in actions:
        if each.ex_date not in dates and min(dates) < each.ex_date < max(dates):
            raise MarketDataCorrupt(
                f"{origin.lines[each]}: {each.ex_date} must be a session of {history.calendar},"
                " which is closed on that day"
            )


def _check_splits(history: PriceHistory) -> None:
    told: list[tuple[str, Split | Dividend]] = [("split", split) for split in history.splits]
    told += [("dividend", dividend) for dividend in history.dividends]
    for what, each in told:
        dates = {price.date for price in history.prices.get(each.symbol, ())}
        if each.ex_date not in dates:
            raise MarketDataCorrupt(
                f"the {what} of {each.symbol} on {each.ex_date} falls on a day without prices"
            )


def _check_price(price: DailyPrice, *, symbol: str) -> None:
    """Raise MarketDataCorrupt for what is no price, before anything of the history is told."""
    low, high = price.low, price.high
    try:
        fits = (
            0 < low <= price.open <= high < LARGEST
            and low <= price.close <= high
            and 0 <= price.volume < LARGEST
        )
    except InvalidOperation:  # what comparing with NaN raises
        fits = False
    if not fits:
        told = (price.open, high, low, price.close, price.volume)
        raise MarketDataCorrupt(
            f"{symbol} on {price.date}: 0 < low <= open, close <= high and a volume of 0 or more"
            f" must hold, not {', '.join(map(str, told))}"
        )
