"""Names, versions and the memory that models share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.inference.model import (
    InMemory,
    ModelKey,
    ServingFigures,
    in_order,
    newest,
    to_make_room,
)
from domain.shared.values import InvalidValue


@pytest.mark.parametrize("name", ["", "../up", "a/b", "a.onnx", ".hidden", "ä", "x" * 65, "a b"])
def test_a_name_that_could_lead_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match="letters, digits"):
        ModelKey(name)


@pytest.mark.parametrize("version", ["", "..", "1..2", "../1", "a/b", ".1"])
def test_a_version_that_could_lead_elsewhere_is_refused(version: str) -> None:
    with pytest.raises(InvalidValue):
        ModelKey("right", version)


@pytest.mark.parametrize(
    ("versions", "wanted"),
    [
        ([], None),
        (["9", "10", "2"], "10"),
        (["1.9", "1.10"], "1.10"),
        (["beta", "1"], "1"),
        (["\u00b2", "1"], "1"),
    ],
)
def test_the_newest_version_goes_by_numbers(versions: list[str], wanted: str | None) -> None:
    assert newest(versions) == wanted
    assert in_order(reversed(versions))[-1:] == ([] if wanted is None else [wanted])


MODELS = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=2),
    st.builds(
        InMemory,
        memory_bytes=st.integers(0, 500),
        used_at=st.floats(0, 100),
        pinned=st.booleans(),
    ),
    max_size=8,
)


@given(MODELS, st.integers(0, 1_500))
def test_what_goes_makes_just_enough_room_and_is_the_longest_unused(
    loaded: dict[str, InMemory], needed: int
) -> None:
    budget = 1_000
    going = to_make_room(loaded, needed_bytes=needed, budget_bytes=budget)
    pinned = sum(one.memory_bytes for one in loaded.values() if one.pinned)
    if going is None:
        assert pinned + needed > budget
        return
    assert not any(loaded[one].pinned for one in going)
    left = {name: one for name, one in loaded.items() if name not in going}
    assert sum(one.memory_bytes for one in left.values()) + needed <= budget
    if going:
        without_last = sum(one.memory_bytes for one in left.values())
        assert without_last + loaded[going[-1]].memory_bytes + needed > budget
        latest = max(loaded[one].used_at for one in going)
        assert all(one.pinned or one.used_at >= latest for one in left.values())


def test_rows_a_batch_are_none_before_the_first() -> None:
    assert ServingFigures().batch_mean == 0
    assert ServingFigures(rows=9, batches=2).batch_mean == 4.5
