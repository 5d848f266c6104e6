"""Keep each account's trading day, peak and splits in step with the market."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_DOWN, Decimal
from uuid import UUID

from application.accounts.shelf import BookShelf
from domain.accounts.account import Account
from domain.accounts.book import AccountBook, TradingDay
from domain.accounts.change import BookChange, Draft
from domain.accounts.ledger import EntryKind, LedgerAccount, cash_asset, transfer, unit_asset
from domain.accounts.positions import Position
from domain.accounts.valuation import MissingPrice, value_book
from domain.market.prices import MarketEvent, SessionClosed, SessionOpened, Split, SplitEffective
from domain.orders.moves import When
from ports.accounts import AccountDirectory
from ports.ids import Ids
from ports.market import MarketClock, MarketView
from ports.storage import ConstraintBroken
from ports.time import Clock

# Venues pay cash for what a split leaves of a share.
WHOLE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDay:
    """Follow the market's sessions and splits for every account of a broker."""

    shelf: BookShelf
    directory: AccountDirectory
    broker: str
    view: MarketView
    clock: Clock
    market_clock: MarketClock
    ids: Ids
    on_unvalued: Callable[[Account, str], None]

    async def __call__(self, event: MarketEvent) -> None:
        """Take in one market event; events that concern no account cost nothing."""
        match event:
            case SessionOpened():
                await self._each(lambda book: self._opened(book, day=event.date))
            case SessionClosed():
                await self._each(self._closed)
            case SplitEffective():
                await self._each(lambda book: self._split(book, split=event.split))
            case _:
                return

    async def start_account(self, *, tenant_id: UUID, account_id: UUID, day: date) -> None:
        """Give an account that has none its trading day."""
        await self.shelf.change(
            tenant_id=tenant_id,
            account_id=account_id,
            decide=lambda book: self._opened(book, day=day),
        )

    async def _each(self, decide: Callable[[AccountBook], BookChange | None]) -> None:
        for account in await self.directory.at_broker(broker=self.broker):
            try:
                await self.shelf.change(
                    tenant_id=account.tenant_id, account_id=account.id, decide=decide
                )
            except ConstraintBroken:
                # A restart may deliver a split again; its ledger reference is unique.
                continue

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
        held = book.positions.get(split.symbol)
        if held is None or not held.quantity:
            return None
        exact = held.quantity * split.numerator / split.denominator
        whole = exact.quantize(WHOLE, rounding=ROUND_DOWN)
        draft = self._draft(book)
        reference = f"split:{split.symbol}:{split.ex_date.isoformat()}"
        draft.post(
            kind=EntryKind.SPLIT,
            postings=transfer(
                source=LedgerAccount.CORPORATE_ACTION,
                asset=unit_asset(split.symbol),
                amount=whole - held.quantity,
            ),
            reference=reference,
        )
        after = replace(held, quantity=whole)
        fraction = exact - whole
        if fraction:
            after = self._cash_in_lieu(draft, after, exact=exact, fraction=fraction, split=split)
        draft.set_position(after)
        return draft.done()

    def _cash_in_lieu(
        self, draft: Draft, held: Position, *, exact: Decimal, fraction: Decimal, split: Split
    ) -> Position:
        """Pay the fraction at the last price before the split, split-adjusted."""
        quote = self.view.quote(split.symbol)
        price = quote.last / split.ratio if quote is not None else held.cost / exact
        paid = (fraction * price).quantize(Decimal("0.01"))
        cost_out = (held.cost * fraction / exact).quantize(Decimal("1E-10"))
        currency = draft.book.account.currency
        draft.post(
            kind=EntryKind.CASH_IN_LIEU,
            postings=transfer(
                source=LedgerAccount.CORPORATE_ACTION, asset=cash_asset(currency), amount=paid
            ),
            reference=f"split:{split.symbol}:{split.ex_date.isoformat()}",
        )
        return replace(
            held,
            cost=held.cost - cost_out,
            realised_pnl=held.realised_pnl + paid - cost_out,
        )

    def _price(self, symbol: str) -> Decimal | None:
        quote = self.view.quote(symbol)
        return quote.last if quote is not None else None

    def _draft(self, book: AccountBook) -> Draft:
        when = When(at=self.clock.now(), market_at=self.market_clock.now())
        return Draft(book=book, when=when, new_id=self.ids.new)
