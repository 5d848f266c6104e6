"""Limit what the whole book stands to lose together, by the last 60 daily returns."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from domain.risk.effect import Effect
from domain.risk.measure import NO_EQUITY, NO_RETURNS, Measure, Nature
from domain.risk.parameters import Looser, NumberParameter, Parameter, within
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import ONE, ZERO, positive_decimal

_HUNDRED = Decimal(100)
_CREDIT = "SEC Rule 15c3-5(c)(1)(i)"
_CONFIDENCE = NumberParameter(
    name="confidence",
    default=Decimal("0.95"),
    low=Decimal("0.9"),
    high=Decimal("0.99"),
    looser=Looser.LOWER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrelationLimit:
    """How far what the order adds moves with the rest of the book, from 0 to 1.

    Pearson's correlation of 60 daily returns of the symbol, short ones of a sale, with what the
    rest made on the same days; what moves against the book counts as 0.
    """

    TYPE: ClassVar[RuleType] = RuleType.CORRELATION_LIMIT
    THRESHOLD: ClassVar[str] = "correlation, 0 to 1"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "correlation"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    limit: Decimal
    quiet: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 1."""
        del parameters
        limit = positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=ONE, unit="correlation")
        return cls(limit=limit, quiet=limit * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the correlation with the limit."""
        correlation = effect.situation.readings[self.place]
        if correlation is None:
            return NO_RETURNS
        return None if correlation < self.quiet else (max(correlation, ZERO), self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class VarLimit:
    """The value at risk of one day after the order, in percent of equity.

    Historical, of what the book with the order would have made on each of the last 60 days,
    all that rests on its worse side counted: the loss that confidence of them stayed below.
    """

    TYPE: ClassVar[RuleType] = RuleType.VAR_LIMIT
    THRESHOLD: ClassVar[str] = "percent of equity"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_CONFIDENCE,)

    share: Decimal
    quiet_share: Decimal
    confidence: Decimal
    # Where its reading stands in Situation.readings; set when the rules are compiled.
    place: int = 0

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 100 percent."""
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_HUNDRED, unit="percent of equity")
        share = threshold / _HUNDRED
        confidence = _CONFIDENCE.read(parameters)
        return cls(share=share, quiet_share=share * quiet, confidence=confidence)

    def measure(self, effect: Effect) -> Measure:
        """Compare the value at risk with its share of equity."""
        equity = effect.situation.account.equity
        if equity is None:
            return NO_EQUITY
        risk = effect.situation.readings[self.place]
        if risk is None:
            return NO_RETURNS
        return None if risk < equity * self.quiet_share else (risk, equity * self.share)
