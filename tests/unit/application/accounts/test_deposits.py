"""A deposit is no profit: it raises what losses are measured against."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from application.accounts.open_account import AccountOpening, Deposit
from domain.accounts.book import AccountBook
from tests import builders
from tests.rig import Rig


async def _after(book: AccountBook, *amounts: int) -> AccountBook:
    rig = Rig(book=book)
    opening = AccountOpening(
        book_store=rig.context.book_store,
        directory=rig.directory,
        journal=rig.ledger,
        brokers=("paper",),
        paper=("paper",),
        clock=rig.clock,
        market_clock=rig.market,
        ids=rig.context.ids,
        today=lambda: date(2026, 1, 2),
        currencies=lambda: frozenset({"USD"}),
    )
    for number, amount in enumerate(amounts):
        await opening.deposit(
            Deposit(
                tenant_id=rig.tenant_id,
                actor="user:test",
                account_id=rig.account_id,
                amount=Decimal(amount),
                reference=f"r-{number}",
            )
        )
    return await rig.stored()


async def test_the_first_money_of_an_account_is_its_first_peak() -> None:
    first = builders.book()
    assert first.day is not None
    empty = replace(
        first,
        cash={},
        peak_equity=Decimal(0),
        day=replace(first.day, opening_equity=Decimal(0)),
    )
    book = await _after(empty, 1_000, 500)
    assert book.day is not None
    assert book.settled_cash == book.peak_equity == book.day.opening_equity == 1_500


async def test_later_money_moves_peak_and_opening_alike() -> None:
    book = await _after(replace(builders.book(), peak_equity=Decimal(120_000)), 1_000)
    assert book.day is not None
    assert (book.peak_equity, book.day.opening_equity) == (Decimal(121_000), Decimal(101_000))
