"""Limit what is held and owed. An order that only reduces passes all of these."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar, Self

from domain.risk.effect import Effect
from domain.risk.measure import (
    NO_DAY,
    NO_EQUITY,
    NO_EXPOSURE,
    NO_PEAK,
    NO_SECTOR,
    Measure,
    Nature,
)
from domain.risk.parameters import ChoiceParameter, Looser, Parameter, heard_from, whole, within
from domain.risk.rule import Parameters, RuleType
from domain.shared.values import ZERO, positive_decimal

_HUNDRED = Decimal(100)
_LEVERAGE_MAX = Decimal(100)
# What the threshold counts.
_SIZE_UNIT = ChoiceParameter(name="unit", choices=("money", "units"))
_LOSS_UNIT = ChoiceParameter(name="unit", choices=("money", "percent"))
# What the value sums over: the order's account, or every account of the tenant.
PER = ChoiceParameter(name="per", choices=("account", "tenant"))
# Credit and capital thresholds set beforehand.
_CREDIT = "SEC Rule 15c3-5(c)(1)(i)"


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxPositionSize:
    """The position that the order and everything resting on its side lead to.

    threshold is in the account's currency, or in units when the parameter says so; either
    way long and short count alike.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_POSITION_SIZE
    THRESHOLD: ClassVar[str] = "money, or units where the parameter says so"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_SIZE_UNIT, PER)

    limit: Decimal
    quiet: Decimal
    in_units: bool

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero."""
        unit = _SIZE_UNIT.read(parameters)
        limit = positive_decimal(threshold, field="threshold")
        return cls(limit=limit, quiet=limit * quiet, in_units=unit == "units")

    @property
    def unit(self) -> str:
        """What the threshold counts."""
        return "units" if self.in_units else "money"

    def measure(self, effect: Effect) -> Measure:
        """Compare the worst position with the limit."""
        value = abs(effect.position_after) if self.in_units else effect.position_value_after
        if value is None:
            return NO_EXPOSURE
        return None if value < self.quiet else (value, self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDailyLoss:
    """What was lost since the trading day began, open profit and loss included.

    threshold is in the account's currency, or percent of the opening equity. The limit
    itself already stops: another order could only lose more.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_DAILY_LOSS
    THRESHOLD: ClassVar[str] = "money, or percent of the opening equity where the parameter says so"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (_LOSS_UNIT, PER)

    # None when the limit is a share of the opening equity.
    limit: Decimal | None
    share: Decimal
    # Of the limit when there is one, else of the opening equity.
    quiet: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero, and at most 100 if in percent."""
        positive_decimal(threshold, field="threshold")
        if _LOSS_UNIT.read(parameters) == "percent":
            within(threshold, low=ZERO, high=_HUNDRED, unit="percent")
            share = threshold / _HUNDRED
            return cls(limit=None, share=share, quiet=share * quiet)
        return cls(limit=threshold, share=ZERO, quiet=threshold * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the day's loss with the limit; a gain counts as no loss."""
        account = effect.situation.account
        return self.measure_account(account.equity, account.opening_equity)

    def measure_account(self, equity: Decimal | None, opening: Decimal | None) -> Measure:
        """Compare the loss of an account that sends no order."""
        if equity is None:
            return NO_EQUITY
        if opening is None:
            return NO_DAY
        lost = ZERO
        if equity < opening:
            lost = opening - equity
        elif self.quiet:
            return None
        if self.limit is not None:
            return None if lost < self.quiet else (lost, self.limit)
        return None if lost < opening * self.quiet else (lost, opening * self.share)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxDrawdown:
    """How far the equity, open profit and loss included, lies under its peak.

    threshold is in percent of the peak. The limit itself already stops.
    """

    TYPE: ClassVar[RuleType] = RuleType.MAX_DRAWDOWN
    THRESHOLD: ClassVar[str] = "percent of equity's peak"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = True
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = ()

    share: Decimal
    quiet_share: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 100 percent."""
        del parameters
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_HUNDRED, unit="percent")
        share = threshold / _HUNDRED
        return cls(share=share, quiet_share=share * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the distance from the peak with the allowed share of it."""
        account = effect.situation.account
        return self.measure_account(account.equity, account.peak_equity)

    def measure_account(self, equity: Decimal | None, peak: Decimal) -> Measure:
        """Compare the drawdown of an account that sends no order."""
        if equity is None:
            return NO_EQUITY
        if equity > peak:
            peak = equity
        down = peak - equity
        if down < peak * self.quiet_share:
            return None
        return (down, peak * self.share) if peak > ZERO else NO_PEAK


@dataclass(frozen=True, slots=True, kw_only=True)
class PositionLimit:
    """How many symbols are open: held, or with an opening order at rest."""

    TYPE: ClassVar[RuleType] = RuleType.POSITION_LIMIT
    THRESHOLD: ClassVar[str] = "positions"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "positions"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (PER,)

    limit: Decimal
    # The first count that is not quiet.
    heard_from: int

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is a whole number from 1 on."""
        del parameters
        whole(threshold)
        within(threshold, low=Decimal(1), high=Decimal(100_000), unit="positions")
        return cls(limit=threshold, heard_from=heard_from(threshold, quiet=quiet))

    def measure(self, effect: Effect) -> Measure:
        """Compare the count with this symbol open with the limit."""
        situation = effect.situation
        count = situation.account.open_positions
        if not situation.symbol.is_open:
            count += 1
        return None if count < self.heard_from else (Decimal(count), self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class MaxLeverage:
    """Gross exposure, resting orders included, as a multiple of equity."""

    TYPE: ClassVar[RuleType] = RuleType.MAX_LEVERAGE
    THRESHOLD: ClassVar[str] = "times equity"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (PER,)

    multiple: Decimal
    quiet_multiple: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero and at most 100."""
        del parameters
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_LEVERAGE_MAX, unit="times equity")
        return cls(multiple=threshold, quiet_multiple=threshold * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the gross exposure after the order with the multiple of equity."""
        equity, gross = effect.situation.account.equity, effect.gross_after
        if equity is not None and gross is not None and gross < equity * self.quiet_multiple:
            # The usual order is spared another call.
            return None
        return self.measure_account(equity, gross)

    def measure_account(self, equity: Decimal | None, gross: Decimal | None) -> Measure:
        """Compare the leverage of an account that sends no order."""
        if equity is None:
            return NO_EQUITY
        if gross is None:
            return NO_EXPOSURE
        return None if gross < equity * self.quiet_multiple else (gross, equity * self.multiple)


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorConcentration:
    """Gross exposure of the symbol's sector, resting orders included, in percent of equity."""

    TYPE: ClassVar[RuleType] = RuleType.SECTOR_CONCENTRATION
    THRESHOLD: ClassVar[str] = "percent of equity"
    NATURE: ClassVar[Nature] = Nature.EXPOSURE
    unit: ClassVar[str] = "money"
    CLAUSE: ClassVar[str] = _CREDIT
    STOPS_AT_LIMIT: ClassVar[bool] = False
    LOOSER: ClassVar[Looser] = Looser.HIGHER
    PARAMETERS: ClassVar[tuple[Parameter, ...]] = (PER,)

    share: Decimal
    quiet_share: Decimal

    @classmethod
    def made(cls, *, threshold: Decimal, parameters: Parameters, quiet: Decimal) -> Self:
        """Make the check; the threshold is above zero percent."""
        del parameters
        positive_decimal(threshold, field="threshold")
        within(threshold, low=ZERO, high=_HUNDRED * _LEVERAGE_MAX, unit="percent of equity")
        share = threshold / _HUNDRED
        return cls(share=share, quiet_share=share * quiet)

    def measure(self, effect: Effect) -> Measure:
        """Compare the sector's exposure after the order with its share of equity."""
        equity = effect.situation.account.equity
        if equity is None:
            return NO_EQUITY
        value = effect.sector_after
        if value is None:
            return NO_SECTOR
        return None if value < equity * self.quiet_share else (value, equity * self.share)
