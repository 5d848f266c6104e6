"""What the core needs to change several things at once: all of it, or nothing."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol, TypeVar

Scope_co = TypeVar("Scope_co", covariant=True)


class Conflict(Exception):
    """Another transaction changed what this one read: nothing was stored, run it again."""


class Transactions(Protocol[Scope_co]):
    """Transactions over one area's scope."""

    def begin(self) -> AbstractAsyncContextManager[Scope_co]:
        """Open a transaction: a clean exit commits, an exception rolls back.

        Reads see the transaction's own writes. The exit raises Conflict when another
        transaction came between, ConstraintBroken when the write is refused, and
        StorageUnavailable when the outcome is unknown.
        """
        ...
