"""Limit what an account may do after what it did: its executions and cancels of late."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import ClassVar, Self
from uuid import UUID

from domain.risk.effect import Effect
from domain.risk.measure import NO_ACTIVITY, NO_VALUE, Measure, Nature
from domain.risk.parameters import (
    ChoiceParameter,
    Looser,
    NumberParameter,
    Parameter,
    seconds_of,
    whole,
    within,
)
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import ONE, positive_decimal

_COUNT_MAX = Decimal(1_000)
_WINDOW = NumberParameter(
    name="window_s",
    default=Decimal(60),
    low=ONE,
    high=Decimal(3_600),
)
_PER = ChoiceParameter(name="per", choices=("window", "fill"))


@dataclass(frozen=True, slots=True, kw_only=True)
class GrossCredit:
    """The worth executed today, all that rests and this order together, in money.

    Bought and sold add up: nothing that was sold gives credit back before the next day.
    """

    TYPE: ClassVar[RuleType] = RuleType.GROSS_CREDIT
    THRESHOLD: ClassVar[str] = "money"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(i)"
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero."""
        del parameters
        limit = positive_decimal(threshold, field="threshold")
        return cls(limit=limit, quiet=limit * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare what is used of the credit with this order with the limit."""
        value = effect.value
        if value is None:
            return NO_VALUE
        used = effect.situation.readings[self.place]
        if used is None:
            return NO_ACTIVITY
        used += value
        return None if used < self.quiet else (used, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossStreak:
    """How many orders in a row have closed at a loss today; a gain begins anew."""

    TYPE: ClassVar[RuleType] = RuleType.LOSS_STREAK
    THRESHOLD: ClassVar[str] = "losses"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "losses"
    CLAUSE: ClassVar[str] = "SEC Rule 15c3-5(c)(1)(i)"
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 to 1,000."""
        del parameters
        whole(threshold)
        within(threshold, low=ONE, high=_COUNT_MAX, unit="losses")
        return cls(limit=threshold, quiet=threshold * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the losses in a row with the limit."""
        losses = effect.situation.readings[self.place]
        if losses is None:
            return NO_ACTIVITY
        return None if losses < self.quiet else (losses, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRate:
    """Cancels of the account within a window, in number or for each fill of the window.

    Only what opens is denied: an order can always be cancelled.
    """

    TYPE: ClassVar[RuleType] = RuleType.CANCEL_RATE
    THRESHOLD: ClassVar[str] = "cancels"
    NATURE: ClassVar[Nature] = Nature.SIZE
    unit: ClassVar[str] = "cancels"
    CLAUSE: ClassVar[str] = "RTS 6 article 15(1)(d); RTS 9 article 3"
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_WINDOW, _PER)

    limit: Decimal
    quiet: Decimal
    window: timedelta
    per_fill: bool
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is from 1 to 1,000, whole unless it is per fill."""
        per_fill = _PER.read(parameters) == "fill"
        if not per_fill:
            whole(threshold)
        within(threshold, low=ONE, high=_COUNT_MAX, unit="cancels")
        return cls(
            limit=threshold,
            quiet=threshold * quiet,
            window=seconds_of(_WINDOW.read(parameters)),
            per_fill=per_fill,
        )

    def measure(self, effect: Effect) -> Measure:
        """Compare the cancels in the window with the limit."""
        cancels = effect.situation.readings[self.place]
        if cancels is None:
            return NO_ACTIVITY
        return None if cancels < self.quiet else (cancels, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatExecution:
    """Fills of one side of the order's strategy within a window: it may have run away.

    From the threshold on the strategy opens nothing more until a person enables it again,
    however long that takes; what only reduces passes. An order that names no strategy is counted
    with the others that name none.
    """

    TYPE: ClassVar[RuleType] = RuleType.REPEAT_EXECUTION
    THRESHOLD: ClassVar[str] = "executions"
    NATURE: ClassVar[Nature] = Nature.SIZE
    unit: ClassVar[str] = "executions"
    CLAUSE: ClassVar[str] = "RTS 6 article 15(3)"
    STOPS_AT_LIMIT: ClassVar[bool] = True
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_WINDOW,)

    limit: Decimal
    quiet: Decimal
    window: timedelta
    # Whose stops are looked at; set when the rules are compiled, with its place.
    rule_id: UUID | None = None
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 to 1,000."""
        whole(threshold)
        within(threshold, low=ONE, high=_COUNT_MAX, unit="executions")
        return cls(
            limit=threshold,
            quiet=threshold * quiet,
            window=seconds_of(_WINDOW.read(parameters)),
        )

    def measure(self, effect: Effect) -> Measure:
        """Compare the executions of one side with the limit."""
        count = effect.situation.readings[self.place]
        if count is None:
            return NO_ACTIVITY
        return None if count < self.quiet else (count, self.limit)
