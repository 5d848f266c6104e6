"""Open accounts and put money into them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import AccountNotFound, BookStore
from domain.accounts.account import Account, AccountKind, Portfolio
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.accounts.ledger import (
    EntryKind,
    LedgerAccount,
    LedgerTransaction,
    cash_asset,
    transfer,
)
from domain.audit.entry import AuditEntry
from domain.orders.moves import MoveTimes
from domain.shared.values import LARGEST, ZERO, InvalidValue, plain, positive_decimal
from ports.accounts import AccountDirectory, Ledger, Stale
from ports.ids import Ids
from ports.market import MarketClock, ReadLap, only_lap
from ports.storage import ConstraintBroken
from ports.time import Clock

_CURRENCY = re.compile("[A-Z]{3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAccount:
    """Open an account in one of the tenant's portfolios."""

    tenant_id: UUID
    actor: str
    portfolio_id: UUID
    name: str
    # None is the broker of who names none.
    broker: str | None = None
    currency: str = "USD"
    kind: AccountKind = AccountKind.CASH
    leverage: Decimal = Decimal(1)
    # Open it although nothing is traded in its currency.
    without_trading: bool = False
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """Put money into a paper account; reference makes a repeated request harmless."""

    tenant_id: UUID
    actor: str
    account_id: UUID
    amount: Decimal
    reference: str
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferenceUsed:
    """The reference belongs to a deposit of another amount: nothing was booked."""

    reference: str
    booked: Decimal
    asked: Decimal

    @property
    def sentence(self) -> str:
        """What differs, in words."""
        return (
            f"reference {self.reference!r} belongs to a deposit of {plain(self.booked)},"
            f" not of {plain(self.asked)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpening:
    """Open accounts, add portfolios, deposit."""

    book_store: BookStore
    directory: AccountDirectory
    journal: Ledger
    # Where accounts can be opened, first where they are when no broker is named.
    brokers: Sequence[str]
    # Whose money is ours to give.
    paper: Sequence[str]
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    # The date of the market's current session, or of the next one when it is closed.
    today: Callable[[], date]
    # In which there is something to trade: an account trades only what is in its own.
    currencies: Callable[[], frozenset[str]]
    lap: ReadLap = only_lap

    async def open(self, command: OpenAccount) -> Account:
        """Open an account without money; raises InvalidValue."""
        if not 1 <= len(command.name) <= 100:
            raise InvalidValue(field="name", problem="must be 1 to 100 characters")
        broker = self.brokers[0] if command.broker is None else command.broker
        if broker not in self.brokers:
            known = ", ".join(sorted(self.brokers))
            raise InvalidValue(field="broker", problem=f"must be one of: {known}")
        if not _CURRENCY.fullmatch(command.currency):
            raise InvalidValue(field="currency", problem="must be an ISO 4217 code such as USD")
        traded = self.currencies()
        if command.currency not in traded and not command.without_trading:
            raise InvalidValue(
                field="currency",
                problem=f"is {command.currency}, in which nothing is traded here"
                f" ({', '.join(sorted(traded)) or 'nothing at all'} is): the account could never"
                " trade; open it all the same with without_trading",
            )
        portfolios = await self.directory.portfolios(tenant_id=command.tenant_id)
        if command.portfolio_id not in {portfolio.id for portfolio in portfolios}:
            raise InvalidValue(field="portfolio_id", problem="must be one of your portfolios")
        account = Account(
            id=self.ids.new(),
            tenant_id=command.tenant_id,
            portfolio_id=command.portfolio_id,
            name=command.name,
            broker=broker,
            created_at=self.clock.now(),
            currency=command.currency,
            kind=command.kind,
            leverage=command.leverage,
        )
        day = TradingDay(date=self.today(), opening_equity=ZERO)
        book = AccountBook(account=account, version=0, day=day, lap=self.lap())
        entry = AuditEntry(
            id=self.ids.new(),
            tenant_id=command.tenant_id,
            account_id=account.id,
            actor=command.actor,
            action="account.open",
            subject=str(account.id),
            at=account.created_at,
            trace_id=command.trace_id,
            after=(
                ("name", account.name),
                ("broker", account.broker),
                ("currency", account.currency),
                ("kind", account.kind.value),
                ("leverage", plain(account.leverage)),
                ("portfolio_id", str(account.portfolio_id)),
            ),
        )
        await self.directory.open(book=book, funding=None, audit=entry)
        return account

    async def add_portfolio(
        self, *, tenant_id: UUID, name: str, actor: str, trace_id: str = ""
    ) -> Portfolio:
        """Add a named portfolio; raises InvalidValue."""
        if not 1 <= len(name) <= 100:
            raise InvalidValue(field="name", problem="must be 1 to 100 characters")
        portfolio = Portfolio(
            id=self.ids.new(), tenant_id=tenant_id, name=name, created_at=self.clock.now()
        )
        entry = AuditEntry(
            id=self.ids.new(),
            tenant_id=tenant_id,
            actor=actor,
            action="portfolio.add",
            subject=str(portfolio.id),
            at=portfolio.created_at,
            trace_id=trace_id,
            after=(("name", name),),
        )
        await self.directory.add_portfolio(portfolio, audit=entry)
        return portfolio

    async def deposit(self, command: Deposit) -> Decimal | ReferenceUsed:
        """Book a deposit and return the cash after it; raises InvalidValue, AccountNotFound.

        One that is booked already, of the same amount, is not booked again.
        The opening equity and the peak rise with it: a deposit is no profit. Only paper
        accounts take deposits here; money reaches a real broker another way.
        """
        positive_decimal(command.amount, field="amount")
        if not 1 <= len(command.reference) <= 100:
            raise InvalidValue(field="reference", problem="must be 1 to 100 characters")
        account = await self.directory.find(
            tenant_id=command.tenant_id, account_id=command.account_id
        )
        if account is None:
            raise AccountNotFound(command.account_id)
        if account.broker not in self.paper:
            raise InvalidValue(field="account_id", problem="only paper accounts take deposits")
        try:
            changed: BookChange | Stale = await self.book_store.change(
                tenant_id=command.tenant_id,
                account_id=command.account_id,
                decide=lambda book: self._deposited(book, command),
            )
        except ConstraintBroken:
            booked = await self.journal.by_reference(
                tenant_id=command.tenant_id,
                account_id=command.account_id,
                kind=EntryKind.DEPOSIT,
                reference=_reference(command),
            )
            if booked is None:
                raise
            amount = _held(booked)
            if amount != command.amount:
                return ReferenceUsed(
                    reference=command.reference, booked=amount, asked=command.amount
                )
            book = await self.book_store.read(
                tenant_id=command.tenant_id, account_id=command.account_id
            )
            return book.settled_cash
        assert isinstance(changed, BookChange)
        return changed.book.settled_cash

    def _deposited(self, book: AccountBook, command: Deposit) -> BookChange:
        when = MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())
        draft = Draft(book=book, when=when, new_id=self.ids.new)
        draft.post(
            kind=EntryKind.DEPOSIT,
            postings=transfer(
                source=LedgerAccount.FUNDING,
                asset=cash_asset(book.account.currency),
                amount=command.amount,
            ),
            reference=_reference(command),
        )
        draft.audit(
            AuditEntry(
                id=self.ids.new(),
                tenant_id=command.tenant_id,
                account_id=command.account_id,
                actor=command.actor,
                action="account.deposit",
                subject=str(command.account_id),
                at=when.at,
                market_at=when.market_at,
                trace_id=command.trace_id,
                detail=(("amount", plain(command.amount)), ("reference", command.reference)),
                before=(("cash", plain(book.settled_cash)),),
                after=(("cash", plain(book.settled_cash + command.amount)),),
            )
        )
        cash = book.settled_cash + command.amount
        opening = book.day.opening_equity if book.day is not None else ZERO
        if max(cash, *(one + command.amount for one in (opening, book.peak_equity))) >= LARGEST:
            raise InvalidValue(
                field="amount", problem="must leave the account's money below 1e20 in all"
            )
        day = book.day
        if day is not None:
            day = replace(day, opening_equity=day.opening_equity + command.amount)
        return draft.done(day=day, peak_equity=book.peak_equity + command.amount)


def _reference(command: Deposit) -> str:
    return f"deposit:{command.reference}"


def _held(booked: LedgerTransaction) -> Decimal:
    return sum((one.amount for one in booked.postings if one.ledger is LedgerAccount.HOLDING), ZERO)


def first_deposit(
    *, transaction_id: UUID, account: Account, amount: Decimal, when: MoveTimes
) -> LedgerTransaction:
    """Make the deposit that an account is opened with."""
    return LedgerTransaction(
        id=transaction_id,
        tenant_id=account.tenant_id,
        account_id=account.id,
        kind=EntryKind.DEPOSIT,
        postings=transfer(
            source=LedgerAccount.FUNDING, asset=cash_asset(account.currency), amount=amount
        ),
        at=when.at,
        market_at=when.market_at,
        reference="deposit:opening",
    )
