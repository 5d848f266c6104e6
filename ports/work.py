"""What the core needs to keep ordinary records: read and changed in one transaction of one tenant.

Order flow has a statement of its own (`ports/accounts.py`); so has what comes by the million.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, Protocol, TypeVar, get_type_hints
from uuid import UUID

from domain.accounts.book_change import Reply
from domain.audit.entry import AuditEntry
from domain.identity.member import Member
from domain.identity.notice import UserNotice
from domain.secrets.address import RowAddress
from domain.shared.notices import Notice
from ports.secrets import SealedRow


class Record(Protocol):
    """A record: a frozen dataclass with an id, an owner and a version that each change raises."""

    @property
    def id(self) -> UUID:
        """What it is known by: a UUIDv7, so that the order of ids is the order of making."""
        ...

    @property
    def tenant_id(self) -> UUID:
        """Whose it is."""
        ...

    @property
    def version(self) -> int:
        """How often it was written, from 1."""
        ...


T = TypeVar("T", bound=Record)
T_co = TypeVar("T_co", bound=Record, covariant=True)
# What a column is compared with; of a set, any member will do, None for one that is empty.
# AtMost takes whatever is not larger, AtLeast whatever is not smaller.
Where = Mapping[str, object]
EVERY: Where = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class AtMost:
    """No larger than this."""

    value: object


@dataclass(frozen=True, slots=True)
class AtLeast:
    """No smaller than this."""

    value: object


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """One kind of record: its table, its type, and the columns it may be found by.

    A column has the name of its field, or the one that `named` gives it; a field that is a
    dataclass itself gives one column for each of its own, `scope_symbol` for `scope.symbol`.
    A type may leave columns out, beside a kind that has them all: it reads and updates its own
    alone. counted_in names a table that counts the
    changes of all the tenant's records of the kind: who decides by them is fenced by the number.
    proven_as is the name under which the trail keeps a keyed digest of each state, where one that
    was edited behind our back must be found out, proven_by the field that the trail calls it by.
    """

    table: str
    type: type[T]
    find_by: tuple[str, ...] = ()
    # (field, column) where they differ.
    named: tuple[tuple[str, str], ...] = ()
    # Properties that have a column too, to be found by.
    computed: tuple[str, ...] = ()
    counted_in: str | None = None
    proven_as: str | None = None
    proven_by: str = "id"

    @property
    def is_followed(self) -> bool:
        """Whether each change is counted or proven besides."""
        return self.counted_in is not None or self.proven_as is not None

    def check(self, where: Where) -> None:
        """Raise ValueError for a column that records are not found by: a mistake of ours."""
        unknown = [name for name in where if name not in self.find_by]
        if unknown:
            raise ValueError(f"{self.table} is not found by {', '.join(unknown)}")


@cache
def columns_of(record: type) -> Mapping[str, tuple[str, ...]]:
    """Return the columns of a record's type, each with the names of fields that lead to it."""
    hints: dict[str, Any] = get_type_hints(record)
    columns: dict[str, tuple[str, ...]] = {}
    for one in fields(record):
        hint = hints[one.name]
        if is_dataclass(hint):
            columns |= {
                f"{one.name}_{inner.name}": (one.name, inner.name) for inner in fields(hint)
            }
        else:
            columns[one.name] = (one.name,)
    return MappingProxyType(columns)


class Records(Protocol[T_co]):
    """The tenant's records of one kind, by ascending id; another tenant's are not there."""

    async def get(self, id: UUID) -> T_co | None:
        """Return the record of that id."""
        ...

    async def list(
        self,
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        newest_first: bool = False,
    ) -> Sequence[T_co]:
        """Return at most so many records behind `after`; each column must be in `find_by`.

        newest_first: by descending id, and behind is below.
        """
        ...

    async def count(self, *, where: Where = EVERY) -> int:
        """Return how many there are."""
        ...


class ChangedRecords(Records[T], Protocol[T]):
    """The records as a transaction sees them that changes some: its own writes among them."""

    async def add(self, record: T) -> None:
        """Store a new record; raises InvalidValue, ConstraintBroken for an id that is taken."""
        ...

    async def add_many(self, records: Sequence[T]) -> None:
        """Store new records in few round trips; raises as add does."""
        ...

    async def update(self, record: T, *, seen: int | None = None) -> bool:
        """Replace the record if the stored version is record.version - 1; tell whether it was.

        With seen, if it is that one: for a change that is none to who reads the version. Raises
        InvalidValue for a value that the table cannot hold.
        """
        ...

    async def remove(self, id: UUID, *, version: int) -> bool:
        """Delete the record if it is of that version; tell whether it was."""
        ...


class Look(Protocol):
    """What is there, as of one moment."""

    def records(self, kind: Kind[T]) -> Records[T]:
        """Return the tenant's records of a kind."""
        ...


class Work(Protocol):
    """One change: everything in it is stored, or nothing.

    Changes of one tenant's records follow one another: what was read still stands when it is
    stored, counts and absent records included.
    """

    def records(self, kind: Kind[T]) -> ChangedRecords[T]:
        """Return the tenant's records of a kind."""
        ...

    async def members(self) -> Sequence[Member]:
        """Return the tenant's members, oldest first: what is decided by them holds at the exit.

        None of them changes until then, or the exit raises Conflict.
        """
        ...

    async def tell_many(self, notices: Sequence[Notice]) -> None:
        """Store notices as `tell` does, in few round trips."""
        ...

    async def audit(self, entry: AuditEntry) -> None:
        """Store an audit entry."""
        ...

    async def audit_many(self, entries: Sequence[AuditEntry]) -> None:
        """Store audit entries as `audit` does, in few round trips."""
        ...

    async def tell(self, notice: Notice) -> None:
        """Store a notice without an account, under the next number of its channel."""
        ...

    async def inform(self, notice: UserNotice) -> None:
        """Store a notice to a user of the tenant, as UserNotices.add does."""
        ...

    async def seal(self, kept: SealedRow) -> None:
        """Store a sealed secret of the tenant in place of its row's former one.

        Raises KeyStale when its key version does not seal any more, there or at the exit.
        """
        ...

    async def erase(self, row: RowAddress) -> None:
        """Delete a row's sealed secret, if there is one."""
        ...

    async def answered(self, key: str) -> Reply | None:
        """Return what is known of an idempotency key: its answer, or of a claim the hash."""
        ...

    async def answer(self, reply: Reply) -> None:
        """Store the answer to a key; the exit raises Conflict when another has just done so."""
        ...


class Works(Protocol):
    """Transactions over one tenant's ordinary records."""

    def look(self, tenant_id: UUID) -> AbstractAsyncContextManager[Look]:
        """Open a transaction that only reads; raises StorageUnavailable, StorageCorrupt."""
        ...

    def begin(self, tenant_id: UUID) -> AbstractAsyncContextManager[Work]:
        """Open a transaction: a clean exit commits, an exception rolls back.

        Raises Conflict, there or at the exit, when another change came between: nothing was
        stored, run it again. ConstraintBroken when the write is refused, StorageCorrupt when a
        stored record does not fit its type, StorageUnavailable when the outcome is unknown.
        """
        ...

    async def everywhere(
        self,
        kind: Kind[T],
        *,
        limit: int,
        after: UUID | None = None,
        where: Where = EVERY,
        unreadable: Callable[[UUID, str], None] | None = None,
    ) -> Sequence[T]:
        """Return records of every tenant, as Records.list does: for the background alone.

        With unreadable a record that does not fit its type is told to it, by its id and what is
        wrong, and left out of the page that it counts for: one tenant's holds up no other's.
        """
        ...
