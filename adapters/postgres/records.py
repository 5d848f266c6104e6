"""Turn ordinary records into rows and back, by their types alone."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache, partial
from operator import attrgetter
from types import MappingProxyType, NoneType, UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from adapters.postgres import rows
from adapters.postgres.link.numbers import exact
from domain.shared.values import InvalidValue, checked_decimal
from ports.storage import StorageCorrupt
from ports.work import Kind, Record, columns_of

T = TypeVar("T", bound=Record)
Converted = Callable[[Any], Any]

_LARGEST_INTEGER = 2**63
_SQL: Mapping[type, TypeEngine[Any]] = MappingProxyType(
    {
        UUID: sa.Uuid(),
        str: sa.Text(),
        bool: sa.Boolean(),
        int: sa.BigInteger(),
        Decimal: sa.Numeric(38, 18),
        datetime: sa.DateTime(timezone=True),
        date: sa.Date(),
        bytes: sa.LargeBinary(),
    }
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column: where its value stands in the record, and how it is written and read."""

    # What its field is called, and what the table calls it.
    key: str
    name: str
    path: tuple[str, ...]
    sql: TypeEngine[Any]
    nullable: bool
    to_row: Converted
    of_row: Converted


@dataclass(frozen=True, slots=True)
class RecordTable(Generic[T]):
    """The table of one kind of record."""

    kind: Kind[T]
    table: sa.Table
    columns: tuple[Column, ...]
    # Gives the values of a record, in the order of the columns.
    read: Callable[[T], tuple[Any, ...]]
    # By place, what does not go into its column as it is.
    writers: tuple[tuple[int, Converted], ...]

    def values_of(self, record: T) -> list[Any]:
        """Return what goes into the columns, in their order; InvalidValue names the column."""
        values = list(self.read(record))
        for place, write in self.writers:
            if values[place] is not None:
                values[place] = write(values[place])
        return values

    def row_of(self, record: T) -> dict[str, Any]:
        """Return the values of a record by column; raises InvalidValue, which names the column."""
        values = self.values_of(record)
        return {one.key: value for one, value in zip(self.columns, values, strict=True)}

    def record_of(self, row: rows.Row) -> T:
        """Return the record of a row; raises StorageCorrupt for one that does not fit the type."""
        try:
            values: dict[str, Any] = {}
            for one in self.columns:
                if one.key in self.kind.computed:
                    continue
                read = row[one.name]
                value = None if read is None else one.of_row(read)
                place = values
                for name in one.path[:-1]:
                    place = place.setdefault(name, {})
                place[one.path[-1]] = value
            inner = _inner(self.kind.type)
            for name, type_ in inner.items():
                values[name] = type_(**values[name])
            return self.kind.type(**values)
        except (ValueError, TypeError, msgspec.DecodeError) as wrong:
            raise StorageCorrupt(f"{self.kind.table}: {self._id_of(row)}: {wrong}") from wrong

    def _id_of(self, row: rows.Row) -> Any:
        return row[self.table.c.id.name]


@cache
def table_of(kind: Kind[T]) -> RecordTable[T]:
    """Return the table of a kind, as its type says."""
    named = dict(kind.named)
    columns = tuple(
        _column(kind.type, key, path, name=named.get(key, key))
        for key, path in columns_of(kind.type).items()
    ) + tuple(_column(kind.type, key, (key,), name=key) for key in kind.computed)
    table = sa.Table(
        kind.table,
        # Several kinds may read one table, each its own columns.
        sa.MetaData(),
        *(
            sa.Column(
                one.name, one.sql, key=one.key, primary_key=one.key == "id", nullable=one.nullable
            )
            for one in columns
        ),
    )
    return RecordTable(
        kind=kind,
        table=table,
        columns=columns,
        read=attrgetter(*(".".join(one.path) for one in columns)),
        writers=tuple(
            (place, write)
            for place, one in enumerate(columns)
            if (write := _writer(one)) is not None
        ),
    )


def _column(record: type, key: str, path: tuple[str, ...], *, name: str) -> Column:
    hint: Any = record
    for step in path:
        found = getattr(hint, step, None)
        hint = (
            get_type_hints(found.fget)["return"]
            if isinstance(found, property)
            else get_type_hints(hint)[step]
        )
    alternatives = [one for one in get_args(hint) if one is not NoneType]
    optional = get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint)
    if optional and len(alternatives) == 1:
        hint = alternatives[0]
    sql, to_row, of_row = _conversion(hint)
    return Column(
        key=key, name=name, path=path, sql=sql, nullable=optional, to_row=to_row, of_row=of_row
    )


def _conversion(hint: Any) -> tuple[TypeEngine[Any], Converted, Converted]:
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _SQL[str], attrgetter("_value_"), hint
    if hint is UUID:
        return _SQL[UUID], _same, rows.plain_id
    if hint is Decimal:
        return _SQL[Decimal], _same, exact
    if hint in _SQL:
        return _SQL[hint], _same, _same
    if get_origin(hint) is frozenset:
        (member,) = get_args(hint)
        return sa.ARRAY(sa.Text()), sorted, lambda values: frozenset(map(member, values))
    # What has parts is one text: JSON, read back as the type says.
    decoder = msgspec.json.Decoder(hint)
    return (
        _SQL[str],
        lambda value: msgspec.json.encode(_open(value)).decode(),
        lambda text: _shut(decoder.decode(text)),
    )


def _writer(column: Column) -> Converted | None:
    """Return what a value goes through into its column, None where it goes as it is."""
    if column.to_row is not _same:
        return column.to_row
    checked = _CHECKED.get(type(column.sql))
    return None if checked is None else partial(checked, field=column.name)


def _checked_text(value: str, *, field: str) -> str:
    if "\x00" in value:
        raise InvalidValue(field=field, problem="must not hold the character U+0000")
    return value


def _checked_integer(value: int, *, field: str) -> int:
    if abs(value) >= _LARGEST_INTEGER:
        raise InvalidValue(field=field, problem="must be smaller than 2^63")
    return value


_CHECKED: Mapping[type, Callable[..., Any]] = MappingProxyType(
    {sa.Text: _checked_text, sa.BigInteger: _checked_integer, sa.Numeric: checked_decimal}
)


@cache
def _inner(record: type) -> Mapping[str, type]:
    return {
        name: hint
        for name, hint in get_type_hints(record).items()
        if isinstance(hint, type) and is_dataclass(hint)
    }


def _same(value: Any) -> Any:
    return value


def _open(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value


def _shut(value: Any) -> Any:
    return MappingProxyType(value) if isinstance(value, dict) else value
