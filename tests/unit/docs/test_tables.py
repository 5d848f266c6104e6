"""What the documents list is what the code says."""

import pytest

from tests.unit.docs.tables import TABLES, written
from tests.unit.sources import ROOT


@pytest.mark.parametrize("page", sorted(TABLES))
def test_a_list_is_written_out_of_the_code(page: str) -> None:
    said = (ROOT / "docs" / page).read_text()
    assert said == written(page), "run: python -m tests.unit.docs.tables"
