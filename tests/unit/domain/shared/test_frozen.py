"""Building frozen values quickly, and just as strictly."""

from dataclasses import FrozenInstanceError, dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from domain.orders.order import Order
from domain.orders.terms import OrderTerms, OrderType, Side
from domain.shared.frozen import builder, changer
from domain.shared.values import InvalidValue


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value with a default and a check."""

    x: int
    y: int = 7

    def __post_init__(self) -> None:
        if self.x < 0:
            raise InvalidValue(field="x", problem="must not be negative")


build = builder(Point)


def test_what_is_built_is_the_class_own_value() -> None:
    made = build(x=3)
    assert type(made) is Point
    assert made == Point(x=3)
    assert hash(made) == hash(Point(x=3, y=7))
    assert repr(made) == repr(Point(x=3))
    assert replace(made, y=1) == Point(x=3, y=1)


def test_it_is_frozen_and_checked() -> None:
    made = build(x=3, y=4)
    with pytest.raises(FrozenInstanceError):
        made.x = 5  # type: ignore[misc]  # what is refused
    with pytest.raises(InvalidValue):
        build(x=-1)


def test_its_fields_are_asked_for() -> None:
    with pytest.raises(TypeError, match="x"):
        build()  # type: ignore[call-arg]  # what is refused
    with pytest.raises(TypeError, match="z"):
        build(x=1, z=2)  # type: ignore[call-arg]  # what is refused
    with pytest.raises(TypeError, match="positional"):
        build(1)  # type: ignore[call-arg]  # what is refused


def test_what_a_factory_gives_is_made_anew_each_time() -> None:
    @dataclass(frozen=True, slots=True, kw_only=True)
    class Listed:
        items: list[int] = field(default_factory=list)
        x: int = 1

    build = builder(Listed)
    first, second = build(), build(x=2)
    assert (first, second) == (Listed(), Listed(x=2))
    assert first.items is not second.items
    given = [1]
    assert build(items=given).items is given


def test_classes_that_it_cannot_build_are_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Positional:
        x: int

    @dataclass(frozen=True, kw_only=True)
    class Open:
        x: int

    for cls in (Positional, Open, int):
        with pytest.raises(TypeError):
            builder(cls)


def test_orders_and_terms_can_be_built_so() -> None:
    fields: dict[str, Any] = {
        "symbol": "AAPL",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal(1),
        "limit_price": Decimal(2),
    }
    assert builder(OrderTerms)(**fields) == OrderTerms(**fields)
    with pytest.raises(InvalidValue):
        builder(OrderTerms)(**{**fields, "quantity": Decimal(0)})
    assert builder(Order).__doc__ == "Build a Order."


change = changer(Point)


def test_a_change_is_what_replace_makes() -> None:
    before = Point(x=3)
    after = change(before, y=9)
    assert type(after) is Point
    assert after == replace(before, y=9)
    assert before == Point(x=3)
    assert change(before) == before


def test_a_change_is_frozen_and_checked() -> None:
    after = change(Point(x=3), x=4)
    with pytest.raises(FrozenInstanceError):
        after.x = 5  # type: ignore[misc]  # what is refused
    with pytest.raises(InvalidValue):
        change(Point(x=3), x=-1)
    with pytest.raises(AttributeError):
        change(Point(x=3), z=1)


def test_only_frozen_slotted_values_can_be_changed() -> None:
    class Plain:
        x = 1

    with pytest.raises(TypeError):
        changer(Plain)
