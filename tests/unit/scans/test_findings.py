"""Nothing that a scanner finds passes without an explanation, and no explanation outlives it."""

from pathlib import Path

import pytest

from tests.scans.__main__ import EXPLAINED
from tests.scans.findings import Explained, Finding, judge, read_explained

_WHY = "the statement is made of this file's own names"


def _found(line: int, *, path: str = "a/b.py", rule: str = "B608") -> Finding:
    return Finding("bandit", rule, path, line, "possible SQL injection")


def _explained(count: int, *, path: str = "a/b.py") -> Explained:
    return Explained("bandit", "B608", path, count, _WHY)


def test_what_is_explained_passes() -> None:
    assert judge([_found(3), _found(9)], explained=[_explained(2)]) == []


def test_a_finding_without_an_explanation_is_told_with_its_place() -> None:
    (wrong,) = judge([_found(7, rule="B602")], explained=[])
    assert wrong == "a/b.py:7: bandit B602 possible SQL injection: not explained"


def test_one_more_in_an_explained_file_is_told() -> None:
    (wrong,) = judge([_found(3), _found(9), _found(12)], explained=[_explained(2)])
    assert wrong.startswith("a/b.py:12: ")
    assert wrong.endswith("one more than the 2 that are explained")


def test_an_explanation_of_nothing_is_told() -> None:
    (wrong,) = judge([_found(3)], explained=[_explained(2)])
    assert wrong == "a/b.py: bandit B608 is explained 2 times and found 1 times"


def test_a_pattern_covers_its_files_only() -> None:
    found = [_found(3), _found(4, path="a/c.py"), _found(5, path="d/b.py")]
    (wrong,) = judge(found, explained=[_explained(2, path="a/*")])
    assert wrong.startswith("d/b.py:5: ")


@pytest.mark.parametrize("broken", ['why = "no"', 'why = "long enough, really, it is"\ncount = 0'])
def test_an_explanation_that_says_nothing_is_refused(tmp_path: Path, broken: str) -> None:
    entry = '[[explained]]\nscanner = "x"\nrule = "y"\npath = "z"\n'
    count = "" if "count" in broken else "count = 1\n"
    (tmp_path / "explained.toml").write_text(entry + count + broken)
    with pytest.raises(ValueError, match="explains nothing"):
        read_explained(tmp_path / "explained.toml")


def test_the_project_s_own_explanations_can_be_read() -> None:
    assert len(read_explained(EXPLAINED)) > 10
