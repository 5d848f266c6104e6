"""Turn what the drivers raise into the port's errors, in this one place."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import sqlalchemy.exc

from ports.storage import (
    ConstraintBroken,
    StorageConflict,
    StorageCorrupt,
    StorageUnavailable,
)

# https://www.postgresql.org/docs/current/errcodes-appendix.html
_CONFLICT = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_CORRUPT = frozenset({"XX001", "XX002", "58P01"})  # data, index, missing file
_UNAVAILABLE = frozenset(
    {
        "25006",  # read-only transaction: the server became a standby
        "25P03",  # idle in transaction for too long
        "25P04",  # transaction for too long
        "3D000",  # no such database
        "55P03",  # lock not available in time
        "57014",  # statement took too long
    }
)
# Connection, authorization, resources, operator intervention, I/O: the server, not the statement.
_UNAVAILABLE_CLASSES = frozenset({"08", "28", "53", "57", "58"})
_CAUSES_MAX = 8


@contextmanager
def port_errors() -> Iterator[None]:
    """Raise the port's error in place of a driver's; what is our own mistake passes unchanged.

    Only database work belongs inside: a time-out or a socket error in here counts as storage's.
    """
    try:
        yield
    except (
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,
        sqlalchemy.exc.SQLAlchemyError,
        OSError,
    ) as error:
        translated = as_port_error(error)
        if translated is None:
            raise
        raise translated from error


def as_port_error(error: BaseException) -> Exception | None:
    """Return the port's error for a driver's, or None when the statement itself is wrong."""
    if isinstance(error, sqlalchemy.exc.TimeoutError):
        return StorageUnavailable("no database connection became free in time")
    for cause in _causes(error):
        if isinstance(cause, asyncpg.PostgresError):
            return _by_state(cause)
        if isinstance(cause, asyncpg.InterfaceError):
            # The driver has one class for a connection gone and for being misused.
            gone = "closed" in str(cause) or "closing" in str(cause)
            return StorageUnavailable(f"the database connection is gone: {cause}") if gone else None
        if isinstance(cause, asyncpg.InternalClientError):
            # A server's farewell was read, its hang-up not yet: the driver loses its place.
            return StorageUnavailable(f"the database connection broke: {cause}")
        if isinstance(cause, TimeoutError):
            return StorageUnavailable("the database did not answer in time")
        if isinstance(cause, OSError):
            return StorageUnavailable(f"the database cannot be reached: {cause}")
    return None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and what caused it; SQLAlchemy wraps the driver's error twice."""
    cause: BaseException | None = error
    for _ in range(_CAUSES_MAX):
        if cause is None:
            return
        yield cause
        wrapped = cause.orig if isinstance(cause, sqlalchemy.exc.DBAPIError) else None
        cause = wrapped or cause.__cause__


def _by_state(error: asyncpg.PostgresError) -> Exception | None:
    state = error.sqlstate or ""
    if state.startswith("23"):
        constraint: str | None = error.constraint_name
        # The message names the constraint, never `detail`: that one repeats the row's values.
        return ConstraintBroken(f"{error.message or error} ({state})", constraint=constraint)
    if state in _CONFLICT:
        return StorageConflict(f"{error} ({state})")
    if state in _CORRUPT:
        return StorageCorrupt(f"{error} ({state})")
    if state in _UNAVAILABLE or state[:2] in _UNAVAILABLE_CLASSES:
        return StorageUnavailable(f"{error} ({state})")
    return None
