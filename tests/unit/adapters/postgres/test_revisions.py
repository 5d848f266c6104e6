"""The migrations form one line."""

from pathlib import Path

import adapters.postgres.migrations.versions
from adapters.postgres.migrations.run import revisions


def test_revisions_are_one_unbroken_line_named_by_their_files() -> None:
    known = revisions()
    files = sorted(Path(adapters.postgres.migrations.versions.__file__).parent.glob("r*.py"))
    assert known == [f"{number:04}" for number in range(101, 101 + len(files))]
    assert [file.name[1:5] for file in files] == known
