"""Write the statements over a table of ordinary records, each compiled once."""

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.sql.compiler import SQLCompiler

from adapters.postgres.records import RecordTable
from ports.work import AtLeast, AtMost, Where

# SQLAlchemy leaves the constructors of its dialects without types.
_DIALECT = dialect()  # type: ignore[no-untyped-call]

# A statement's text and the names of its arguments in their order.
Statement = tuple[str, tuple[str, ...]]
# Which columns are compared, and with what: a value, any of several, any of them or nothing.
Shape = tuple[tuple[str, str], ...]


def ordered(names: tuple[str, ...], values: dict[str, Any]) -> list[Any]:
    """Return the values in the order of a statement's arguments."""
    return [values[name] for name in names]


def shape_of(where: Where) -> tuple[Shape, dict[str, Any]]:
    """Return which columns are compared and how, and the values by argument."""
    shape: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for name, wanted in where.items():
        if isinstance(wanted, frozenset):
            shape.append((name, "any_or_none" if None in wanted else "any"))
            values[f"is_{name}"] = [one for one in wanted if one is not None and _can_be(one)]
        elif isinstance(wanted, AtMost):
            shape.append((name, "at_most"))
            values[f"is_{name}"] = wanted.value
        elif isinstance(wanted, AtLeast):
            shape.append((name, "at_least"))
            values[f"is_{name}"] = wanted.value
        elif wanted is None:
            shape.append((name, "none"))
        elif not _can_be(wanted):
            shape.append((name, "any"))
            values[f"is_{name}"] = []
        else:
            shape.append((name, "one"))
            values[f"is_{name}"] = wanted
    return tuple(shape), values


def _can_be(value: object) -> bool:
    """Tell whether a row can have that value: what Postgres cannot even be asked for, none has."""
    return not (isinstance(value, str) and "\x00" in value)


def _compiled(statement: sa.ClauseElement) -> Statement:
    compiled = statement.compile(dialect=_DIALECT)
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), tuple(compiled.positiontup or ())


def _of(table: sa.Table, **also: sa.Column[Any]) -> list[sa.ColumnElement[bool]]:
    conditions = [table.c.tenant_id == sa.bindparam("tenant", type_=table.c.tenant_id.type)]
    conditions += [column == sa.bindparam(name, type_=column.type) for name, column in also.items()]
    return conditions


def _fitting(table: sa.Table, shape: Shape) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    for name, how in shape:
        column = table.c[name]
        one = sa.bindparam(f"is_{name}", type_=column.type)
        several = column == sa.any_(sa.bindparam(f"is_{name}", type_=sa.ARRAY(column.type)))
        match how:
            case "none":
                conditions.append(column.is_(None))
            case "at_most":
                conditions.append(column <= one)
            case "at_least":
                conditions.append(column >= one)
            case "any":
                conditions.append(several)
            case "any_or_none":
                conditions.append(sa.or_(column.is_(None), several))
            case _:
                conditions.append(column == one)
    return conditions


@cache
def getting(table: RecordTable[Any]) -> Statement:
    """Return the statement that reads one record."""
    of = table.table
    return _compiled(sa.select(of).where(*_of(of, id=of.c.id)))


@cache
def listing(
    table: RecordTable[Any], shape: Shape, *, everywhere: bool = False, newest_first: bool = False
) -> Statement:
    """Return the statement that reads a page of those that fit, of one tenant or of all."""
    of = table.table
    after = sa.bindparam("after", type_=of.c.id.type)
    own = [] if everywhere else _of(of)
    behind, order = (
        (of.c.id < after, of.c.id.desc()) if newest_first else (of.c.id > after, of.c.id)
    )
    return _compiled(
        sa.select(of)
        .where(*own, *_fitting(of, shape), sa.or_(after.is_(None), behind))
        .order_by(order)
        .limit(sa.bindparam("limit", type_=sa.BigInteger()))
    )


@cache
def counting(table: RecordTable[Any], shape: Shape) -> Statement:
    """Return the statement that counts those that fit."""
    of = table.table
    return _compiled(
        sa.select(sa.func.count()).select_from(of).where(*_of(of), *_fitting(of, shape))
    )


@cache
def adding(table: RecordTable[Any]) -> Statement:
    """Return the statement that stores a new record."""
    return _compiled(sa.insert(table.table))


@cache
def adding_many(table: RecordTable[Any]) -> str | None:
    """Return the statement that stores new records, of an array for each column.

    None where a column holds arrays itself: those cannot be told from the rows.
    """
    if any(isinstance(one.sql, sa.ARRAY) for one in table.columns):
        return None
    quoted = _DIALECT.identifier_preparer.quote
    into = ", ".join(quoted(one.name) for one in table.columns)
    arrays = ", ".join(
        f"${place}::{one.sql.compile(dialect=_DIALECT)}[]"
        for place, one in enumerate(table.columns, start=1)
    )
    return f"INSERT INTO {quoted(table.kind.table)} ({into}) SELECT * FROM unnest({arrays})"  # noqa: S608 - own names; values are parameters


@cache
def updating(table: RecordTable[Any]) -> Statement:
    """Return the statement that replaces a record of the version before, and names it."""
    of = table.table
    values = {one.key: sa.bindparam(f"new_{one.key}", type_=one.type) for one in of.c}
    return _compiled(
        sa.update(of)
        .where(*_of(of, id=of.c.id, before=of.c.version))
        .values(values)
        .returning(of.c[table.kind.proven_by])
    )


@cache
def removing(table: RecordTable[Any]) -> Statement:
    """Return the statement that deletes a record of a version, and names it."""
    of = table.table
    return _compiled(
        sa.delete(of)
        .where(*_of(of, id=of.c.id, before=of.c.version))
        .returning(of.c[table.kind.proven_by])
    )
