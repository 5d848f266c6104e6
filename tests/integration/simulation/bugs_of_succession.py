"""Break what is promised of a succession, one bug each."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from application.succession.run_clock import DAY_S, RunClock
from application.succession.settle import SettleTrading
from domain.succession.plan import SuccessionState
from domain.succession.silence import Silence
from domain.succession.stored_plan import SuccessionClock

Patch = pytest.MonkeyPatch


def count_what_did_not_run(patch: Patch) -> None:
    """Count a whole tick, however short it was and whoever ticked before."""

    def whole(self: RunClock, clock: SuccessionClock, *, now_s: float) -> timedelta:
        del clock, now_s
        return timedelta(seconds=self.tick_s * (DAY_S / self.day_s))

    patch.setattr(RunClock, "_lasted", whole)


def release_without_a_word(patch: Patch) -> None:
    """Ask no trustee before a release."""
    patch.setattr(Silence, "_waits_for_trustees", lambda *_: False)


def keep_words_after_the_owner_is_heard(patch: Patch) -> None:
    """Let trustees' words stand when the owner is heard."""

    def kept(self: Silence) -> Silence:
        if self.state is SuccessionState.RELEASED:
            return self
        return replace(Silence(plan=self.plan), confirmed=self.confirmed)

    patch.setattr(Silence, "checked_in", kept)


def veto_for_ever(patch: Patch) -> None:
    """Take a veto however late it comes."""
    patch.setattr(Silence, "is_final", property(lambda _: False))


def leave_trading_as_it_is(patch: Patch) -> None:
    """Engage and lift nothing."""

    async def nothing(self: SettleTrading, **_: Any) -> None:
        del self

    patch.setattr(SettleTrading, "__call__", nothing)
