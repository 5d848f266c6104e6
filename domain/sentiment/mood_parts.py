"""Tell the market's mood day by day, out of the values of its parts."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from domain.sentiment.fear_greed import (
    HISTORY_MAX,
    PARTS,
    SOCIAL,
    WEIGHTS,
    FearGreed,
    MoodInput,
    fear_greed,
)
from domain.shared.values import ONE, InvalidValue, checked_decimal

# An older value says nothing of the day any more: over a long weekend it still does.
FRESH_FOR = timedelta(days=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoodValue:
    """What one part of the mood was on a day."""

    id: UUID
    tenant_id: UUID
    part: str
    date: date
    value: Decimal
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no value can be."""
        if self.part not in PARTS:
            raise InvalidValue(field="part", problem=f"must be one of {', '.join(PARTS)}")
        checked_decimal(self.value, field="value")
        if self.part == SOCIAL and abs(self.value) > ONE:
            raise InvalidValue(field="value", problem="must be -1 to 1 for social")


@dataclass(frozen=True, slots=True)
class MoodDay:
    """The mood of a day, and of which day each part's value is."""

    day: date
    mood: FearGreed
    dates: Mapping[str, date] = field(default_factory=dict)


class MoodParts:
    """The values of the parts by day, from which the mood of any day is told."""

    def __init__(self, values: Iterable[MoodValue]) -> None:
        by_part: dict[str, dict[date, Decimal]] = {}
        for one in values:
            by_part.setdefault(one.part, {})[one.date] = one.value
        self._days = {part: sorted(found) for part, found in by_part.items()}
        self._values = {
            part: [found[day] for day in self._days[part]] for part, found in by_part.items()
        }

    def mood(self, day: date) -> MoodDay:
        """Return the mood of a day: no value of a later day has a part in it.

        A part's value is its latest, at most five days old; without one the part is absent.
        """
        inputs: dict[str, MoodInput] = {}
        dates: dict[str, date] = {}
        for part in WEIGHTS:
            days: Sequence[date] = self._days.get(part, ())
            at = bisect_right(days, day) - 1
            if at < 0 or day - days[at] > FRESH_FOR:
                continue
            past = self._values[part][max(at - HISTORY_MAX, 0) : at]
            inputs[part] = MoodInput(value=self._values[part][at], history=past)
            dates[part] = days[at]
        return MoodDay(day, fear_greed(inputs), dates)

    def days(self, *, since: date, until: date) -> list[date]:
        """Return the days of a time on which some part that counts has a value of that day."""
        counted = {day for part in WEIGHTS for day in self._days.get(part, ())}
        return sorted(day for day in counted if since <= day <= until)
