"""Tell what accounts hold from the books that are kept here."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from application.accounts.book_store import BookStore
from domain.accounts.book import AccountBook
from domain.accounts.valuation import MissingPrice, value_book
from domain.risk.buying_power import BuyingPower
from domain.risk.lines import counts_as_resting, line_of
from ports.holdings import Holding, HoldingUnknown
from ports.market import MarketView


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnHoldings:
    """Our own books at the latest prices (port Holdings)."""

    book_store: BookStore
    view: MarketView
    power: Callable[[AccountBook], Awaitable[BuyingPower]]

    async def of(
        self, *, tenant_id: UUID, account_id: UUID, symbol: str
    ) -> Holding | HoldingUnknown:
        """Return the account's figures; raises AccountNotFound."""
        book = await self.book_store.read(tenant_id=tenant_id, account_id=account_id)
        quotes = {one: self.view.quote(one) for one in book.positions}
        prices = {one: quote.last for one, quote in quotes.items() if quote is not None}
        valued = value_book(book, price_of=prices.get)
        if isinstance(valued, MissingPrice):
            return HoldingUnknown(f"no price of {valued.symbol}")
        power = await self.power(book)
        if power.amount is None:
            return HoldingUnknown(power.missing)
        orders = (one for one in book.orders.values() if one.symbol == symbol)
        line = line_of(
            position=book.position(symbol),
            resting=tuple(one for one in orders if counts_as_resting(one)),
            # Units are asked for, not what they are worth.
            instrument=None,
            quote=None,
            currency=book.account.currency,
        )
        units = line.figures
        return Holding(
            equity=valued.equity, power=power.amount, held=units.position, selling=units.sells
        )
