"""What every adapter of Ledger promises."""

from decimal import Decimal

from domain.accounts.book import AccountBook
from domain.accounts.ledger import EntryKind, LedgerTransaction, cash_asset, unit_asset
from domain.orders.states import OrderState
from domain.orders.terms import Side
from tests import builders
from tests.contracts.storage import Storage, StorageContract


async def _traded(storage: Storage, book: AccountBook) -> AccountBook:
    """Buy 10 at 100, sell 4 at 110.25, short 3 of another symbol, and deposit 0.01."""
    trades = (
        ("AAPL", Side.BUY, 10, "100", "1"),
        ("AAPL", Side.SELL, 4, "110.25", "0.35"),
        ("MSFT", Side.SELL, 3, "33.3333", "-0.01"),
    )
    for symbol, side, quantity, price, commission in trades:
        asked = builders.terms(symbol=symbol, side=side, quantity=Decimal(quantity))
        order = builders.order(book.account, terms=asked)
        book = await storage.store(builders.accept(order, on=book))
        submitted = builders.advance(book.orders[order.id], OrderState.SUBMITTED, on=book)
        book = await storage.store(submitted)
        done = builders.execution(
            book.orders[order.id], quantity=quantity, price=price, commission=Decimal(commission)
        )
        book = await storage.store(builders.book_fill(book.orders[order.id], done, on=book))
    return await storage.store(builders.deposit(Decimal("0.01"), on=book))


class LedgerContract(StorageContract):
    """The promises of Ledger."""

    async def test_balances_are_the_books_cash_and_positions(self, storage: Storage) -> None:
        book = await _traded(storage, await storage.opened())
        account = book.account
        balances = await storage.ledger.balances(tenant_id=account.tenant_id, account_id=account.id)
        shown = {cash_asset(name): amount for name, amount in book.cash.items()}
        shown |= {unit_asset(name): held.quantity for name, held in book.positions.items()}
        assert balances == shown
        assert balances["unit:MSFT"] == -3

    async def test_transactions_come_newest_first_and_page_by_id(self, storage: Storage) -> None:
        book = await _traded(storage, await storage.opened())
        account = book.account
        every = await storage.ledger.transactions(
            tenant_id=account.tenant_id, account_id=account.id, limit=50
        )
        assert len(every) == 5
        assert [one.id for one in every] == sorted((one.id for one in every), reverse=True)
        paged: list[LedgerTransaction] = []
        after = None
        while page := await storage.ledger.transactions(
            tenant_id=account.tenant_id, account_id=account.id, limit=2, after=after
        ):
            assert len(page) <= 2
            paged += page
            after = page[-1].id
        assert paged == list(every)

    async def test_a_transaction_is_read_back_as_it_was_written(self, storage: Storage) -> None:
        book = await storage.opened()
        change = builders.deposit(Decimal("12.345678901234567891"), on=book, reference="r:1")
        await storage.store(change)
        account = book.account
        (newest,) = await storage.ledger.transactions(
            tenant_id=account.tenant_id, account_id=account.id, limit=1
        )
        assert newest == change.ledger[0]

    async def test_another_tenants_ledger_is_empty(self, storage: Storage) -> None:
        book, stranger = await storage.opened(), await storage.home()
        account_id = book.account.id
        tenant_id = stranger.tenant_id
        assert await storage.ledger.balances(tenant_id=tenant_id, account_id=account_id) == {}
        read = storage.ledger.transactions
        assert list(await read(tenant_id=tenant_id, account_id=account_id, limit=9)) == []

    async def test_each_account_has_its_own_ledger(self, storage: Storage) -> None:
        home = await storage.home()
        one, other = await storage.opened(within=home), await storage.opened(within=home)
        await storage.store(builders.deposit(5, on=one))
        balances = storage.ledger.balances
        account_id = other.account.id
        assert await balances(tenant_id=home.tenant_id, account_id=account_id) == {
            "cash:USD": Decimal(100_000)
        }

    async def test_a_transaction_is_found_by_its_kind_and_reference(self, storage: Storage) -> None:
        book = await storage.opened()
        change = builders.deposit(5, on=book, reference="deposit:1")
        await storage.store(change)
        account = book.account
        given = {"tenant_id": account.tenant_id, "account_id": account.id}
        found = await storage.ledger.by_reference(
            **given, kind=EntryKind.DEPOSIT, reference="deposit:1"
        )
        assert found == change.ledger[0]
        find = storage.ledger.by_reference
        for kind, reference in (
            (EntryKind.DEPOSIT, "deposit:2"),
            (EntryKind.WITHDRAWAL, "deposit:1"),
        ):
            assert await find(**given, kind=kind, reference=reference) is None
        for name in given:
            stranger = given | {name: builders.new_id()}
            assert await find(**stranger, kind=EntryKind.DEPOSIT, reference="deposit:1") is None
