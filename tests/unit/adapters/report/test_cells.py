"""What is exported into tables is text to every spreadsheet."""

import pytest

from adapters.report.files import csv_of
from adapters.report.tables import Kind, Table
from domain.shared.cells import guarded


@pytest.mark.parametrize(
    "cell", ["=1", "+1", "-1", "@a", "|cmd", "%x", "\tx", "\r=1", "\n=1", "\uff1d1"]
)
def test_a_cell_is_no_formula(cell: str) -> None:
    assert guarded(cell) == f"'{cell}"
    assert guarded(f"a{cell}") == f"a{cell}"
    assert guarded(None) == ""


def test_a_name_in_a_replay_s_table_is_no_formula_and_a_figure_stays_one() -> None:
    table = Table(
        name="t", columns=(("rule", Kind.TEXT), ("loss", Kind.COUNT)), rows=[("|calc'!A0", -5)]
    )
    assert csv_of(table) == "rule,loss\n'|calc'!A0,-5\n"
