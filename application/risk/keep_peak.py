"""Keep an account's peak of equity between the sessions' opening and close."""

from collections import deque
from decimal import Decimal
from uuid import UUID

from application.accounts.book_store import BookStore
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.accounts.change import Draft
from domain.orders.moves import MoveTimes
from ports.ids import Ids
from ports.market import MarketClock
from ports.time import Clock

# A peak must have stood for so many readings: one bad tick raises none, for a peak stays.
READINGS = 3
# Less than this share of the peak is not worth a change of the book; the close stores it.
STEP = Decimal("0.001")


class KeepPeak:
    """Raises the stored peak when an account's equity stays above it."""

    def __init__(
        self, *, book_store: BookStore, clock: Clock, market_clock: MarketClock, ids: Ids
    ) -> None:
        self._book_store = book_store
        self._clock = clock
        self._market_clock = market_clock
        self._ids = ids
        # Of the latest readings, what each had more than the peak that was stored then.
        self._above: dict[UUID, deque[Decimal]] = {}

    async def read(self, book: AccountBook, *, equity: Decimal | None) -> None:
        """Take in one reading; a missing equity or one below the peak begins anew."""
        account = book.account
        if equity is None or equity <= book.peak_equity:
            self._above.pop(account.id, None)
            return
        above = self._above.setdefault(account.id, deque(maxlen=READINGS))
        above.append(equity - book.peak_equity)
        more = min(above)
        if len(above) < READINGS or more <= book.peak_equity * STEP:
            return
        del self._above[account.id]

        def decide(now: AccountBook) -> BookChange | None:
            if now.peak_equity != book.peak_equity:
                # A deposit or the close has moved it meanwhile.
                return None
            when = MoveTimes(at=self._clock.now(), market_at=self._market_clock.now())
            draft = Draft(book=now, when=when, new_id=self._ids.new)
            return draft.done(peak_equity=book.peak_equity + more)

        await self._book_store.change(
            tenant_id=account.tenant_id, account_id=account.id, decide=decide
        )
