"""Follow an owner's silence from one state to the next, and back.

Time is given as how long the system ran: what it could not hear because it was away, or because
a clock was set, is not silence.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from domain.succession.plan import TRADING, VETO_LASTS, SuccessionPlan, SuccessionState, Trading

_NEXT = dict(zip(SuccessionState, list(SuccessionState)[1:], strict=False))
# In these a trustee's word that the owner is gone is asked for.
_ASKED = frozenset({SuccessionState.CONTACT_PING, SuccessionState.GRACE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """One owner's silence under a plan.

    silent is how long the system ran since the owner's last act in person; since_release how long
    since the release.
    """

    plan: SuccessionPlan
    state: SuccessionState = SuccessionState.ARMED
    silent: timedelta = timedelta(0)
    confirmed: frozenset[str] = frozenset()
    since_release: timedelta = timedelta(0)

    @property
    def trading(self) -> Trading:
        """What may be traded."""
        return TRADING[self.state]

    @property
    def is_final(self) -> bool:
        """Whether the owner's veto no longer counts."""
        return self.state is SuccessionState.RELEASED and self.since_release > VETO_LASTS

    @property
    def next_in(self) -> timedelta | None:
        """Return how much longer until time alone changes the state; None if it cannot."""
        if (following := _NEXT.get(self.state)) is None:
            return None
        left = max(self.plan.silence_until(following) - self.silent, timedelta(0))
        return None if self._waits_for_trustees(following) else left

    def ran(self, lasted: timedelta) -> "Silence":
        """Return it after the system ran so long without a word; one state further at most.

        Raises ValueError for a time below zero, or one beyond the next state: `next_in` says
        how far to go, so that no state is passed over unseen.
        """
        ahead = self.next_in
        if lasted < timedelta(0) or (ahead is not None and lasted > ahead):
            raise ValueError(f"{lasted} is not within 0 and {ahead}")
        if self.state is SuccessionState.RELEASED:
            return replace(self, since_release=self.since_release + lasted)
        return replace(self, silent=self.silent + lasted)

    def due(self) -> "Silence":
        """Return it one state further if that is due, else as it is."""
        following = _NEXT.get(self.state)
        if following is None or self.silent < self.plan.silence_until(following):
            return self
        return self if self._waits_for_trustees(following) else replace(self, state=following)

    def checked_in(self) -> "Silence":
        """Return it after the owner's act in person: before a release all begins anew."""
        return self if self.state is SuccessionState.RELEASED else Silence(plan=self.plan)

    def vetoed(self) -> "Silence":
        """Return it after the owner's veto, which undoes a release of the last 72 hours too."""
        return self if self.is_final else Silence(plan=self.plan)

    def confirmed_by(self, trustee: str) -> "Silence":
        """Return it after a trustee's word; it counts once, and only since they are asked."""
        if self.state not in _ASKED or trustee not in self.plan.trustees:
            return self
        return replace(self, confirmed=self.confirmed | {trustee})

    def _waits_for_trustees(self, following: SuccessionState) -> bool:
        return (
            following is SuccessionState.RELEASED
            and len(self.confirmed) < self.plan.confirmations_needed
        )
