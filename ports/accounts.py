"""What the core needs to keep accounts: books that change all at once, and a directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from domain.accounts.account import Account, Portfolio
from domain.accounts.book import AccountBook
from domain.accounts.book_change import BookChange, Reply
from domain.accounts.ledger import EntryKind, LedgerTransaction
from domain.audit.entry import AuditEntry


class StaleCause(StrEnum):
    """Why a change no longer holds."""

    BOOK = "book"  # another change came first: load again and decide again
    RULES = "rules"  # the rule set changed since the gate decided
    OTHERS = "others"  # another account of the tenant changed since the gate counted it
    SYMBOLS = "symbols"  # an order of the tenant came to a symbol since the gate looked there
    HALTED = "halted"  # a kill-switch latch is engaged over an order of it
    REDUCING = "reducing"  # one that lets through what only reduces, and this does not
    REPLIED = "replied"  # the idempotency key has an answer already
    CLIENT_ID = "client_id"  # the account has an order with that client order id
    HEARD = "heard"  # the broker's report that it comes from was applied already


@dataclass(frozen=True, slots=True)
class BookCommit:
    """The change is durable, every part of it."""


@dataclass(frozen=True, slots=True)
class Stale:
    """Nothing was stored: what the change was decided on no longer holds."""

    cause: StaleCause


@dataclass(frozen=True, slots=True)
class ReportMarks:
    """Which of a broker's reports were applied: all up to a mark, and some above it."""

    mark: int = 0
    above: frozenset[int] = frozenset()


class AccountBooks(Protocol):
    """The books of all accounts; each changes as one, under compare-and-swap."""

    async def load(self, *, tenant_id: UUID, account_id: UUID) -> AccountBook | None:
        """Return the book as of one version, None for another tenant's or no account."""
        ...

    async def version(self, *, tenant_id: UUID, account_id: UUID) -> int | None:
        """Return the version that `load` would give now, None for what it would not find."""
        ...

    async def versions(self, *, tenant_id: UUID) -> Mapping[UUID, int]:
        """Return the stored versions of all the tenant's books by account, as of one moment."""
        ...

    async def symbol_versions(
        self, *, tenant_id: UUID, symbols: Sequence[str]
    ) -> tuple[tuple[str, int], ...]:
        """Return how often an order of the tenant was put, fenced, in each of the symbols."""
        ...

    async def commit(self, change: BookChange) -> BookCommit | Stale:
        """Store all of the change durably, or nothing.

        Holds only if the stored version is change.expected_version, the change's fences
        hold, its replies' keys are new for the tenant and the broker's report that it comes
        from was not applied before; that report counts as applied from then on. Raises
        ConstraintBroken when a trade id is booked for the order already, a ledger reference
        for its account and kind, or an order that is new is stored; IllegalTransition when
        an order's stored state does not lead to the new one. After StorageUnavailable the
        outcome is unknown and the book must be loaded again.
        """
        ...

    async def reply(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return the stored answer to an idempotency key, None when the key is new."""
        ...

    async def heard(self, *, broker: str) -> ReportMarks:
        """Return which reports of the broker were applied, as of one moment."""
        ...

    async def mark_heard(self, *, broker: str, mark: int) -> None:
        """Store that all reports of the broker up to the mark were applied; it never falls."""
        ...


class AccountDirectory(Protocol):
    """Which accounts there are."""

    async def open(
        self,
        *,
        book: AccountBook,
        funding: LedgerTransaction | None,
        audit: AuditEntry | None = None,
    ) -> None:
        """Store a new account with its first book (version 0), first deposit and audit entry."""
        ...

    async def add_portfolio(self, portfolio: Portfolio, *, audit: AuditEntry | None = None) -> None:
        """Store a new portfolio, with the audit entry when there is one."""
        ...

    async def portfolios(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Portfolio]:
        """Return the tenant's portfolios, oldest first; with among, those of these accounts."""
        ...

    async def find(self, *, tenant_id: UUID, account_id: UUID) -> Account | None:
        """Return the account, None for another tenant's or no account."""
        ...

    async def accounts(
        self, *, tenant_id: UUID, among: frozenset[UUID] | None = None
    ) -> Sequence[Account]:
        """Return the tenant's accounts, oldest first; with among, these only."""
        ...

    async def at_broker(self, *, broker: str) -> Sequence[Account]:
        """Return the accounts of every tenant held at a broker, oldest first."""
        ...


class Ledger(Protocol):
    """The journal of an account, read back."""

    async def transactions(
        self, *, tenant_id: UUID, account_id: UUID, limit: int, after: UUID | None = None
    ) -> Sequence[LedgerTransaction]:
        """Return transactions, newest first, older than `after` when given."""
        ...

    async def by_reference(
        self, *, tenant_id: UUID, account_id: UUID, kind: EntryKind, reference: str
    ) -> LedgerTransaction | None:
        """Return the account's transaction of a kind and reference, None when there is none."""
        ...

    async def balances(self, *, tenant_id: UUID, account_id: UUID) -> dict[str, Decimal]:
        """Return the sum of all holding postings per asset: what the book must show."""
        ...
