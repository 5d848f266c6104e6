"""The columns of an order are its fields: none is listed, and none can be forgotten."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from adapters.postgres.order_rows import ORDERS, OrderRows
from domain.orders.order import GroupLink, Order, Origin, Role
from domain.orders.states import OrderState
from domain.orders.terms import OrderType, TimeInForce, TrailKind
from ports.storage import StorageCorrupt
from tests import builders


@dataclass(frozen=True, slots=True, kw_only=True)
class Tagged(Order):
    """An order with fields of a type that no column is known for."""

    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubled(Order):
    """An order with a field that has the name of one of its terms."""

    quantity: Decimal | None = None


GROUPED = builders.order(
    link=GroupLink(group_id=builders.new_id(), role=Role.CHILD, parent_id=builders.new_id()),
    origin=Origin.EXTERNAL,
    waiting=True,
    reason="why",
)
TRAILING = builders.order(
    terms=builders.terms(
        type=OrderType.TRAILING_STOP,
        limit_price=None,
        trail=Decimal("0.5"),
        trail_kind=TrailKind.PERCENT,
        time_in_force=TimeInForce.GTD,
        expires_at=builders.AT,
        reduce_only=True,
    )
)
REPLACING = builders.order(
    state=OrderState.PENDING_UPDATE,
    settled_state=OrderState.WORKING,
    pending_terms=builders.terms(quantity=Decimal(3)),
    pending_price=Decimal("99.5"),
    venue_order_id="v",
    sent_at=builders.AT,
    request_sent=True,
)


@pytest.mark.parametrize("order", [builders.order(), GROUPED, TRAILING, REPLACING])
def test_an_order_is_read_back_from_its_row(order: Order) -> None:
    columns = sorted(ORDERS.columns)
    row: dict[str, Any] = dict(zip(columns, ORDERS.maker(columns)(order), strict=True))
    assert ORDERS.read(row) == order


def test_a_table_with_other_columns_than_an_order_has_is_told() -> None:
    columns = [name for name in ORDERS.columns if name != "trail"]
    with pytest.raises(StorageCorrupt, match=r"differ in trail, trial$"):
        ORDERS.maker([*columns, "trial"])


def test_a_field_that_no_column_is_known_for_is_told() -> None:
    with pytest.raises(TypeError, match=r"Tagged\.tags: no column is known"):
        OrderRows(Tagged)


def test_two_fields_do_not_share_a_column() -> None:
    with pytest.raises(TypeError, match="two fields of Doubled"):
        OrderRows(Doubled)


def test_a_stored_state_that_there_is_not_makes_no_order() -> None:
    row = dict(zip(ORDERS.columns, ORDERS.maker(ORDERS.columns)(GROUPED), strict=True))
    with pytest.raises(ValueError, match="gone"):
        ORDERS.read({**row, "state": "gone"})


def test_terms_that_a_replace_leaves_out_are_asked_to_go() -> None:
    terms = replace(REPLACING.terms, type=OrderType.MARKET, limit_price=None)
    asked = replace(REPLACING, terms=terms, pending_terms=replace(terms, quantity=Decimal(2)))
    row = dict(zip(ORDERS.columns, ORDERS.maker(ORDERS.columns)(asked), strict=True))
    assert ORDERS.read(row) == asked
