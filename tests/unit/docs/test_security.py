"""The pages on security name what there is, leave no requirement out, and count rightly."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.docs.asvs import LEVEL_OF
from tests.unit.docs.named import files_in, missing_from, shown_by
from tests.unit.sources import ROOT

SECURITY, INVENTORY, ASVS = (
    ROOT / "docs" / name for name in ("security.md", "inventory.md", "asvs.md")
)
VERDICTS = ("met", "partly", "not met", "does not apply")


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table; several ids share one where nothing tells them apart."""

    ids: tuple[str, ...]
    levels: str
    asked: str
    verdict: str
    where: str


def cells_of(page: Path, *, columns: int) -> list[list[str]]:
    """Return the cells of every line of a table with so many columns."""
    lines = [line for line in page.read_text().splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]
    return [row for row in cells if len(row) == columns and set(row[0]) != {"-"}]


ROWS = [
    Row(tuple(first.split(", ")), *others)
    for first, *others in cells_of(ASVS, columns=5)
    if first != "Id"
]
THREATS = [row for row in cells_of(SECURITY, columns=6) if re.fullmatch(r"T\d+", row[0])]


@pytest.mark.parametrize("page", [SECURITY, INVENTORY, ASVS], ids=lambda page: page.name)
def test_files_tests_places_commands_and_settings_that_are_named_are_there(page: Path) -> None:
    assert list(missing_from(page)) == []


def test_the_list_of_requirements_is_that_of_the_standard() -> None:
    assert Counter(LEVEL_OF.values()) == {1: 70, 2: 183, 3: 92}


def test_every_requirement_of_levels_one_and_two_has_its_line_once() -> None:
    asked = Counter(one for one, level in LEVEL_OF.items() if level < 3)
    assert Counter(one for row in ROWS for one in row.ids) == asked


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.ids[0])
def test_a_line_has_a_verdict_and_what_it_rests_on(row: Row) -> None:
    assert row.verdict in VERDICTS
    assert row.levels == ", ".join(sorted({str(LEVEL_OF[one]) for one in row.ids}))
    assert row.asked
    assert len(row.ids) == 1 or row.verdict == "does not apply"
    if row.verdict == "met":
        shipped = [one for one in files_in(row.where) if not one.startswith("tests/unit/")]
        assert shipped, "what is met names its code"
        assert shown_by(row.where), "what is met names a test"
    else:
        assert row.where, "what is not met says what is missing, or why it does not apply"


def test_the_counts_are_those_of_the_table() -> None:
    counted = Counter((LEVEL_OF[one], row.verdict) for row in ROWS for one in row.ids)
    told = {row[0]: row[1:] for row in cells_of(SECURITY, columns=6) if row[0] in "12both"}
    for name, levels in (("1", (1,)), ("2", (2,)), ("both", (1, 2))):
        counts = [sum(counted[level, verdict] for level in levels) for verdict in VERDICTS]
        assert told[name] == [str(one) for one in (*counts, sum(counts))]


def test_threats_are_numbered_and_each_is_on_the_checklist() -> None:
    numbers = [row[0] for row in THREATS]
    assert numbers == [f"T{number}" for number in range(1, len(THREATS) + 1)]
    assert len(numbers) > 40
    listed = [row for row in cells_of(SECURITY, columns=7) if row[0] != "boundary"]
    assert set(numbers) == {one for row in listed for cell in row[1:] for one in cell.split()}
    assert all(cell for row in listed for cell in row)


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0])
def test_a_threat_has_its_control_its_place_a_test_and_what_remains(row: list[str]) -> None:
    _, threat, control, where, shown, remains = row
    assert threat
    assert control
    assert files_in(where)
    assert shown_by(shown)
    assert remains
