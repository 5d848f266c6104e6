"""Record what each account is worth: at the close of a session and each quarter hour of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from application.accounts.book_store import BookStore
from domain.accounts.valuation import Valuation, value_book
from domain.market.prices import MarketEvent, Quote, SessionClosed, SessionOpened
from domain.performance.history import EquityPoint, quarter_of
from ports.accounts import AccountDirectory
from ports.market import MarketView, ReadLap
from ports.performance import EquityHistory


@dataclass(slots=True, kw_only=True)
class RecordEquity:
    """Follow the market's time for every account of some brokers.

    A quarter hour is recorded at the first that the market says in it, under its beginning and
    at the prices known then; one in which it says nothing is left out. Events that come again
    after a restart, or to a second process, find their points written. An account that holds
    what has no price has no point: nothing is guessed.
    """

    book_store: BookStore
    directory: AccountDirectory
    brokers: Sequence[str]
    view: MarketView
    lap: ReadLap
    history: EquityHistory
    # The lap and quarter hour that was recorded last.
    _last: tuple[int, datetime] | None = field(default=None, init=False)

    async def __call__(self, event: MarketEvent) -> None:
        """Take in one market event; one within a quarter hour that is recorded costs nothing."""
        match event:
            case SessionClosed():
                await self._record(event.at, closing=True)
            case SessionOpened() | Quote():
                quarter = (self.lap(), quarter_of(event.at))
                if quarter != self._last:
                    await self._record(quarter[1], closing=False)
                    # Only now: what could not be stored comes again.
                    self._last = quarter
            case _:
                return

    async def _record(self, at: datetime, *, closing: bool) -> None:
        points: list[EquityPoint] = []
        accounts = [
            account
            for broker in self.brokers
            for account in await self.directory.at_broker(broker=broker)
        ]
        for account in accounts:
            book = await self.book_store.read(tenant_id=account.tenant_id, account_id=account.id)
            valued = value_book(book, price_of=self._price)
            if book.lap == self.lap() and isinstance(valued, Valuation):
                points.append(
                    EquityPoint(
                        tenant_id=account.tenant_id,
                        account_id=account.id,
                        lap=book.lap,
                        at=at,
                        equity=valued.equity,
                        closing=closing,
                    )
                )
        if points:
            await self.history.add(points)

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.view.quote(symbol)
        return quote.last if quote is not None else None
