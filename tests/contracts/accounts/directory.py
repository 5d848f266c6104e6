"""What every adapter of AccountDirectory promises."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import pytest

from domain.accounts.account import AccountKind
from domain.accounts.positions import Position
from ports.storage import ConstraintBroken
from tests import builders
from tests.contracts.storage import Storage, StorageContract


class AccountDirectoryContract(StorageContract):
    """The promises of AccountDirectory."""

    async def test_nothing_is_there_at_first(self, storage: Storage) -> None:
        home = await storage.home()
        tenant_id = home.tenant_id
        assert list(await storage.directory.accounts(tenant_id=tenant_id)) == []
        assert list(await storage.directory.at_broker(broker="paper")) == []
        nobody = builders.new_id()
        assert await storage.directory.find(tenant_id=tenant_id, account_id=nobody) is None

    async def test_an_opened_account_is_found_with_its_book_and_deposit(
        self, storage: Storage
    ) -> None:
        book = await storage.opened()
        account = book.account
        tenant_id = account.tenant_id
        assert await storage.directory.find(tenant_id=tenant_id, account_id=account.id) == account
        assert await storage.books.load(tenant_id=tenant_id, account_id=account.id) == book
        balances = await storage.ledger.balances(tenant_id=tenant_id, account_id=account.id)
        assert balances == {"cash:USD": Decimal(100_000)}

    async def test_an_account_without_money_has_no_ledger(self, storage: Storage) -> None:
        home = await storage.home()
        account = builders.account(
            tenant_id=home.tenant_id,
            portfolio_id=home.id,
            currency="EUR",
            kind=AccountKind.CASH,
            leverage=Decimal(1),
        )
        book = builders.book(account, cash={}, day=None, peak_equity=Decimal(0))
        await storage.directory.open(book=book, funding=None)
        tenant_id = home.tenant_id
        assert await storage.books.load(tenant_id=tenant_id, account_id=account.id) == book
        assert await storage.ledger.balances(tenant_id=tenant_id, account_id=account.id) == {}

    async def test_an_account_is_opened_once(self, storage: Storage) -> None:
        book = await storage.opened()
        again = replace(book, cash={"USD": Decimal(7)}, positions={"X": Position(symbol="X")})
        with pytest.raises(ConstraintBroken):
            await storage.directory.open(book=again, funding=builders.funding(again))
        account = book.account
        tenant_id = account.tenant_id
        assert await storage.books.load(tenant_id=tenant_id, account_id=account.id) == book
        balances = await storage.ledger.balances(tenant_id=tenant_id, account_id=account.id)
        assert balances == {"cash:USD": Decimal(100_000)}

    async def test_accounts_are_listed_oldest_first_and_by_tenant(self, storage: Storage) -> None:
        home, next_door = await storage.home(), await storage.home()
        ours = [(await storage.opened(within=home)).account for _ in range(3)]
        theirs = (await storage.opened(within=next_door)).account
        assert list(await storage.directory.accounts(tenant_id=home.tenant_id)) == ours
        assert list(await storage.directory.accounts(tenant_id=next_door.tenant_id)) == [theirs]
        at_paper = await storage.directory.at_broker(broker="paper")
        assert list(at_paper) == [*ours, theirs]

    async def test_lists_among_some_accounts_show_no_others(self, storage: Storage) -> None:
        home, next_door = await storage.home(), await storage.home()
        ours = [(await storage.opened(within=home)).account for _ in range(3)]
        theirs = (await storage.opened(within=next_door)).account
        empty = builders.portfolio(tenant_id=home.tenant_id, name="Pension")
        await storage.directory.add_portfolio(empty)
        some = frozenset({ours[0].id, ours[2].id, theirs.id, builders.new_id()})
        accounts, portfolios = storage.directory.accounts, storage.directory.portfolios
        found = await accounts(tenant_id=home.tenant_id, among=some)
        assert list(found) == [ours[0], ours[2]]
        assert list(await portfolios(tenant_id=home.tenant_id, among=some)) == [home]
        none: frozenset[UUID] = frozenset()
        assert list(await accounts(tenant_id=home.tenant_id, among=none)) == []
        assert list(await portfolios(tenant_id=home.tenant_id, among=none)) == []

    async def test_a_brokers_accounts_are_its_own(self, storage: Storage) -> None:
        home = await storage.home()
        here = (await storage.opened(within=home, broker="paper")).account
        there = (await storage.opened(within=home, broker="other")).account
        assert list(await storage.directory.at_broker(broker="paper")) == [here]
        assert list(await storage.directory.at_broker(broker="other")) == [there]

    async def test_another_tenants_account_is_not_there(self, storage: Storage) -> None:
        account = (await storage.opened()).account
        stranger = await storage.home()
        found = await storage.directory.find(tenant_id=stranger.tenant_id, account_id=account.id)
        assert found is None

    async def test_portfolios_are_listed_oldest_first_and_by_tenant(self, storage: Storage) -> None:
        home, next_door = await storage.home(), await storage.home()
        second = builders.portfolio(tenant_id=home.tenant_id, name="Pension")
        await storage.directory.add_portfolio(second)
        portfolios = storage.directory.portfolios
        assert list(await portfolios(tenant_id=home.tenant_id)) == [home, second]
        assert list(await portfolios(tenant_id=next_door.tenant_id)) == [next_door]
