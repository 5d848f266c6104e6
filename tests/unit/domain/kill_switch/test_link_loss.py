"""A lost link is counted by the time that passes awake, however often it is looked at."""

import pytest

from domain.kill_switch.link_loss import LinkLoss


def looked_at(loss: LinkLoss, *moments: float, answered_at_s: float | None = None) -> bool:
    """Look at the moments, and return what the last look told."""
    told = False
    for now_s in moments:
        told = loss.look(answered_at_s=answered_at_s, now_s=now_s)
    return told


@pytest.mark.parametrize("step_s", [0.125, 0.5, 1.0, 2.0])
def test_it_is_lost_after_as_long_at_every_pace(step_s: float) -> None:
    loss = LinkLoss(lost_after_s=30.0, step_s_max=2.0)
    steps = round(30 / step_s)
    assert not looked_at(loss, *(step_s * n for n in range(steps)))
    assert looked_at(loss, step_s * steps)
    assert loss.lost_s == 30.0


def test_a_clock_that_stands_or_goes_back_counts_nothing() -> None:
    loss = LinkLoss(lost_after_s=1.0, step_s_max=2.0)
    assert not looked_at(loss, 5.0, 5.0, 4.0, 4.0)
    assert loss.lost_s == 0.0


def test_a_look_that_comes_late_counts_as_one_step_and_an_answer_ends_the_loss() -> None:
    loss = LinkLoss(lost_after_s=3.0, step_s_max=2.0)
    assert not looked_at(loss, 0.0, 600.0)
    assert loss.lost_s == 2.0
    assert looked_at(loss, 601.0)
    assert not looked_at(loss, 602.0, answered_at_s=601.5)
    assert loss.lost_s == 0.0
