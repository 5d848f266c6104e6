"""Which driver errors become which port errors."""

import asyncpg
import pytest
import sqlalchemy.exc

from adapters.postgres.link.errors import as_port_error, port_errors
from ports.storage import ConstraintBroken, StorageConflict, StorageCorrupt, StorageUnavailable


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (asyncpg.UniqueViolationError("twice"), ConstraintBroken),
        (asyncpg.CheckViolationError("no"), ConstraintBroken),
        (asyncpg.ForeignKeyViolationError("no"), ConstraintBroken),
        (asyncpg.SerializationError("again"), StorageConflict),
        (asyncpg.DeadlockDetectedError("again"), StorageConflict),
        (asyncpg.DataCorruptedError("bad page"), StorageCorrupt),
        (asyncpg.QueryCanceledError("slow"), StorageUnavailable),
        (asyncpg.LockNotAvailableError("locked"), StorageUnavailable),
        (asyncpg.AdminShutdownError("bye"), StorageUnavailable),
        (asyncpg.CannotConnectNowError("starting"), StorageUnavailable),
        (asyncpg.TooManyConnectionsError("full"), StorageUnavailable),
        (asyncpg.DiskFullError("full"), StorageUnavailable),
        (asyncpg.InvalidPasswordError("no"), StorageUnavailable),
        (asyncpg.ReadOnlySQLTransactionError("standby"), StorageUnavailable),
        (asyncpg.ConnectionDoesNotExistError("gone"), StorageUnavailable),
        (asyncpg.InterfaceError("connection is closed"), StorageUnavailable),
        (asyncpg.InternalClientError("cannot switch to state 11"), StorageUnavailable),
        (ConnectionResetError("reset"), StorageUnavailable),
        (TimeoutError(), StorageUnavailable),
        (sqlalchemy.exc.TimeoutError("pool"), StorageUnavailable),
    ],
)
def test_storage_faults_become_the_ports(error: Exception, expected: type[Exception]) -> None:
    with pytest.raises(expected) as caught, port_errors():
        raise error
    assert type(caught.value) is expected
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.PostgresSyntaxError("our mistake"),
        asyncpg.UndefinedTableError("our mistake"),
        asyncpg.NumericValueOutOfRangeError("our mistake"),
        asyncpg.InterfaceError("another operation is in progress"),
        sqlalchemy.exc.NoResultFound(),
    ],
)
def test_our_own_mistakes_pass_unchanged(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, port_errors():
        raise error
    assert caught.value is error


def test_business_errors_are_not_looked_at() -> None:
    with pytest.raises(KeyError), port_errors():
        raise KeyError("x")
    assert as_port_error(KeyError("x")) is None
