"""Name what the use cases of accounts' margin share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import AccountNotFound, BookStore
from application.shared.change import Changes
from domain.accounts.account import Account
from domain.accounts.account_margin import AccountMargin, usual_margin
from domain.accounts.book import AccountBook
from domain.accounts.margin_book import Marks, margin_book
from domain.margin.assess import assess
from domain.margin.assessment import Assessment
from domain.margin.rulebook import NoTable, Rulebook
from domain.market.prices import Quote
from domain.risk.opening_margin import FindRulebook
from domain.risk.portfolio import daily_returns, volatility
from ports.accounts import AccountDirectory
from ports.margin import MARGIN_ACCOUNTS, SaleTaxes
from ports.market import Instruments, MarketClock, MarketView, ReadLap
from ports.work import Look

# Days of prices behind a volatility.
HISTORY_DAYS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginContext:
    """Where margin is worked out: books, rulebooks, the market, what selling costs in tax."""

    changes: Changes
    book_store: BookStore
    directory: AccountDirectory
    instruments: Instruments
    view: MarketView
    market_clock: MarketClock
    lap: ReadLap
    rulebook: FindRulebook
    taxes: SaleTaxes

    async def account(self, *, tenant_id: UUID, account_id: UUID) -> Account:
        """Return an account; raises AccountNotFound."""
        found = await self.directory.find(tenant_id=tenant_id, account_id=account_id)
        if found is None:
            raise AccountNotFound(account_id)
        return found

    async def setting(self, look: Look, account: Account) -> AccountMargin:
        """Return how the account is margined."""
        found = await look.records(MARGIN_ACCOUNTS).get(account.id)
        return usual_margin(account) if found is None else found

    def today(self) -> date:
        """Return the market's date, by which calls are due."""
        return self.market_clock.now().date()

    def rules_day(self) -> date:
        """Return the day whose rules hold: ours, also while past prices are replayed."""
        return self.changes.clock.now().date()

    def rulebook_of(self, account: Account, setting: AccountMargin) -> Rulebook | NoTable:
        """Return the version of the account's rulebook that holds today."""
        return self.rulebook(setting.rulebook, account.broker, self.rules_day())

    def assessed(
        self,
        book: AccountBook,
        *,
        setting: AccountMargin,
        quantities: Mapping[str, Decimal] | None = None,
        marks: Marks | None = None,
    ) -> Assessment | NoTable:
        """Return what the book takes, or would with these quantities; or what is missing."""
        rulebook = self.rulebook_of(book.account, setting)
        if isinstance(rulebook, NoTable):
            return rulebook
        made = margin_book(book, marks=marks or self.marks(book), quantities=quantities)
        if isinstance(made, NoTable):
            return made
        return assess(made, rulebook=rulebook, on=self.rules_day())

    def marks(self, book: AccountBook, *, with_volatility: bool = False) -> Marks:
        """Return the last prices of what a book holds; none holds for a book of another lap."""
        quotes: dict[str, Quote] = {}
        if book.lap == self.lap():
            for symbol in book.positions:
                instrument = self.instruments.find(symbol)
                under = instrument.option.underlying if instrument and instrument.option else None
                for one in (symbol, under):
                    if one is not None and (quote := self.view.quote(one)) is not None:
                        quotes[one] = quote
        volatility = self.volatility if with_volatility else _no_volatility
        return Marks(
            instrument=self.instruments.find,
            quote=quotes.get,
            volatility=volatility,
            quotes=quotes,
        )

    def volatility(self, symbol: str) -> float | None:
        """Return the deviation of a symbol's daily returns, None where too few are known."""
        returns = daily_returns({symbol: self.view.bars(symbol, count=HISTORY_DAYS + 1)})
        if returns is None:
            return None
        found = float(volatility(returns, symbol=symbol))
        return found if found > 0 else None


def _no_volatility(symbol: str) -> float | None:
    del symbol
    return None
