"""Show sizes and portfolio risk on the wire, and read what to size."""

from typing import ClassVar
from uuid import UUID

import msgspec

from adapters.http.reading import Amount
from adapters.http.wire import Symbol, Text, moment, rounded, text_of
from application.risk.calculate_position_size import (
    FixedRisk,
    Kelly,
    SizeBase,
    SizeCommand,
    SizeFound,
    VolatilityTarget,
)
from application.risk.commands import PortfolioRisk
from domain.risk.portfolio import Correlation, Exposure, ValueAtRisk

_ZERO = Amount("0")
_ONE = Amount("1")

# Of the equity: what is lost at the stop, and what the position may be worth.
RISK, CAP = Amount("0.02"), Amount("0.1")


class _SizeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="method"):
    symbol: Symbol
    account_id: UUID | None = None
    equity: Amount | None = None
    price: Amount | None = None
    fx: Amount | None = None
    strategy_id: Text | None = None

    def base(self, tenant_id: UUID) -> SizeBase:
        """Return what every method takes."""
        return SizeBase(
            tenant_id=tenant_id,
            symbol=self.symbol,
            account_id=self.account_id,
            equity=self.equity,
            price=self.price,
            fx=self.fx,
            strategy_id=self.strategy_id,
        )


class FixedRiskBody(_SizeBody, kw_only=True, tag="fixed_risk"):
    """Lose at most a share (risk, a fraction) of the equity when the stop is hit."""

    stop: Amount
    risk: Amount
    commission: Amount = _ZERO

    def command(self, tenant_id: UUID) -> SizeCommand:
        """Return the command."""
        return FixedRisk(
            base=self.base(tenant_id), stop=self.stop, risk=self.risk, commission=self.commission
        )


class KellyBody(_SizeBody, kw_only=True, tag="kelly"):
    """Bet a fraction of the Kelly share, at most cap of the equity."""

    win_probability: Amount
    payoff: Amount
    fraction: Amount = _ONE
    cap: Amount = _ONE

    def command(self, tenant_id: UUID) -> SizeCommand:
        """Return the command."""
        return Kelly(
            base=self.base(tenant_id),
            win_probability=self.win_probability,
            payoff=self.payoff,
            fraction=self.fraction,
            cap=self.cap,
        )


class VolatilityBody(_SizeBody, kw_only=True, tag="volatility"):
    """Hold as much as moves the equity by target a day; volatility is measured if left out."""

    target: Amount
    volatility: Amount | None = None
    cap: Amount = _ONE

    def command(self, tenant_id: UUID) -> SizeCommand:
        """Return the command."""
        return VolatilityTarget(
            base=self.base(tenant_id),
            target=self.target,
            volatility=self.volatility,
            cap=self.cap,
        )


class EntryBody(
    msgspec.Struct, forbid_unknown_fields=True, kw_only=True, tag_field="method", tag="entry"
):
    """What is to be bought, or with a stop above it sold, and where it is given up.

    The account gives the equity and its rules, and is the only one there is if none is named;
    the position loses at most `risk` of the equity at the stop and is worth at most `cap` of it.
    """

    # Who names no method asks for this one.
    TAG_MAY_LACK: ClassVar[bool] = True

    symbol: Symbol
    entry_price: Amount | None = None
    stop_loss: Amount
    account_id: UUID | None = None
    strategy_id: Text | None = None
    risk: Amount = RISK
    cap: Amount = CAP

    def command(self, tenant_id: UUID) -> FixedRisk:
        """Return the command."""
        return FixedRisk(
            base=SizeBase(
                tenant_id=tenant_id,
                symbol=self.symbol,
                account_id=self.account_id,
                price=self.entry_price,
                strategy_id=self.strategy_id,
                only_account=True,
            ),
            stop=self.stop_loss,
            risk=self.risk,
            cap=self.cap,
        )


SizeBody = FixedRiskBody | KellyBody | VolatilityBody | EntryBody


class SizeView(msgspec.Struct):
    """Units rounded down to the lot; exact is before rounding; money in account currency.

    limited_by names the account's limits that left fewer units than were asked for.
    """

    quantity: str
    exact: str
    value: str
    share: str
    risked: str
    limited_by: list[str]


class ExposureView(msgspec.Struct):
    """Money at the mark: net, gross, and gross with resting orders."""

    net: str
    gross: str
    gross_with_resting: str


class ValueAtRiskView(msgspec.Struct):
    """A loss that is exceeded with probability 1 - confidence, in money, positive."""

    historical: str
    parametric: str
    expected_shortfall: str
    confidence: str
    horizon_days: int
    observations: int
    first_day: str
    last_day: str


class CorrelationView(msgspec.Struct):
    """Pearson correlations of daily returns; null where a series never moved."""

    symbols: list[str]
    matrix: list[list[float | None]]


class PortfolioRiskView(msgspec.Struct, kw_only=True):
    """What a portfolio stands to lose; missing names what figures that are null need."""

    currency: str
    accounts: list[str]
    as_of: str
    equity: str | None
    total: ExposureView
    by_symbol: dict[str, ExposureView]
    by_sector: dict[str, ExposureView]
    leverage: str | None
    daily_pnl: str | None
    peak_equity: str
    drawdown: str | None
    value_at_risk: ValueAtRiskView | None
    correlation: CorrelationView | None
    missing: list[str]


def size_view(found: SizeFound) -> SizeView:
    """Show a size."""
    size = found.size
    return SizeView(
        quantity=text_of(size.quantity),
        exact=rounded(size.exact),
        value=rounded(size.value),
        share=rounded(size.share),
        risked=rounded(size.risked),
        limited_by=list(found.limited_by),
    )


def portfolio_risk_view(risk: PortfolioRisk) -> PortfolioRiskView:
    """Show a portfolio's risk."""
    tail, correlated = risk.value_at_risk, risk.correlation
    return PortfolioRiskView(
        currency=risk.currency,
        accounts=[str(account_id) for account_id in risk.accounts],
        as_of=moment(risk.as_of),
        equity=rounded(risk.equity),
        total=_exposure_view(risk.total),
        by_symbol={name: _exposure_view(one) for name, one in risk.by_symbol},
        by_sector={name: _exposure_view(one) for name, one in risk.by_sector},
        leverage=rounded(risk.leverage),
        daily_pnl=rounded(risk.daily_pnl),
        peak_equity=rounded(risk.peak_equity),
        drawdown=rounded(risk.drawdown),
        value_at_risk=tail_view(tail) if tail is not None else None,
        correlation=_correlation_view(correlated) if correlated is not None else None,
        missing=list(risk.missing),
    )


def _exposure_view(exposure: Exposure) -> ExposureView:
    return ExposureView(
        net=rounded(exposure.net),
        gross=rounded(exposure.gross),
        gross_with_resting=rounded(exposure.gross_with_resting),
    )


def tail_view(tail: ValueAtRisk) -> ValueAtRiskView:
    """Show a value at risk."""
    return ValueAtRiskView(
        historical=rounded(tail.historical),
        parametric=rounded(tail.parametric),
        expected_shortfall=rounded(tail.expected_shortfall),
        confidence=text_of(tail.confidence),
        horizon_days=tail.horizon_days,
        observations=tail.observations,
        first_day=tail.first_day.isoformat(),
        last_day=tail.last_day.isoformat(),
    )


def _correlation_view(correlation: Correlation) -> CorrelationView:
    return CorrelationView(
        symbols=list(correlation.symbols), matrix=[list(row) for row in correlation.matrix]
    )
