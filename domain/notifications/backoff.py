"""Say when a delivery that failed is tried again, and when no more."""

from datetime import timedelta

_FIRST_S = 5.0
BACK_OFF_S_MAX = 900.0
# A provider that takes nothing for a day has failed for good. It is counted in tries, which take
# a day at least: neither a clock that is set nor a system that stands still uses them up.
TRIES_MAX = 104
# So many tries in vain, and what must be heard goes over the next channel as well.
FALL_AFTER = 3


def back_off(attempts: int, *, asked_s: float | None = None) -> timedelta:
    """Return how long to wait behind so many tries; longer if the provider asked for it."""
    own_s = min(_FIRST_S * 2.0 ** min(attempts - 1, 10), BACK_OFF_S_MAX)
    return timedelta(seconds=min(max(own_s, asked_s or 0.0), BACK_OFF_S_MAX))


def is_over(attempts: int) -> bool:
    """Tell whether a delivery has been tried for long enough."""
    return attempts >= TRIES_MAX
