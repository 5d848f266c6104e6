"""Turn the rows of a folder's tables into prices, instruments and corporate actions.

A row comes as text, a cell for each column; what is wrong with it is raised as RowFault, which
says what would be right. Whoever reads the file adds its name and the line.
"""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from adapters.market_data.calendars import DAILY_CALENDARS
from adapters.market_data.replay.history import DailyPrice
from domain.market.instruments import Instrument
from domain.market.prices import Dividend, Split
from domain.shared.values import InvalidValue, checked_symbol

BAR_COLUMNS = ("time", "open", "high", "low", "close", "volume")
INSTRUMENT_COLUMNS = ("symbol", "name", "sector", "currency", "tick", "lot", "calendar")
ACTION_COLUMNS = ("ex_date", "kind", "numerator", "denominator", "amount")
# Prices on both sides of one must be of use: none is known that went as far.
_SPLIT_MAX = 10_000

DEFAULT_CALENDAR = "XNYS"
DEFAULT_CURRENCY = "USD"
# Everything without a sector counts as one, so that a limit per sector holds it too.
UNCLASSIFIED = "unclassified"

# No calendar of ours goes back further, or is known further ahead.
FIRST_DAY, LAST_DAY = date(1970, 1, 2), date(2099, 12, 31)

# Stricter than Decimal(): no sign, exponent, NaN, underscore or space. A price of nine places
# times a lot of nine still fits the eighteen of storage.
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?", re.ASCII)
_VOLUME = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)
_TEXT_MAX = 100
_SHOWN_MAX = 40


class RowFault(Exception):
    """A row or a file that cannot be taken, and what would be right."""


def price_of(row: Sequence[str], *, after: date | None) -> DailyPrice:
    """Return the day's prices; its date must lie behind `after`. Raises RowFault."""
    time, *fields, volume = row
    day = _day(time, name="time")
    if after is not None and day <= after:
        wrong = "is there twice" if day == after else f"follows {after}"
        raise RowFault(f"the dates must rise, one row a day, but {day} {wrong}")
    opening, high, low, close = (
        _number(field, name=name) for name, field in zip(BAR_COLUMNS[1:5], fields, strict=True)
    )
    if not low <= min(opening, close) <= max(opening, close) <= high:
        shown = ", ".join(fields)
        raise RowFault(
            f"low <= open, close <= high must hold, not open, high, low, close = {shown}"
        )
    if not _VOLUME.fullmatch(volume):
        raise RowFault(f"volume must be a plain number, 0 or more, not {shortened(volume)}")
    return DailyPrice(day, opening, high, low, close, Decimal(volume))


def instrument_of(row: Sequence[str]) -> Instrument:
    """Return the instrument; an empty cell takes the default. Raises RowFault."""
    symbol, name, sector, currency, tick, lot, calendar = row
    for column, text in (("name", name), ("sector", sector)):
        if len(text) > _TEXT_MAX or not text.isprintable():
            raise RowFault(f"{column} must be at most {_TEXT_MAX} printable characters")
    if currency and not _CURRENCY.fullmatch(currency):
        raise RowFault(f"currency must be three capitals such as USD, not {shortened(currency)}")
    if calendar and calendar not in DAILY_CALENDARS:
        known = ", ".join(DAILY_CALENDARS)
        raise RowFault(f"calendar must be one of {known}, not {shortened(calendar)}")
    units = _number(lot, name="lot") if lot else Decimal(1)
    try:
        return Instrument(
            symbol=symbol,
            name=name.strip() or symbol,
            sector=sector.strip() or UNCLASSIFIED,
            currency=currency or DEFAULT_CURRENCY,
            tick=_number(tick, name="tick") if tick else Decimal("0.01"),
            lot=units,
            min_quantity=units,
            calendar=calendar or DEFAULT_CALENDAR,
        )
    except InvalidValue as unfit:
        # The least quantity is the lot.
        raise RowFault(str(unfit).replace("min_quantity", "lot")) from None


def undescribed(symbol: str) -> Instrument:
    """Return the instrument of a symbol that no row describes."""
    return instrument_of((symbol, "", "", "", "", "", ""))


def action_of(row: Sequence[str], *, symbol: str) -> Split | Dividend:
    """Return the split or the dividend of one share. Raises RowFault."""
    ex_date, kind, numerator, denominator, amount = row
    day = _day(ex_date, name="ex_date")
    if kind == "split":
        if amount:
            raise RowFault("amount must be empty for a split")
        parts = (
            _number(numerator, name="numerator"),
            _number(denominator, name="denominator"),
        )
        if max(parts) > _SPLIT_MAX * min(parts):
            raise RowFault(f"a split may be at most {_SPLIT_MAX} for one, either way")
        return Split(symbol=symbol, ex_date=day, numerator=parts[0], denominator=parts[1])
    if kind == "dividend":
        if numerator or denominator:
            raise RowFault("numerator and denominator must be empty for a dividend")
        return Dividend(symbol=symbol, ex_date=day, amount=_number(amount, name="amount"))
    raise RowFault(f"kind must be split or dividend, not {shortened(kind)}")


def symbol_of(text: str) -> str:
    """Return the symbol that a file's name says; raises RowFault."""
    try:
        return checked_symbol(text)
    except InvalidValue as unfit:
        raise RowFault(f"the name must be a symbol, which {unfit.problem}") from None


def shortened(text: str) -> str:
    """Quote what a file says, so that neither its length nor its bytes harm a terminal."""
    return repr(text) if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]!r}…"


def _day(text: str, *, name: str) -> date:
    try:
        # fromisoformat alone also takes 20000301 and 2000-W09-3.
        day = date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        day = None
    if day is None:
        raise RowFault(f"{name} must be a date such as 2000-03-01, not {shortened(text)}")
    if not FIRST_DAY <= day <= LAST_DAY:
        raise RowFault(f"{name} must be from {FIRST_DAY} to {LAST_DAY}, not {day}")
    return day


def _number(text: str, *, name: str) -> Decimal:
    value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(0)
    if value <= 0:
        raise RowFault(
            f"{name} must be a plain number above 0 with at most 9 digits before the point and 9"
            f" behind it, not {shortened(text)}"
        )
    return value
