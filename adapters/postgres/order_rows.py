"""Turn orders into rows and back: the fields of an order are the columns of the table."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields, replace
from datetime import datetime
from decimal import Decimal
from enum import Enum
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Any, get_args, get_type_hints
from uuid import UUID

from adapters.postgres.link.numbers import exact
from adapters.postgres.rows import Row, plain_id
from domain.orders.order import GroupLink, Order
from domain.orders.terms import OrderTerms
from domain.shared.values import plain
from ports.storage import StorageCorrupt

Reader = Callable[[Any], Any]
Maker = Callable[[Order], tuple[Any, ...]]

COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'orders'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
# Fields that are no column: the first two are columns each, the others share the last one.
_PENDING = "pending_terms"
_APART = frozenset({"terms", "link", _PENDING, "pending_price"})
# What a replace may change of the terms.
_REPLACED = ("quantity", "limit_price", "stop_price", "trail", "display_quantity")
_AS_READ = frozenset({str, bool, int, datetime})
_READ: dict[type, Reader] = {UUID: plain_id, Decimal: exact}


class OrderRows:
    """An order's columns: one for each of its fields, of its terms' and of its group's.

    TypeError for a field of a type that no column is known for.
    """

    def __init__(self, cls: type[Order]) -> None:
        self._cls = cls
        self._own = _readers(cls, without=_APART)
        self._terms = _readers(OrderTerms)
        self._link = _readers(GroupLink)
        self.columns = (*self._own, *self._terms, *self._link, _PENDING)
        if len(set(self.columns)) < len(self.columns):
            raise TypeError(f"two fields of {cls.__name__} have the same column")

    def maker(self, columns: Sequence[str]) -> Maker:
        """Return what makes rows of the table's columns, in their order.

        Raises StorageCorrupt when the table has others than an order has.
        """
        odd = sorted(set(self.columns) ^ set(columns))
        if odd:
            raise StorageCorrupt(f"orders and their table differ in {', '.join(odd)}")
        own, of_terms, of_link = (
            attrgetter(*names) for names in (self._own, self._terms, self._link)
        )
        no_link = (None,) * len(self._link)
        in_place = itemgetter(*map(self.columns.index, columns))

        def row(order: Order) -> tuple[Any, ...]:
            link = order.link
            made: tuple[Any, ...] = in_place(
                (
                    *own(order),
                    *of_terms(order.terms),
                    *(no_link if link is None else of_link(link)),
                    None if order.pending_terms is None else _pending_text(order),
                )
            )
            return made

        return row

    def read(self, row: Row) -> Order:
        """Return the order of a row; raises ValueError when it makes no valid one."""
        terms = OrderTerms(**_read(row, self._terms))
        pending = row[_PENDING]
        return self._cls(
            **_read(row, self._own),
            terms=terms,
            link=GroupLink(**_read(row, self._link)) if row["group_id"] is not None else None,
            pending_terms=_terms_of(pending, terms) if pending is not None else None,
            pending_price=_price_of(pending) if pending is not None else None,
        )


def order_of(row: Row) -> Order:
    """Return the order of a row; raise StorageCorrupt when it makes no valid one."""
    try:
        return ORDERS.read(row)
    except ValueError as problem:
        raise StorageCorrupt(f"order {row['id']} is stored broken: {problem}") from problem


def _readers(cls: type, *, without: Iterable[str] = ()) -> dict[str, Reader | None]:
    """Return what makes a field of what the driver gives, by column; None leaves it as it is."""
    hints = get_type_hints(cls)
    return {
        field.name: _reader(hints[field.name], of=f"{cls.__name__}.{field.name}")
        for field in fields(cls)
        if field.name not in without
    }


def _reader(hint: Any, *, of: str) -> Reader | None:
    kinds = [kind for kind in get_args(hint) or (hint,) if kind is not NoneType]
    kind = kinds[0]
    if len(kinds) > 1 or not isinstance(kind, type):
        raise TypeError(f"{of}: no column is known for {hint}")
    if kind in _AS_READ:
        return None
    if issubclass(kind, Enum):
        return kind
    if kind not in _READ:
        raise TypeError(f"{of}: no column is known for {hint}")
    return _READ[kind]


def _read(row: Row, readers: dict[str, Reader | None]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, read in readers.items():
        value = row[name]
        values[name] = value if read is None or value is None else read(value)
    return values


def _pending_text(order: Order) -> str:
    values = [(name, getattr(order.pending_terms, name)) for name in _REPLACED]
    values.append(("price", order.pending_price))
    return json.dumps({name: plain(value) for name, value in values if value is not None})


def _price_of(text: str) -> Decimal | None:
    # A replace that was asked for under an earlier version has none.
    price = json.loads(text).get("price")
    return None if price is None else Decimal(price)


def _terms_of(text: str, terms: OrderTerms) -> OrderTerms:
    said = {name: Decimal(value) for name, value in json.loads(text).items()}
    changed: dict[str, Any] = {name: said.get(name) for name in _REPLACED}
    return replace(terms, **changed)


ORDERS = OrderRows(Order)
