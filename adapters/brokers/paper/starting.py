"""Start a venue of our own, which must be the one that the books know."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import structlog

from adapters.brokers.paper.engine import PaperVenue
from adapters.brokers.paper.journal import is_kept
from adapters.brokers.paper.rebuilding import rebuilt
from domain.accounts.book import AccountBook
from ports.accounts import AccountBooks, AccountDirectory

log = structlog.get_logger(__name__)


class VenueLost(Exception):
    """The venue in the data folder knows less than the books; the message says how to go on."""


class Connection(Protocol):
    """What opens and closes the venue."""

    async def start(self) -> None:
        """Read what was kept."""
        ...

    async def stop(self) -> None:
        """Close."""
        ...


class Market(Protocol):
    """The market's time."""

    def now(self) -> datetime:
        """Return it."""
        ...

    def lap(self) -> int:
        """Return how often the market began anew."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StartVenue:
    """Start the venue that keeps what it knows in a folder.

    rebuild: begin a lost one anew, from the books; rebuilding says how that is set. told writes
    down that an account's venue is rebuilt, from the report of a number on.
    """

    name: str
    venue: PaperVenue
    folder: Path
    connection: Connection
    books: AccountBooks
    directory: AccountDirectory
    market: Market
    rebuild: bool
    rebuilding: str
    told: Callable[[AccountBook, int], Awaitable[None]]

    async def __call__(self) -> None:
        """Raise VenueLost before anything is compared with an empty or older venue.

        Such a venue would be believed: every account would be halted for positions that it does
        not show, and its reports, numbered from one again, would be taken for repetitions.
        """
        reports = await self.books.heard(broker=self.name)
        heard = max({reports.mark, *reports.above})
        if heard and not is_kept(self.folder):
            if not self.rebuild:
                raise VenueLost(self._lost(heard))
            await self._rebuild(heard)
        await self.connection.start()
        if self.venue.sequence < heard:
            await self.connection.stop()
            raise VenueLost(self._behind(heard))

    async def _rebuild(self, heard: int) -> None:
        """Let the venue begin with what the books know; written down for each account first."""
        books = []
        for account in await self.directory.at_broker(broker=self.name):
            book = await self.books.load(tenant_id=account.tenant_id, account_id=account.id)
            if book is not None:
                books.append(book)
                await self.told(book, heard)
        change = rebuilt(
            books,
            heard=heard,
            now=self.market.now(),
            settings=self.venue.settings,
            lap=self.market.lap(),
        )
        # What lies below is told by nobody any more: the mark would wait for it for ever.
        await self.books.mark_heard(broker=self.name, mark=heard)
        self.venue.restore(change)
        log.warning(
            "paper_venue.rebuilt",
            accounts=len(books),
            positions=len(change.holdings),
            orders=len(change.orders),
        )

    def _lost(self, heard: int) -> str:
        return (
            f"the paper venue's journal is not in {self.folder}, and the books know {heard} reports"
            " of it: put the folder or its volume back and start again. If it is gone for good,"
            f" start once with {self.rebuilding}: the venue then begins with the"
            " positions and open orders of the books"
        )

    def _behind(self, heard: int) -> str:
        return (
            f"the paper venue's journal in {self.folder} ends with report {self.venue.sequence},"
            f" and the books know {heard}: it is an older copy. Put the latest one back; if that is"
            f" gone for good, move this one away and start once with {self.rebuilding}"
        )
