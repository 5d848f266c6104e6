"""The account books, directory and ledger in memory keep their promises."""

from tests.contracts.accounts.beside import OtherBooksContract, SymbolFencesContract
from tests.contracts.accounts.books import AccountBooksContract
from tests.contracts.accounts.directory import AccountDirectoryContract
from tests.contracts.accounts.ledger import LedgerContract
from tests.contracts.accounts.taking_in import TakingInContract
from tests.contracts.accounts.together import ManyAccountsContract
from tests.contracts.storage import OverMemory


class TestMemoryAccountBooks(OverMemory, AccountBooksContract):
    pass


class TestMemoryAccountDirectory(OverMemory, AccountDirectoryContract):
    pass


class TestMemoryLedger(OverMemory, LedgerContract):
    pass


class TestManyMemoryAccounts(OverMemory, ManyAccountsContract):
    pass


class TestTakingInOverMemory(OverMemory, TakingInContract):
    pass


class TestOtherBooksInMemory(OverMemory, OtherBooksContract):
    pass


class TestSymbolFencesInMemory(OverMemory, SymbolFencesContract):
    pass
