"""Answers for accounts over memory: two tenants, a portfolio each, and a market."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from adapters.memory.account_directory import MemoryAccountDirectory
from adapters.memory.ledger import MemoryLedger
from application.accounts.facade import AccountSummary, AccountUseCases
from application.accounts.open_account import AccountOpening, Deposit, OpenAccount, ReferenceUsed
from application.orders.read_power import ReadBuyingPower
from domain.accounts.account import Portfolio
from domain.accounts.book import AccountBook
from domain.audit.entry import AuditEntry
from domain.market.prices import Quote
from tests import builders
from tests.rig import Rig

TODAY = date(2013, 3, 4)


@dataclass(slots=True)
class AccountContext:
    """One tenant's use cases, with a stranger beside it."""

    rig: Rig = field(default_factory=Rig)
    portfolio: Portfolio = field(init=False)
    strangers: Portfolio = field(init=False)

    def __post_init__(self) -> None:
        self.portfolio = builders.portfolio(tenant_id=self.tenant_id)
        self.strangers = builders.portfolio(tenant_id=builders.new_id())
        for one in (self.portfolio, self.strangers):
            self.rig.database.portfolios[one.id] = one

    @property
    def tenant_id(self) -> UUID:
        """Whose accounts these are."""
        return self.rig.tenant_id

    @property
    def account_id(self) -> UUID:
        """The account that is there from the start, with 100,000 in cash."""
        return self.rig.account_id

    @property
    def cases(self) -> AccountUseCases:
        """What is tested."""
        rig = self.rig
        opening = AccountOpening(
            book_store=rig.context.book_store,
            directory=MemoryAccountDirectory(rig.link),
            journal=MemoryLedger(rig.link),
            brokers=("paper", "real"),
            paper=("paper",),
            clock=rig.clock,
            market_clock=rig.market,
            ids=rig.context.ids,
            today=lambda: TODAY,
            currencies=lambda: frozenset({"USD"}),
        )
        return AccountUseCases(
            book_store=rig.context.book_store,
            directory=MemoryAccountDirectory(rig.link),
            journal=MemoryLedger(rig.link),
            latches=rig.latches,
            view=rig.market,
            market_clock=rig.market,
            opening=opening,
            power=ReadBuyingPower(gatekeeper=rig.gatekeeper, clock=rig.clock),
        )

    @property
    def audit(self) -> list[AuditEntry]:
        """What was written of who did what."""
        return self.rig.database.audit

    def stored(self, account_id: UUID | None = None) -> AccountBook:
        """Return a book as it lies in storage."""
        return self.rig.database.books[account_id or self.account_id]

    def hold(self, book: AccountBook) -> None:
        """Put a book in the place of the account's own."""
        self.rig.database.books[self.account_id] = book

    def quote(self, symbol: str, last: int | str) -> None:
        """Let the market price a symbol."""
        price = Decimal(last)
        at = self.rig.market.now()
        self.rig.market.record(Quote(symbol=symbol, bid=price, ask=price, last=price, at=at))

    def asked(self, **given: Any) -> OpenAccount:
        """Ask for an account; any field may be given."""
        fields: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "actor": "user:ada",
            "portfolio_id": self.portfolio.id,
            "name": "Growth",
        }
        return OpenAccount(**{**fields, **given})

    async def deposit(
        self, amount: int | str, *, reference: str = "r-1", **given: Any
    ) -> AccountSummary | ReferenceUsed:
        """Put money in."""
        fields: dict[str, Any] = {
            "tenant_id": self.tenant_id,
            "actor": "user:ada",
            "account_id": self.account_id,
            "amount": Decimal(amount),
            "reference": reference,
            "trace_id": "t-9",
        }
        return await self.cases.deposit(Deposit(**{**fields, **given}))
