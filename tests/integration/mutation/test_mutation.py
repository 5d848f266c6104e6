"""Mutants are put in place, tried and counted rightly: a wrong count would hide weak tests."""

import importlib
import json
import os
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from domain.audit import masking
from tests.mutation.anew import Finder, module_of, near, run_anew
from tests.mutation.areas import AREAS, ROOT, files_of, suites_of
from tests.mutation.bodies import around, code_at, live_functions, put, spans_of
from tests.mutation.equivalents import Equivalent, read_equivalents, stale
from tests.mutation.forks import in_fork
from tests.mutation.hunt import OPTIONS, TESTS_MIN, TRIED_S, Stop, enough, hunt
from tests.mutation.mutant import Mutant, drawn
from tests.mutation.reach import Reach
from tests.mutation.report import Report, wilson
from tests.mutation.verdict import Fate, Verdict

MASKING = "domain/audit/masking.py"
SHIPPED = ("domain", "ports", "application", "adapters")
SOURCE = b"""
LIMIT = 3

def outer(limit=LIMIT):
    def inner():
        return limit
    return inner()


class Thing:
    kind = "thing"

    @property
    def name(self):
        return self.kind
"""


def mutant(was: str, becomes: str, *, path: str = MASKING) -> Mutant:
    source = (ROOT / path).read_bytes()
    start = source.index(was.encode())
    return Mutant(
        path=path,
        line=source[:start].count(b"\n") + 1,
        scope="",
        operator="by_hand",
        start=start,
        end=start + len(was.encode()),
        text=becomes,
    )


def test_a_place_is_in_a_function_or_runs_at_import() -> None:
    spans = spans_of(SOURCE)
    assert [one.first_line for one in spans] == [4, 13]

    def line_of(text: bytes) -> int | None:
        start = SOURCE.index(text)
        found = around(spans, start=start, end=start + len(text))
        return found.first_line if found is not None else None

    assert line_of(b"return limit") == 4
    assert line_of(b"return self.kind") == 13
    for at_import in (b"LIMIT = 3", b"limit=LIMIT", b'"thing"', b"@property"):
        assert line_of(at_import) is None


def test_a_living_function_takes_the_changed_body_and_the_old_one_again() -> None:
    file = str(ROOT / MASKING)
    one = mutant("return MASK if _SECRET_FORMS", "return name if _SECRET_FORMS")
    functions = live_functions(frozenset({file}))
    line = next(span.first_line for span in spans_of(one.original()) if span.start == one.start)
    changed = code_at(one.changed(), file=file, line=line)
    same = code_at(one.original(), file=file, line=line)
    assert changed is not None
    assert same is not None
    assert put(changed, functions[file, line])
    try:
        with pytest.raises(NameError):
            masking.masked([("note", "$argon2id$")])
    finally:
        assert put(same, functions[file, line])
    assert masking.masked([("note", "$argon2id$")]) == {"note": "***"}
    assert not put(changed, [])


def test_a_file_is_imported_changed_without_being_written() -> None:
    before = (ROOT / MASKING).read_bytes()

    def body(saying: int) -> int:
        sys.meta_path.insert(0, Finder(MASKING, mutant('"***"', '"###"').changed()))
        for name in [name for name in sys.modules if name.startswith("domain.audit")]:
            del sys.modules[name]
        os.write(saying, importlib.import_module(module_of(MASKING)).MASK.encode())
        return 0

    assert in_fork(body, cpu_s=20, wall_s=50).said == b"###"
    assert (ROOT / MASKING).read_bytes() == before
    assert masking.MASK == "***"


def test_what_loops_or_hangs_or_dies_is_outlived() -> None:
    def loops(_: int) -> int:
        while True:
            pass

    def hangs(_: int) -> int:
        time.sleep(1_000)
        return 0

    def dies(_: int) -> int:
        raise KeyboardInterrupt

    assert in_fork(loops, cpu_s=0, wall_s=50).code is None
    assert in_fork(hangs, cpu_s=20, wall_s=0.2).code is None
    assert in_fork(dies, cpu_s=20, wall_s=50).code == 70
    much = in_fork(lambda saying: os.write(saying, b"x" * 300_000) and 0, cpu_s=20, wall_s=50)
    assert (much.code, len(much.said)) == (0, 300_000)


def test_a_hunt_kills_what_a_test_notices_and_leaves_what_runs_at_import(tmp_path: Path) -> None:
    # A name's value is hidden where it is a secret; nothing tests how many names are remembered.
    killed = mutant("MASK if _is_secret(name) and value", "MASK if _is_secret(name) or value")
    left = mutant("maxsize=4_096", "maxsize=4_097")
    tests = ["tests/unit/domain/audit/test_masking.py"]
    ended = in_fork(
        lambda saying: hunt(tests, [killed, left], saying=saying, rooms=tmp_path / "r"),
        cpu_s=200,
        wall_s=55,
    )
    *lines, last = [json.loads(line) for line in ended.said.splitlines()]
    assert last["problem"] == ""
    fates = {line["verdict"]["id"]: line["verdict"]["fate"] for line in lines}
    assert fates == {killed.id: "killed"}
    assert lines[0]["verdict"]["by"].startswith("tests/unit/domain/audit/test_masking.py::")
    assert last["left"] == [left.id]


def test_only_what_fails_kills_and_ends_the_process_at_once(tmp_path: Path) -> None:
    tests = tmp_path / "test_some.py"
    tests.write_text(
        """
import unittest
import pytest

def test_passes(): pass
def test_skips(): pytest.skip("not here")
def test_skips_as_unittest_does(): raise unittest.SkipTest("not here")
def test_is_known_to_fail(): pytest.xfail("known")
@pytest.mark.xfail
def test_is_marked(): assert False
@pytest.fixture
def broken(): raise ValueError("broken")
def test_is_broken(broken): pass
def test_comes_after(): raise SystemExit(3)
"""
    )
    options = [*OPTIONS, f"--rootdir={tmp_path}", f"--basetemp={tmp_path / 'r'}", str(tests)]
    ended = in_fork(
        lambda saying: int(pytest.main(options, plugins=[Stop(saying=saying)])),
        cpu_s=100,
        wall_s=55,
    )
    assert ended.code == 1
    assert ended.said.decode() == "test_some.py::test_is_broken\nValueError: broken"


def test_what_runs_at_import_is_tried_by_importing_anew(tmp_path: Path) -> None:
    test = "tests/unit/domain/audit/test_masking.py::test_a_secrets_name_hides_its_value[password]"
    reach = Reach(test=test, runs=frozenset({MASKING}), cpu_s=1, failed=False)
    one = mutant('"password"', '"watchword"')
    assert near(one, reaches=[reach]) == [reach]

    def body(saying: int) -> int:
        # As where nothing was imported yet: the test of the module holds on to it as well.
        for name in list(sys.modules):
            if name.split(".")[0] in SHIPPED or name.startswith("tests.unit.domain."):
                del sys.modules[name]
        codes = [
            run_anew(MASKING, source, [reach], rooms=tmp_path / "r").code
            for source in (one.original(), one.changed())
        ]
        os.write(saying, json.dumps(codes).encode())
        return 0

    assert json.loads(in_fork(body, cpu_s=100, wall_s=55).said) == [0, 1]


def test_a_mutant_gets_so_many_tests_and_so_much_time() -> None:
    def costing(cpu_s: float, count: int) -> list[Reach]:
        return [Reach(test="t", runs=frozenset(), cpu_s=cpu_s, failed=False)] * count

    assert len(enough(costing(TRIED_S / 64, 500))) == 64
    assert len(enough(costing(TRIED_S, 500))) == TESTS_MIN
    assert len(enough(costing(TRIED_S, 3))) == 3


def test_a_draw_depends_on_its_seed_alone() -> None:
    whole = [mutant('"***"', f'"{number}"') for number in range(50)]
    chosen = drawn(whole, sample=10, seed=1)
    assert len(chosen) == 10
    assert set(chosen) == set(drawn(whole[::-1], sample=10, seed=1))
    assert chosen != drawn(whole, sample=10, seed=2)
    assert drawn(whole, sample=None, seed=1) == drawn(whole, sample=50, seed=1) == whole


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10)[1] == pytest.approx(1.0)


def test_a_report_counts_each_mutant_once() -> None:
    made = [mutant('"***"', f'"{number}"') for number in range(4)]
    fates = [Fate.KILLED, Fate.LATE, Fate.SURVIVED, Fate.UNREACHED]
    report = Report(
        area=replace(AREAS[0], goal=0.5),
        all_made=9,
        excused=1,
        mutants=tuple(made),
        verdicts={
            one.id: Verdict(id=one.id, fate=fate, by="", cpu_s=1)
            for one, fate in zip(made, fates, strict=True)
        },
        stale=(),
        seed=7,
    )
    assert (report.dead, report.score, report.is_met) == (2, 0.5, True)
    assert report.survivors() == made[2:]
    assert "identity: 2 of 4 killed, 50.0% (goal 50%); 1 equivalent; 1.00 s" in report.as_text()
    assert "a sample of 8, seed 7: 15.0% to 85.0% with 95 % confidence" in report.as_text()
    assert not replace(report, stale=("one",)).is_met
    assert not replace(report, area=replace(AREAS[0], goal=0.51)).is_met
    assert "-MASK" in made[0].diff()


def test_what_is_listed_as_equivalent_is_still_there() -> None:
    for one in read_equivalents():
        assert len(one.why) > 20, one
        source = " ".join((ROOT / one.path).read_text().split())
        assert one.was in source, one
        assert one.becomes, one
        assert any(one.path in files_of(area) for area in AREAS), one


def test_a_listed_mutant_that_is_none_any_more_is_stale() -> None:
    one = mutant('"***"', '"XX***XX"')
    same = Equivalent(
        path=MASKING, scope="", was='"***"', becomes=('"XX***XX"',), why="a test of this list"
    )
    assert same.covers(one)
    assert stale([same], mutants=[one]) == []
    for changed in (
        replace(same, scope="masked"),
        replace(same, was='"###"'),
        replace(same, becomes=('"other"',)),
    ):
        assert not changed.covers(one)
        assert len(stale([changed], mutants=[one])) == 1


def test_every_area_has_files_and_tests() -> None:
    for area in AREAS:
        assert files_of(area), area.name
        assert suites_of(area) == list(area.tests), area.name
    assert {area.name: area.goal for area in AREAS} == {
        "identity": 0.85,
        "secrets": 0.85,
        "audit": 0.85,
        "risk": 0.95,
        "orders": 0.85,
        "ledger": 0.85,
    }
