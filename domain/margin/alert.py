"""Describe what is told of an account's margin: warnings on the way down, and calls."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from uuid import UUID

from domain.shared.values import ZERO, plain_figure

# Shares of equity left above the maintenance margin at which, and below, the owner is warned.
WARNING_LEVELS = (Decimal("0.25"), Decimal("0.15"), Decimal("0.05"))
# A warning is over, and may come again, once the buffer is this much above its level.
REARMED_ABOVE = Decimal("0.02")
# A call is for more once so much more is missing.
GROWN_BY = Decimal("1.05")
# From here on a plan is carried out unasked, where the owner has set that.
AUTOMATIC_FROM = Decimal("1.10")


class AlertKind(StrEnum):
    """What is told."""

    WARNING = "warning"  # the buffer is at a level or below
    CALL = "call"  # equity is below the maintenance margin


class AlertState(StrEnum):
    """How it stands."""

    OPEN = "open"
    OVERDUE = "overdue"  # a call whose day is over
    MET = "met"  # the buffer is above the level, equity above the requirement


_CENT = Decimal("0.01")
STANDING = frozenset({AlertState.OPEN, AlertState.OVERDUE})
# What the people were told last of an alert that is not over, or of whose end they do not know.
NOT_TOLD_OF_END = frozenset({None, AlertState.OPEN, AlertState.OVERDUE})


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginAlert:
    """A warning or a call of one account, from when it arose to when it was over.

    level is the warning's, 0 for a call; amount what was missing when it arose or, for a call,
    the most since. due_on is the last day, by the market's calendar, on which a call may be met.
    told is the state that the account's people have been told of.
    """

    id: UUID
    tenant_id: UUID
    account_id: UUID
    kind: AlertKind
    level: Decimal
    amount: Decimal
    opened_at: datetime
    due_on: date | None = None
    state: AlertState = AlertState.OPEN
    changed_at: datetime | None = None
    told: AlertState | None = None
    version: int = 1

    def changed(self, state: AlertState, *, at: datetime, amount: Decimal) -> "MarginAlert":
        """Return it in a state."""
        return replace(self, state=state, changed_at=at, amount=amount, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class NewAlert:
    """An alert to be opened: its kind and level, and what is missing."""

    kind: AlertKind
    level: Decimal
    amount: Decimal


def raised(
    standing: Sequence[MarginAlert], *, equity: Decimal, maintenance: Decimal
) -> tuple[NewAlert, ...]:
    """Return what has to be told that does not stand yet; an account without positions is well.

    Each level is told, once, and a call where equity does not cover the requirement.
    """
    if maintenance <= ZERO:
        return ()
    known = {(one.kind, one.level) for one in standing}
    found = [
        NewAlert(AlertKind.WARNING, level, cents(_missing(level, equity, maintenance)))
        for level in WARNING_LEVELS
        if _missing(level, equity, maintenance) >= ZERO
    ]
    if equity < maintenance:
        found.append(NewAlert(AlertKind.CALL, ZERO, cents(maintenance - equity)))
    return tuple(one for one in found if (one.kind, one.level) not in known)


def after_reading(
    alert: MarginAlert, *, equity: Decimal, maintenance: Decimal, today: date, at: datetime
) -> MarginAlert:
    """Return a standing alert as it is by these figures: itself where nothing has changed."""
    if alert.kind is AlertKind.WARNING:
        if _missing(alert.level + REARMED_ABOVE, equity, maintenance) > ZERO:
            return alert
        # That a warning is over is no news.
        over = alert.changed(AlertState.MET, at=at, amount=alert.amount)
        return replace(over, told=AlertState.MET)
    missing = maintenance - equity
    if missing <= ZERO:
        return alert.changed(AlertState.MET, at=at, amount=alert.amount)
    overdue = alert.due_on is not None and today > alert.due_on
    state = AlertState.OVERDUE if overdue else alert.state
    # What grows from tick to tick is not stored anew each time.
    if state is alert.state and missing <= alert.amount * GROWN_BY:
        return alert
    return alert.changed(state, at=at, amount=max(alert.amount, cents(missing)))


def acts_by_itself(*, equity: Decimal, maintenance: Decimal) -> bool:
    """Tell whether so much margin is used that what the owner set is done unasked."""
    return maintenance > ZERO and maintenance > AUTOMATIC_FROM * equity


def cents(amount: Decimal) -> Decimal:
    """Return an amount in whole cents, never less than it is."""
    return amount.quantize(_CENT, ROUND_CEILING)


def describe_alert(alert: MarginAlert) -> dict[str, str]:
    """List what the trail, the notices and the people are shown."""
    return {
        "kind": alert.kind.value,
        "level": plain_figure(alert.level, places=4),
        "amount": plain_figure(alert.amount, places=2),
        "due_on": "" if alert.due_on is None else alert.due_on.isoformat(),
        "state": alert.state.value,
    }


def _missing(level: Decimal, equity: Decimal, maintenance: Decimal) -> Decimal:
    """Return by how much the buffer (equity - maintenance) / equity is short of a level."""
    return level * equity - (equity - maintenance) if equity > ZERO else maintenance - equity
