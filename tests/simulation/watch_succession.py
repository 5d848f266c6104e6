"""Watch a succession: it counts the time that ran, moves as it may, and takes words as given."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from application.succession.context import CLOCKS, PLANS
from domain.succession.plan import VETO_LASTS, SuccessionState
from domain.succession.stored_plan import StoredPlan, SuccessionClock
from tests.simulation.disk import Disk
from tests.simulation.silence import DAY_S
from tests.simulation.violation import Violation

_PLAN_DAY_S = 86_400.0
_VETO_S = VETO_LASTS.total_seconds()
_STATES = list(SuccessionState)
# What counting in microseconds may round.
_ROUNDED_S = 1.0


@dataclass(slots=True, kw_only=True)
class SuccessionWatch:
    """What the clock has shown so far, beside the time that the process that ticks was there."""

    disk: Disk
    now_s: Callable[[], float]
    is_up: Callable[[], bool]
    # Who said anything at all that could be a confirmation.
    said: set[UUID] = field(default_factory=set)
    releases: int = 0
    _known: SuccessionClock | None = None
    _at_s: float = 0.0
    _up: bool = False
    # How long it ran, and how long it had when the owner was heard last, and at the release.
    _ran_s: float = 0.0
    _heard_s: float = 0.0
    _released_s: float = 0.0

    def look(self) -> None:
        """Check what the step has stored; raises Violation."""
        now_s = self.now_s()
        if self._up:
            self._ran_s += now_s - self._at_s
        self._at_s, self._up = now_s, self.is_up()
        (clock,) = self.disk.database.records[CLOCKS.table].values()
        if clock is self._known:
            return
        before, self._known = self._known, clock
        if before is not None:
            self._moved(before, clock)

    def _moved(self, before: SuccessionClock, clock: SuccessionClock) -> None:
        # A word that is the last one needed is kept, and leads on, in one transaction.
        if clock.version not in (before.version + 1, before.version + 2):
            raise Violation("version", f"the clock went from {before.version} to {clock.version}")
        if clock.silent_us < before.silent_us:
            self._heard_s = self._ran_s
        if clock.state is not before.state:
            self._stepped(before, clock)
        if clock.silent_us / 1e6 > self._plan_s(self._heard_s) + _ROUNDED_S:
            raise Violation("silence", f"{clock.silent_us / 1e6} s count, and fewer ran")
        if clock.since_release_us / 1e6 > self._plan_s(self._released_s) + _ROUNDED_S:
            raise Violation("silence", f"{clock.since_release_us / 1e6} s since the release count")
        unsaid = clock.confirmed - {str(one) for one in self.said}
        if unsaid:
            raise Violation("silence", f"{unsaid} confirmed and never said so")

    def _stepped(self, before: SuccessionClock, clock: SuccessionClock) -> None:
        moved = f"{before.state} -> {clock.state}"
        if clock.step != before.step + 1:
            raise Violation("silence", f"{moved}: step {before.step} to {clock.step}")
        if clock.state is SuccessionState.ARMED:
            if before.since_release_us / 1e6 > _VETO_S:
                raise Violation("silence", f"{moved}: the release was final")
            if clock.confirmed or clock.silent_us:
                raise Violation("silence", f"{moved}: words or silence of before are left")
            return
        if _STATES.index(clock.state) != _STATES.index(before.state) + 1:
            raise Violation("silence", f"{moved} is no step")
        (stored,) = self.disk.database.records[PLANS.table].values()
        assert isinstance(stored, StoredPlan)
        plan = stored.plan
        if (
            self._plan_s(self._heard_s) + _ROUNDED_S
            < plan.silence_until(clock.state).total_seconds()
        ):
            raise Violation("silence", f"{moved} came early")
        if clock.state is SuccessionState.RELEASED:
            self.releases += 1
            self._released_s = self._ran_s
            if len(clock.confirmed & frozenset(plan.trustees)) < plan.confirmations_needed:
                raise Violation("silence", f"{moved}: with {len(clock.confirmed)} words")

    def _plan_s(self, since_s: float) -> float:
        """Return how long it ran since then, in seconds of the plan."""
        return (self._ran_s - since_s) * _PLAN_DAY_S / DAY_S
