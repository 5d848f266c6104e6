"""Mutants are drawn evenly and counted rightly: a wrong count would hide weak tests."""

import pytest

from tests.mutation.sample import AREAS, Tally, drawn, names_of, wilson
from tests.unit.sources import ROOT, project

NAMES = [f"domain.risk.gate.x_check__mutmut_{number}" for number in range(50)]


def test_a_draw_depends_on_its_seed_alone() -> None:
    chosen = drawn(NAMES, sample=10, seed=1)
    assert len(set(chosen)) == 10
    assert chosen == drawn(NAMES[::-1], sample=10, seed=1) != drawn(NAMES, sample=10, seed=2)
    assert drawn(NAMES, sample=99, seed=1) == sorted(NAMES)


def test_an_area_is_its_folders_of_both_layers() -> None:
    others = ["domain.risky.x__mutmut_1", "adapters.risk.x__mutmut_1", "domain.orders.x__mutmut_1"]
    application = "application.risk.check.x_check__mutmut_1"
    assert names_of("risk", [*others, application, NAMES[0]]) == [application, NAMES[0]]
    mutated = project()["tool"]["mutmut"]["only_mutate"]
    for folder, _ in AREAS.values():
        for layer in ("domain", "application"):
            assert f"{layer}/{folder}/*.py" in mutated
            assert list(ROOT.glob(f"{layer}/{folder}/*.py"))


def test_the_tests_that_mutmut_runs_are_there() -> None:
    for path in project()["tool"]["mutmut"]["pytest_add_cli_args_test_selection"]:
        assert (ROOT / path).exists(), path


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(10, 10)[1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("survived", "of", "met"),
    [(0, 50, True), (2, 50, True), (3, 50, False), (3, 500, True), (20, 500, False)],
)
def test_a_goal_is_missed_beyond_the_doubt_of_a_draw(survived: int, of: int, met: bool) -> None:
    fates = dict.fromkeys(NAMES, "killed") | dict.fromkeys(NAMES[:survived], "survived")
    tally = Tally(area="risk", of=of, fates=fates)
    assert tally.survivors() == NAMES[:survived]
    assert tally.noticed == 50 - survived
    assert tally.is_met is met
    assert f"{50 - survived} of 50 drawn from {of} noticed" in tally.as_text()


def test_what_no_test_reaches_has_survived_and_what_hangs_has_not() -> None:
    fates = {NAMES[0]: "no tests", NAMES[1]: "timeout", NAMES[2]: "suspicious"}
    tally = Tally(area="risk", of=50, fates=fates)
    assert (tally.noticed, tally.survivors()) == (1, [NAMES[0], NAMES[2]])
