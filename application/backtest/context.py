"""Name what a run plays on: the application over one funded account, a market and a venue."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from application.accounts.book_store import BookStore
from application.accounts.keep_day import KeepDay
from application.orders.follow_reports import FollowReports
from application.orders.gatekeeper import Gatekeeper
from application.orders.run_dispatch import RunDispatch
from application.orders.submit import Submit
from application.orders.watermark import Watermark
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.market.prices import MarketEvent
from domain.risk.rule import Rule
from ports.broker import Report, VenuePosition
from ports.kill_switch import Latches
from ports.market import Instruments, MarketFeed, MarketView
from ports.orders import OrderArchive


class BacktestBroken(Exception):
    """The application contradicted itself or the venue: the run's figures mean nothing."""


class PlayedMarket(MarketFeed, MarketView, Protocol):
    """Past prices that are told again, and how many days of them there are."""

    @property
    def days_total(self) -> int: ...


class PlayedBroker(Protocol):
    """A broker that fills by the prices it is told, and misses none of its own reports."""

    async def on_market(self, event: MarketEvent) -> None: ...

    def reports(self, *, after: int) -> AsyncIterator[Report]: ...

    async def positions(self, *, account_id: str) -> Sequence[VenuePosition]: ...


class PlayedVenue(Protocol):
    """What knows how many reports there are by now."""

    @property
    def sequence(self) -> int: ...


class Balances(Protocol):
    """What the ledger holds of each asset."""

    async def balances(self, *, tenant_id: UUID, account_id: UUID) -> Mapping[str, Decimal]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestContext:
    """The application of one run, with one funded cash account."""

    account: Account
    rules: tuple[Rule, ...]
    instruments: Instruments
    feed: PlayedMarket
    venue: PlayedVenue
    broker: PlayedBroker
    book_store: BookStore
    archive: OrderArchive
    latches: Latches
    ledger: Balances
    keep_day: KeepDay
    gatekeeper: Gatekeeper
    submit: Submit
    run_dispatch: RunDispatch
    follow: FollowReports
    mark: Watermark

    async def take(self, report: Report) -> None:
        """Apply one report of the venue to the books; raises BacktestBroken on an anomaly."""
        await self.follow.take(report, mark=self.mark)

    async def open_book(self) -> None:
        """Bring the account's book into the book store, where it is read without waiting."""
        account = self.account
        await self.book_store.change(
            tenant_id=account.tenant_id, account_id=account.id, decide=lambda _: None
        )

    def book(self) -> AccountBook:
        """Return the account's latest book."""
        book = self.book_store.remembered(self.account.id)
        if book is None:
            raise BacktestBroken(f"the book of account {self.account.id} is not known")
        return book
