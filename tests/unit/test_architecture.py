"""The house keeps its shape: who may import what, packages, sizes and the list of areas."""

import re
import sys
from pathlib import Path

import pytest

from tests.unit.sources import ROOT, SHIPPED, facts, python_files, subpackages

LINES_MAX = 300
FUNCTION_LINES_MAX = 70

OWN = {
    "domain": {"domain", "numpy"},
    "ports": {"domain", "numpy", "ports"},
    "application": {"application", "domain", "numpy", "ports"},
}
AREA_LINE = re.compile(r"^- `(?P<area>[a-z_]+)`: [A-Z].+\.$")


def listed_areas(heading: str) -> list[str]:
    """Read the areas that docs/areas.md lists under a heading, in its order."""
    _, _, rest = (ROOT / "docs/areas.md").read_text().partition(f"## {heading}\n")
    lines = rest.partition("\n## ")[0].splitlines()
    return [match["area"] for line in lines if (match := AREA_LINE.match(line))]


def built_areas() -> list[str]:
    """Name the areas that have a place in the tree."""
    folders = ("domain", "application", "bootstrap/areas")
    return sorted({area for folder in folders for area in subpackages(folder)})


@pytest.mark.parametrize("layer", sorted(OWN))
def test_the_core_imports_only_the_standard_library_numpy_and_its_own(layer: str) -> None:
    allowed = OWN[layer] | sys.stdlib_module_names
    foreign = [
        f"{path} imports {package}"
        for path in python_files(layer)
        for package in facts(path).imports
        if package not in allowed
    ]
    assert foreign == []


def test_every_folder_with_python_files_is_a_package() -> None:
    direct = {path.parent for path in python_files(*SHIPPED, "tests", "bench")}
    folders = {above for folder in direct for above in (folder, *folder.parents)} - {Path()}
    bare = sorted(str(folder) for folder in folders if not (ROOT / folder / "__init__.py").exists())
    assert bare == []


def test_no_shipped_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in python_files(*SHIPPED)}
    assert {str(path): lines for path, lines in lengths.items() if lines > LINES_MAX} == {}


def test_no_shipped_function_is_longer_than_a_screen() -> None:
    long = {
        f"{path}:{line} {name}": lines
        for path in python_files(*SHIPPED)
        for name, line, lines in facts(path).functions
        if lines > FUNCTION_LINES_MAX
    }
    assert long == {}


def test_nothing_hides_an_import_behind_type_checking() -> None:
    hidden = [
        str(path) for path in python_files(*SHIPPED) if "TYPE_CHECKING" in (ROOT / path).read_text()
    ]
    assert hidden == []


def test_the_built_areas_listed_are_those_in_the_tree() -> None:
    assert sorted(listed_areas("Built")) == built_areas()


def test_no_planned_area_is_in_the_tree() -> None:
    planned = listed_areas("Planned")
    assert len(planned) == len(set(planned))
    assert sorted(set(planned) & set(built_areas())) == []


def test_every_entry_of_the_list_names_an_area_and_says_what_it_is() -> None:
    lines = (ROOT / "docs/areas.md").read_text().splitlines()
    broken = [line for line in lines if line.startswith("-") and not AREA_LINE.match(line)]
    assert broken == []
