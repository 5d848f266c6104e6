"""Rate what orders would do to an account: each part against its limit, the worst one counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from enum import StrEnum

from domain.shared.values import ONE, ZERO

CAUTION_FROM = Decimal(60)
DANGER_FROM = Decimal(90)

_HUNDRED = Decimal(100)
_CENT = Decimal("0.01")


class Rating(StrEnum):
    """How dangerous orders are, from the least."""

    SAFE = "SAFE"
    CAUTION = "CAUTION"
    DANGER = "DANGER"


class PartName(StrEnum):
    """What a rating is made of."""

    LIMITS = "limits"
    MARGIN = "margin"
    SECTOR = "sector"
    NAME = "name"
    LIQUIDITY = "liquidity"
    MARGINAL_VAR = "marginal_var"


_SEVERITY = tuple(Rating)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a rating: a value and its limit, both fractions in the part's own unit.

    value is None when `missing` names what it needs. An exempt part is told and not counted:
    the orders only reduce what is held.
    """

    name: PartName
    value: Decimal | None
    limit: Decimal
    missing: str = ""
    exempt: bool = False

    @property
    def score(self) -> Decimal | None:
        """100 x min(1, value / limit), exact; 0 for nothing used, None when not known."""
        if self.value is None:
            return None
        if self.value <= ZERO:
            return ZERO
        share = min(ONE, self.value / self.limit) if self.limit > ZERO else ONE
        return _HUNDRED * share


def score_of(parts: Sequence[Part]) -> Decimal:
    """Return the greatest score of the parts that count, 0 without any."""
    scores = [part.score for part in parts if not part.exempt]
    return max((score for score in scores if score is not None), default=ZERO)


def shown_score(score: Decimal) -> Decimal:
    """Cut a score after two places: what is shown lies in the band of what was rated."""
    return score.quantize(_CENT, rounding=ROUND_DOWN)


def rate(score: Decimal, *, missing: bool, warned: bool, denied: bool) -> Rating:
    """Return the rating of a score: SAFE below 60, CAUTION below 90, DANGER from there.

    What the gate would deny is dangerous whatever the score; where something is missing, or
    another area warns, nothing is safe.
    """
    if denied or score >= DANGER_FROM:
        return Rating.DANGER
    if missing or warned or score >= CAUTION_FROM:
        return Rating.CAUTION
    return Rating.SAFE


def more_careful(first: Rating, second: Rating) -> Rating:
    """Return the more dangerous of two ratings."""
    return max(first, second, key=_SEVERITY.index)
