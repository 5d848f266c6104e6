"""Two own orders that would cross, decided at once by two processes, are never both stored."""

import asyncio
from functools import partial

from adapters.postgres.link.database import Database
from application.accounts.book_store import BookStore, Others
from application.accounts.lanes import Decide
from domain.accounts.account import Account
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange
from domain.orders.terms import OrderTerms, Side
from domain.risk.crossing import crossed_by
from tests import builders
from tests.integration.contracts.test_postgres import postgres_storage

RACES = 12
SIDES = (builders.terms(), builders.terms(side=Side.SELL))


def deciding(account: Account, terms: OrderTerms, others: Others) -> Decide[str]:
    """Accept an order that meets none of those in the other books."""
    assert others is not None

    def decide(book: AccountBook) -> BookChange | str:
        own = [one for each in (*others, book) for one in each.orders.values()]
        if crossed_by(terms, reach=None, own=own):
            return "crossed"
        return builders.accept(builders.order(account, terms=terms), on=book)

    return decide


async def test_of_two_that_would_cross_at_once_one_is_stored(database: Database) -> None:
    storage = postgres_storage(database, other=database)
    for _ in range(RACES):
        home = await storage.home()
        books = [await storage.opened(within=home) for _ in SIDES]
        # What each process remembers of the accounts is its own.
        told = await asyncio.gather(
            *(
                BookStore(books=storage.books).change_beside(
                    tenant_id=home.tenant_id,
                    account_id=book.account.id,
                    counts_all=False,
                    symbols=("AAPL",),
                    decision=partial(deciding, book.account, terms),
                )
                for book, terms in zip(books, SIDES, strict=True)
            )
        )
        assert sorted(isinstance(one, BookChange) for one in told) == [False, True]
        assert "crossed" in told
