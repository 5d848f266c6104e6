"""Hold `python -m tests.simulation` to what its help says."""

import pytest
from typer.testing import CliRunner

from tests.integration.simulation.planted import PLANTED
from tests.simulation.__main__ import app

RUNNER = CliRunner()


def test_seeds_that_keep_their_promises_end_with_0() -> None:
    done = RUNNER.invoke(app, ["--seeds", "30", "--jobs", "1"])
    assert done.exit_code == 0, done.output
    assert "30 seeds" in done.stdout
    assert "0 violations" in done.stdout


def test_several_processes_share_the_seeds() -> None:
    done = RUNNER.invoke(app, ["--seeds", "60", "--start", "7", "--jobs", "2"])
    assert done.exit_code == 0, done.output
    assert "60 seeds" in done.stdout


def test_one_seed_is_told_from_start_to_end() -> None:
    done = RUNNER.invoke(app, ["--seed", "3", "--trace"])
    assert done.exit_code == 0, done.output
    assert "the world heals" in done.stdout
    assert "every promise was kept" in done.stdout


def test_a_broken_promise_ends_with_1_and_says_how_to_replay() -> None:
    forgetful = next(each for each in PLANTED if each.breaks == ("ledger",))
    with pytest.MonkeyPatch.context() as patch:
        forgetful.plant(patch)
        many = RUNNER.invoke(app, ["--seeds", "20", "--jobs", "1"])
        assert many.exit_code == 1
        assert "[ledger]" in many.stdout
        seed = many.stderr.strip().rsplit(" ", 1)[1]
        assert f"python -m tests.simulation --seed {seed}" in many.stderr
        one = RUNNER.invoke(app, ["--seed", seed])
    assert one.exit_code == 1
    assert "commits orders" in one.stdout
    assert "[ledger]" in one.stderr
