"""Answer for accounts: what there is, what it holds and what it is worth."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from application.accounts.book_store import AccountNotFound, BookStore
from application.accounts.open_account import AccountOpening, Deposit, OpenAccount, ReferenceUsed
from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.ledger import LedgerTransaction
from domain.accounts.positions import Position
from domain.accounts.valuation import MissingPrice, Valuation, value_book
from domain.kill_switch.latch import level_over
from domain.risk.buying_power import BuyingPower
from domain.shared.values import ZERO
from ports.accounts import AccountDirectory, Ledger
from ports.kill_switch import Latches
from ports.market import MarketClock, MarketView


class TradingState(StrEnum):
    """Whether the account may trade."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSummary:
    """An account as of one book version and market time.

    valuation and what derives from it is None while a held symbol has no price. power is what
    the gate would still let be opened, or what is missing to say so.
    daily_pnl is None before the account's first trading day; drawdown is a fraction.
    """

    account: Account
    version: int
    as_of: datetime
    cash: Decimal
    valuation: Valuation | None
    unpriced: str | None
    power: BuyingPower
    daily_pnl: Decimal | None
    peak_equity: Decimal
    drawdown: Decimal | None
    trading_state: TradingState
    open_orders: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionView:
    """A position at the market's price, None where that is unknown."""

    position: Position
    price: Decimal | None
    market_value: Decimal | None
    unrealised_pnl: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountUseCases:
    """Everything that can be asked of accounts."""

    book_store: BookStore
    directory: AccountDirectory
    journal: Ledger
    latches: Latches
    view: MarketView
    market_clock: MarketClock
    opening: AccountOpening
    # What the gate leaves an account to open.
    power: Callable[[AccountBook], Awaitable[BuyingPower]]

    async def accounts(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Account]:
        """Return the tenant's accounts, oldest first; with among, these only."""
        return await self.directory.accounts(tenant_id=tenant_id, among=among)

    async def portfolios(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Portfolio]:
        """Return the tenant's portfolios, oldest first; with among, those of these accounts."""
        return await self.directory.portfolios(tenant_id=tenant_id, among=among)

    async def check(self, *, tenant_id: UUID, account_id: UUID | None) -> None:
        """Return if the tenant has the account, or none was named; raises AccountNotFound."""
        if account_id is None:
            return
        if await self.directory.find(tenant_id=tenant_id, account_id=account_id) is None:
            raise AccountNotFound(account_id)

    async def open(self, command: OpenAccount) -> Account:
        """Open an account; raises InvalidValue."""
        return await self.opening.open(command)

    async def add_portfolio(
        self, *, tenant_id: UUID, name: str, actor: str, trace_id: str = ""
    ) -> Portfolio:
        """Add a portfolio; raises InvalidValue."""
        return await self.opening.add_portfolio(
            tenant_id=tenant_id, name=name, actor=actor, trace_id=trace_id
        )

    async def deposit(self, command: Deposit) -> AccountSummary | ReferenceUsed:
        """Deposit into a paper account and return it afterwards."""
        done = await self.opening.deposit(command)
        if isinstance(done, ReferenceUsed):
            return done
        return await self.summary(tenant_id=command.tenant_id, account_id=command.account_id)

    async def summary(self, *, tenant_id: UUID, account_id: UUID) -> AccountSummary:
        """Return the account's figures now; raises AccountNotFound."""
        book = await self.book_store.read(tenant_id=tenant_id, account_id=account_id)
        engaged = await self.latches.engaged(tenant_id=tenant_id)
        level = level_over(
            engaged, tenant_id=tenant_id, account_id=account_id, broker=book.account.broker
        )
        valued = value_book(book, price_of=self._price)
        state = TradingState.ACTIVE if level is None else TradingState(level)
        power = await self.power(book)
        if isinstance(valued, MissingPrice):
            return self._summary(book, None, unpriced=valued.symbol, state=state, power=power)
        return self._summary(book, valued, unpriced=None, state=state, power=power)

    async def positions(self, *, tenant_id: UUID, account_id: UUID) -> Sequence[PositionView]:
        """Return the open positions by symbol; raises AccountNotFound."""
        book = await self.book_store.read(tenant_id=tenant_id, account_id=account_id)
        held = sorted(book.positions.values(), key=lambda position: position.symbol)
        return [self._position(position) for position in held if position.quantity]

    async def ledger(
        self, *, tenant_id: UUID, account_id: UUID, limit: int, after: UUID | None
    ) -> Sequence[LedgerTransaction]:
        """Return ledger transactions, newest first; raises AccountNotFound."""
        if await self.directory.find(tenant_id=tenant_id, account_id=account_id) is None:
            raise AccountNotFound(account_id)
        return await self.journal.transactions(
            tenant_id=tenant_id, account_id=account_id, limit=limit, after=after
        )

    def _summary(
        self,
        book: AccountBook,
        valued: Valuation | None,
        *,
        unpriced: str | None,
        state: TradingState,
        power: BuyingPower,
    ) -> AccountSummary:
        daily = drawdown = None
        peak = book.peak_equity
        if valued is not None:
            peak = max(peak, valued.equity)
            drawdown = (peak - valued.equity) / peak if peak > ZERO else ZERO
            daily = valued.equity - book.day.opening_equity if book.day else None
        return AccountSummary(
            account=book.account,
            version=book.version,
            as_of=self.market_clock.now(),
            cash=book.settled_cash,
            valuation=valued,
            unpriced=unpriced,
            power=power,
            daily_pnl=daily,
            peak_equity=peak,
            drawdown=drawdown,
            trading_state=state,
            open_orders=len(book.orders),
        )

    def _position(self, position: Position) -> PositionView:
        price = self._price(position.symbol)
        return PositionView(
            position=position,
            price=price,
            market_value=position.market_value(price) if price is not None else None,
            unrealised_pnl=position.unrealised_pnl(price) if price is not None else None,
        )

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.view.quote(symbol)
        return quote.last if quote is not None else None
