"""Decisions taken again in fresh processes come out the same, to the byte."""

from tests.torture.replay_decisions import run


def test_decisions_replay_in_fresh_processes() -> None:
    done = run(count=400, processes=2, seed=11)
    assert done["decisions"] == 400
    assert 20 < int(str(done["approved"])) < 380
