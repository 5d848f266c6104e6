"""Name what a run plays on: the application over one funded account, a market and a venue."""

from collections.abc import AsyncIterator, Awaitable, Collection, Mapping, Sequence
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
from domain.backtest.result import Denial
from domain.market.prices import Bar, MarketEvent, Quote, SplitEffective
from domain.risk.rule import Rule
from domain.signals.signal import PublishedSignal
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


class Trader(Protocol):
    """Who trades in a run: told of bars and splits, and at a symbol's quotes where it waits."""

    @property
    def waiting(self) -> Collection[str]:
        """The symbols whose next quote it is to act on."""
        ...

    @property
    def denials(self) -> Sequence[Denial]:
        """What the gate refused so far."""
        ...

    def warm_up(self) -> None:
        """Take in what was before the first day."""
        ...

    def on_bar(self, bar: Bar) -> Awaitable[bool] | None:
        """Take in a day's bar; tell whether the dispatcher has work, None for no."""
        ...

    async def on_split(self, event: SplitEffective) -> None:
        """Restate what is known of a symbol."""
        ...

    async def act(self, quote: Quote) -> bool:
        """Send what waits for the symbol; tell whether the dispatcher has work."""
        ...

    async def signals(self) -> Sequence[PublishedSignal]:
        """Return what was published on the way, oldest first; raises BacktestBroken."""
        ...


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
    # Who trades, the baseline where nobody is named.
    trader: Trader | None = None

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
