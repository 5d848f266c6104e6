"""The page of limits says what the code refuses, type by type and number by number."""

import re
from decimal import Decimal
from typing import Any

import pytest

from application.orders.make_orders import GROUP_MAX
from domain.orders.terms import PRICED_BY_LIMIT, OrderTerms, OrderType, Side, TrailKind
from domain.risk.parameters import ChoiceParameter
from domain.risk.rules import CHECKS
from domain.shared.values import InvalidValue
from tests.unit.sources import ROOT

PAGE = (ROOT / "docs/limits.md").read_text()
PRICE = Decimal("12.5")


def table(heading: str) -> list[list[str]]:
    """Return the rows of the table whose head begins so, without back-ticks."""
    lines = PAGE[PAGE.index(f"| {heading} |") :].split("\n\n")[0].splitlines()
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
    return [[cell.replace("`", "") for cell in row] for row in cells]


def is_taken(kind: OrderType, **given: Any) -> bool:
    try:
        OrderTerms(symbol="AAPL", side=Side.BUY, type=kind, quantity=Decimal(1), **given)
    except InvalidValue:
        return False
    return True


def test_every_type_of_order_has_its_line() -> None:
    assert [row[0] for row in table("type | `limit_price`")] == [one.value for one in OrderType]


@pytest.mark.parametrize("row", table("type | `limit_price`"), ids=lambda row: row[0])
def test_an_order_takes_the_prices_that_its_line_names(row: list[str]) -> None:
    name, limit, stop, trail, rests = row
    kind = OrderType(name)
    fields: tuple[tuple[str, dict[str, Any]], ...] = (
        (limit, {"limit_price": PRICE}),
        (stop, {"stop_price": PRICE}),
        (trail, {"trail": PRICE, "trail_kind": TrailKind.AMOUNT}),
    )
    needed = {
        name: value for said, one in fields if said == "required" for name, value in one.items()
    }
    assert is_taken(kind, **needed)
    for said, one in fields:
        without = {field: value for field, value in needed.items() if field not in one}
        assert is_taken(kind, **without, **one) is (said != "-")
        assert is_taken(kind, **without) is (said != "required")
    assert (rests == "yes") is (kind in PRICED_BY_LIMIT)


def test_every_type_of_rule_has_its_line_with_its_parameters() -> None:
    rows = {row[0]: row for row in table("type | the threshold is")}
    assert list(rows) == [one.value for one in CHECKS]
    for rule_type, check in CHECKS.items():
        _, threshold, parameters, nature = rows[rule_type.value]
        assert threshold
        assert nature == check.NATURE.value
        for one in check.PARAMETERS:
            assert re.search(rf"\b{one.name}\b", parameters)
            if isinstance(one, ChoiceParameter):
                assert set(one.choices) <= set(re.findall(r"\w+", parameters))
        assert (parameters == "none") is (not check.PARAMETERS)


def test_a_group_has_at_most_as_many_orders_as_the_page_says() -> None:
    assert f"at most {GROUP_MAX} orders" in PAGE
