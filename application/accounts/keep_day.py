"""Keep each account's trading day, peak, splits and dividends in step with the market."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import BookStore
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.accounts.dividends import pay_dividend
from domain.accounts.splits import apply_split
from domain.accounts.valuation import MissingPrice, value_book
from domain.market.prices import (
    Dividend,
    DividendEffective,
    MarketEvent,
    SessionClosed,
    SessionOpened,
    Split,
    SplitEffective,
    SplitHistory,
)
from domain.orders.groups import consequences
from domain.orders.moves import MoveTimes
from domain.orders.order import Order
from domain.orders.split_moves import restate_unsent
from domain.shared.values import ZERO
from ports.accounts import AccountDirectory
from ports.ids import Ids
from ports.market import Instruments, MarketClock, MarketView, ReadLap, only_lap
from ports.storage import ConstraintBroken
from ports.time import Clock

Decide = Callable[[AccountBook], BookChange | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDay:
    """Follow the market's sessions, splits and dividends for every account of the brokers."""

    book_store: BookStore
    directory: AccountDirectory
    brokers: Sequence[str]
    view: MarketView
    instruments: Instruments
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    on_unvalued: Callable[[Account, str], None]
    lap: ReadLap = only_lap

    async def __call__(self, event: MarketEvent) -> None:
        """Take in one market event; events that concern no account cost nothing."""
        match event:
            case SessionOpened():
                await self._each(lambda book: self._opened(book, day=event.date))
            case SessionClosed():
                await self._each(self._closed)
            case SplitEffective():
                await self._each(lambda book: self._split(book, split=event.split))
            case DividendEffective():
                await self._each(lambda book: self._paid(book, dividend=event.dividend))
            case _:
                return

    async def start_account(self, *, tenant_id: UUID, account_id: UUID, day: date) -> None:
        """Give an account that has none its trading day."""
        await self.book_store.change(
            tenant_id=tenant_id,
            account_id=account_id,
            decide=self._in_lap(lambda book: self._opened(book, day=day)),
        )

    async def accounts(self) -> Sequence[Account]:
        """Return every account of the brokers."""
        return [
            account
            for broker in self.brokers
            for account in await self.directory.at_broker(broker=broker)
        ]

    async def _each(self, decide: Decide) -> None:
        for account in await self.accounts():
            try:
                await self.book_store.change(
                    tenant_id=account.tenant_id,
                    account_id=account.id,
                    decide=self._in_lap(decide),
                )
            except ConstraintBroken:
                # A restart may deliver it again; its reference in the ledger is unique.
                continue

    def _in_lap(self, decide: Decide) -> Decide:
        """Leave a book alone that is of another lap of the replay than the event."""
        lap = self.lap()
        return lambda book: decide(book) if book.lap == lap else None

    def _opened(self, book: AccountBook, *, day: date) -> BookChange | None:
        if book.day is not None and book.day.date >= day:
            return None
        valued = value_book(book, price_of=self._price)
        if isinstance(valued, MissingPrice):
            # Without an opening equity the daily-loss rule denies: it cannot be judged.
            self.on_unvalued(book.account, valued.symbol)
            return None
        return self._draft(book).done(
            day=TradingDay(date=day, opening_equity=valued.equity),
            peak_equity=max(book.peak_equity, valued.equity),
        )

    def _closed(self, book: AccountBook) -> BookChange | None:
        valued = value_book(book, price_of=self._price)
        if isinstance(valued, MissingPrice):
            self.on_unvalued(book.account, valued.symbol)
            return None
        if valued.equity <= book.peak_equity:
            return None
        return self._draft(book).done(peak_equity=valued.equity)

    def _split(self, book: AccountBook, *, split: Split) -> BookChange | None:
        draft = self._draft(book)
        # The view has restated its quote for the split already.
        apply_split(draft, split=split, last=self._price(split.symbol))
        changed = draft.position(split.symbol) != book.position(split.symbol)
        history = self.view.splits(split.symbol)
        for order in tuple(book.orders.values()):
            if order.symbol == split.symbol:
                changed = self._restate(draft, order, history=history) or changed
        return draft.done() if changed else None

    def _restate(self, draft: Draft, order: Order, *, history: SplitHistory) -> bool:
        """Restate an order that no venue has; those at the venue follow its word."""
        now = draft.order(order.id)
        instrument = self.instruments.find(order.symbol)
        if now is None or _follows_filled(now, live=draft.live_orders()):
            return False
        moved = restate_unsent(now, history=history, instrument=instrument, when=draft.when)
        if moved is None:
            return False
        after = draft.put(moved)
        for effect in consequences(after, live=draft.live_orders(), when=draft.when):
            draft.put(effect)
        return True

    def _paid(self, book: AccountBook, *, dividend: Dividend) -> BookChange | None:
        draft = self._draft(book)
        return draft.done() if pay_dividend(draft, dividend=dividend) else None

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.view.quote(symbol)
        return quote.last if quote is not None else None

    def _draft(self, book: AccountBook) -> Draft:
        when = MoveTimes(at=self.clock.now(), market_at=self.market_clock.now())
        return Draft(book=book, when=when, new_id=self.ids.new)


def _follows_filled(order: Order, *, live: Mapping[UUID, Order]) -> bool:
    """Tell whether it waits for an entry that has filled in part: it is sized by that first."""
    entry = None if order.link is None else live.get(order.link.parent_id or order.id)
    return order.waiting and entry is not None and entry.filled_quantity > ZERO
