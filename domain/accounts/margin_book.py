"""Put an account's book before its rulebook."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.accounts.book import AccountBook
from domain.margin.book import MarginBook, MarginPosition
from domain.margin.rulebook import NoTable
from domain.market.instruments import AssetClass, Instrument
from domain.market.prices import Quote
from domain.shared.values import ZERO

FindInstrument = Callable[[str], Instrument | None]
FindQuote = Callable[[str], Quote | None]
FindVolatility = Callable[[str], float | None]


def _unknown(symbol: str) -> float | None:
    del symbol
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """Where a book's symbols are looked up; each answers None for what is not known.

    volatility is the standard deviation of daily log returns.
    """

    instrument: FindInstrument
    quote: FindQuote
    volatility: FindVolatility = _unknown
    # The quotes themselves, where all of them are of one moment.
    quotes: Mapping[str, Quote] | None = None


def margin_book(
    book: AccountBook, *, marks: Marks, quantities: Mapping[str, Decimal] | None = None
) -> MarginBook | NoTable:
    """Return what is to be margined of a book, at the last prices, or which price is missing.

    With quantities the book is taken to hold these instead, traded at the last prices.
    """
    own = book.account.currency
    if any(amount < ZERO for currency, amount in book.cash.items() if currency != own):
        return NoTable(table="exchange rates", problem=f"there is no rate of a debt to {own}")
    cash = book.settled_cash
    held = quantities if quantities is not None else _held(book)
    positions: list[MarginPosition] = []
    for symbol in sorted({**dict.fromkeys(held), **dict.fromkeys(_held(book))}):
        quantity = held.get(symbol, ZERO)
        traded = quantity - book.position(symbol).quantity
        if not quantity and not traded:
            continue
        made = margin_position(symbol, quantity=quantity, marks=marks, currency=own)
        if isinstance(made, NoTable):
            return made
        cash -= traded * made.price * made.multiplier
        if made.asset_class is AssetClass.CRYPTO_PERP and quantity:
            # The books pay for a perpetual as for anything else; a wallet does not.
            entry = book.position(symbol).average_cost or made.price
            cash += quantity * entry * made.multiplier
            made = _entered(made, entry=entry)
        if quantity:
            positions.append(made)
    return MarginBook(cash=cash, positions=tuple(positions))


def margin_position(
    symbol: str, *, quantity: Decimal, marks: Marks, currency: str
) -> MarginPosition | NoTable:
    """Return a position of so many units at the last price, or what is missing."""
    instrument, quote = marks.instrument(symbol), marks.quote(symbol)
    if instrument is None:
        return NoTable(table="instruments", problem=f"{symbol} is not known", symbol=symbol)
    if instrument.currency != currency:
        problem = f"{symbol} trades in {instrument.currency}, the account is in {currency}"
        return NoTable(table="exchange rates", problem=problem, symbol=symbol)
    if quote is None or quote.last < ZERO or not (quote.last or instrument.option):
        return NoTable(table="prices", problem=f"{symbol} has no price", symbol=symbol)
    underlying: Decimal | None = None
    if instrument.option is not None:
        name = instrument.option.underlying
        under = marks.quote(name)
        if under is None or under.last <= ZERO:
            return NoTable(table="prices", problem=f"{name} has no price", symbol=name)
        underlying = under.last
    return MarginPosition(
        symbol=symbol,
        quantity=quantity,
        price=quote.last,
        asset_class=instrument.asset_class,
        multiplier=instrument.multiplier,
        option=instrument.option,
        underlying_price=underlying,
        volatility=marks.volatility(symbol),
    )


def _held(book: AccountBook) -> dict[str, Decimal]:
    return {symbol: one.quantity for symbol, one in book.positions.items() if one.quantity}


def _entered(position: MarginPosition, *, entry: Decimal) -> MarginPosition:
    return MarginPosition(
        symbol=position.symbol,
        quantity=position.quantity,
        price=position.price,
        asset_class=position.asset_class,
        multiplier=position.multiplier,
        entry_price=entry,
        volatility=position.volatility,
    )
