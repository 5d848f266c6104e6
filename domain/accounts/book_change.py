"""Hold one change of an account's book, with what it depends on and what it answers."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.accounts.book import AccountBook, Intake
from domain.accounts.decision import Decision
from domain.accounts.ledger import LedgerTransaction
from domain.audit.entry import AuditEntry
from domain.orders.order import Fill, Order
from domain.shared.notices import Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The answer to a request with an idempotency key, stored with what it answers."""

    key: str
    request_hash: bytes
    status: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Stop the account in the same change, if no HALT rule has stopped it already."""

    latch_id: UUID
    reason: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Fences:
    """What else must still hold when the change is stored, or it is refused as stale."""

    # The tenant's rule set was this version when the gate decided.
    rules_version: int | None = None
    # No kill-switch latch is engaged over the account or over one of the change's orders; one
    # that lets through what only reduces |position| holds only where they do more.
    must_be_released: bool = False
    reduces: bool = False
    # The tenant's other accounts are these, each book at this version. None: whatever they are.
    others: tuple[tuple[UUID, int], ...] | None = None
    # In these symbols nobody has put an order of the tenant since they had these versions; the
    # change raises them. None: whoever has.
    symbols: tuple[tuple[str, int], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BookChange:
    """Everything that one change writes; `book` is the book afterwards."""

    book: AccountBook
    fences: Fences = Fences()
    orders: tuple[Order, ...] = ()
    new_orders: frozenset[UUID] = frozenset()  # those of them that were never stored before
    fills: tuple[Fill, ...] = ()
    ledger: tuple[LedgerTransaction, ...] = ()
    # Symbols whose position changed and currencies whose cash changed.
    positions: tuple[str, ...] = ()
    currencies: tuple[str, ...] = ()
    intakes: tuple[Intake, ...] = ()
    decisions: tuple[Decision, ...] = ()
    audit: tuple[AuditEntry, ...] = ()
    notices: tuple[Notice, ...] = ()
    replies: tuple[Reply, ...] = ()
    halt: Halt | None = None
    # The report of the account's broker that the change comes from, by its sequence. It
    # counts as applied with the change, and a change that comes from it a second time is stale.
    heard: int | None = None
    # Whether cash, the trading day or the peak may be others than in the book before.
    figures: bool = True

    @property
    def expected_version(self) -> int:
        """The version that must still be stored for the change to hold."""
        return self.book.version - 1
