"""Judge whether the link to a broker has been lost for too long."""

from dataclasses import dataclass, field


@dataclass(slots=True, kw_only=True)
class LinkLoss:
    """Counts the seconds, awake, since a broker last answered anything.

    An answer of any kind ends the loss: a quiet venue answers when it is asked how it is.
    """

    lost_after_s: float
    # Between two looks: whoever was stopped itself has heard nobody, whoever answered.
    step_s_max: float
    lost_s: float = field(default=0.0, init=False)
    _answered_at_s: float | None = field(default=None, init=False)
    _looked_at_s: float | None = field(default=None, init=False)

    def look(self, *, answered_at_s: float | None, now_s: float) -> bool:
        """Take note of when it answered last, None before the first; tell if it is lost."""
        before, self._looked_at_s = self._looked_at_s, now_s
        if answered_at_s != self._answered_at_s:
            self._answered_at_s, self.lost_s = answered_at_s, 0.0
        elif before is not None:
            self.lost_s += min(max(now_s - before, 0.0), self.step_s_max)
        return self.lost_s >= self.lost_after_s
