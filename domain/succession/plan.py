"""Describe a plan of succession: how long silence may last, and who confirms it."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from domain.shared.values import InvalidValue

DAYS_MAX = 3_650
TRUSTEES_MAX = 16
NAME_MAX = 200
# After a release the owner's veto still counts for so long.
VETO_LASTS = timedelta(hours=72)


class SuccessionState(StrEnum):
    """How far the owner's silence has led."""

    ARMED = "ARMED"  # heard of lately
    REMINDED = "REMINDED"  # silent for check_in_days: the owner is reminded
    CONTACT_PING = "CONTACT_PING"  # and for remind_days more: the trustees are asked
    GRACE = "GRACE"  # and for contact_days more: the last days to object
    RELEASED = "RELEASED"  # handed over to the trustees


class Trading(StrEnum):
    """What succession leaves of trading."""

    ACTIVE = "ACTIVE"
    REDUCING = "REDUCING"
    HALTED = "HALTED"


TRADING = {
    SuccessionState.ARMED: Trading.ACTIVE,
    SuccessionState.REMINDED: Trading.ACTIVE,
    SuccessionState.CONTACT_PING: Trading.REDUCING,
    SuccessionState.GRACE: Trading.HALTED,
    SuccessionState.RELEASED: Trading.HALTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SuccessionPlan:
    """How many days each step of silence lasts, the trustees, and how many must confirm."""

    trustees: tuple[str, ...]
    confirmations_needed: int
    check_in_days: int = 30
    remind_days: int = 14
    contact_days: int = 14
    grace_days: int = 14

    def __post_init__(self) -> None:
        """Raise InvalidValue for a plan that could release at once, or never."""
        for field in ("check_in_days", "remind_days", "contact_days", "grace_days"):
            if not 1 <= getattr(self, field) <= DAYS_MAX:
                raise InvalidValue(field=field, problem=f"must be 1 to {DAYS_MAX} days")
        if not 1 <= len(self.trustees) <= TRUSTEES_MAX:
            raise InvalidValue(field="trustees", problem=f"must be 1 to {TRUSTEES_MAX} of them")
        for index, name in enumerate(self.trustees):
            if not 1 <= len(name) <= NAME_MAX or name != name.strip():
                raise InvalidValue(
                    field=f"trustees[{index}]",
                    problem=f"must be 1 to {NAME_MAX} characters, none of them blank at an end",
                )
        if len(set(self.trustees)) < len(self.trustees):
            raise InvalidValue(field="trustees", problem="must each be named once")
        if not 1 <= self.confirmations_needed <= len(self.trustees):
            raise InvalidValue(
                field="confirmations_needed",
                problem=f"must be 1 to {len(self.trustees)}, the number of trustees",
            )

    def silence_until(self, state: SuccessionState) -> timedelta:
        """Return how long the owner has been silent when this state may begin."""
        steps = (self.check_in_days, self.remind_days, self.contact_days, self.grace_days)
        return timedelta(days=sum(steps[: list(SuccessionState).index(state)]))
