"""Tests are shared out whole, and what a fork says arrives whole."""

import pickle
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forking.plugin import forks
from tests.forking.said import Heard
from tests.forking.work import Shared, Work, pieces


@given(count=st.integers(0, 9_000), sharers=st.integers(1, 8))
def test_each_test_is_in_one_piece_and_the_pieces_get_smaller(count: int, sharers: int) -> None:
    made = list(pieces(count, sharers=sharers))
    assert [number for start, end in made for number in range(start, end)] == list(range(count))
    sizes = [end - start for start, end in made]
    assert sizes == sorted(sizes, reverse=True)
    assert all(size <= max(4, count // 3 // sharers) for size in sizes)


def test_whoever_asks_is_given_what_nobody_has() -> None:
    work = Work(100, sharers=2)
    one, other = work.taken(), work.taken()
    taken = [next(one), next(other), *one, *other]
    assert sorted(taken) == list(range(100))
    assert list(work.taken()) == []
    work.close()


def test_all_see_who_runs_what_and_that_it_is_over() -> None:
    shared = Shared(2)
    assert (shared.running(0), shared.running(1), shared.is_over()) == (None, None, False)
    shared.runs(0, 0)
    shared.runs(1, 5_000)
    shared.end()
    assert (shared.running(0), shared.running(1), shared.is_over()) == (0, 5_000, True)
    shared.runs(1, None)
    assert shared.running(1) is None


@pytest.mark.parametrize("size", [1, 3, 4, 7, 1_000])
def test_what_is_said_arrives_however_it_is_cut(size: int) -> None:
    batches: list[list[tuple[str, object]]] = [
        [("passed", 1), ("broken", "x" * 50)],
        [],
        [("exit", ("enough", None))],
    ]
    packed = [pickle.dumps(batch) for batch in batches]
    sent = b"".join(struct.pack("=I", len(one)) + one for one in packed)
    heard = Heard()
    cut = [sent[start : start + size] for start in range(0, len(sent), size)]
    assert [one for part in cut for one in heard.add(part)] == [
        one for batch in batches for one in batch
    ]


def test_as_many_as_are_wanted_and_no_more_than_eight_by_itself() -> None:
    assert forks("3") == 3
    assert forks("20") == 20
    assert 1 <= forks("auto") <= 8
