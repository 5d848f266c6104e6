"""Show what was measured: a tried rule, a portfolio's risk."""

import msgspec

from adapters.http.problems import ReasonView
from adapters.http.wire import (
    HeadroomView,
    headroom_view,
    moment,
    reason_view,
    rounded,
)
from application.risk.commands import PortfolioRisk, RuleTried
from domain.risk.portfolio import Exposure


class TriedView(msgspec.Struct):
    """What the rule would say; applies tells whether it looks at such orders at all."""

    applies: bool
    approved: bool
    halts: bool
    reasons: list[ReasonView]
    headroom: HeadroomView | None


class ExposureView(msgspec.Struct):
    """Money at the mark: net, gross, and gross with resting orders."""

    net: str | None
    gross: str | None
    gross_with_resting: str | None


class NamedExposureView(msgspec.Struct):
    """The exposure of one symbol or sector."""

    name: str
    exposure: ExposureView


class ValueAtRiskView(msgspec.Struct, kw_only=True):
    """Losses, positive, that are exceeded with probability 1 - confidence."""

    historical: str | None
    parametric: str | None
    expected_shortfall: str | None
    confidence: str | None
    horizon_days: int
    observations: int
    first_day: str
    last_day: str


class CorrelationView(msgspec.Struct):
    """Correlations of daily returns; null where a series never moved."""

    symbols: list[str]
    matrix: list[list[float | None]]


class PortfolioRiskView(msgspec.Struct, kw_only=True):
    """The risk of one account, or of all of a tenant; null figures are named in missing."""

    currency: str
    accounts: list[str]
    as_of: str
    equity: str | None
    total: ExposureView
    by_symbol: list[NamedExposureView]
    by_sector: list[NamedExposureView]
    leverage: str | None
    daily_pnl: str | None
    peak_equity: str | None
    drawdown: str | None
    value_at_risk: ValueAtRiskView | None
    correlation: CorrelationView | None
    missing: list[str]


def tried_view(tried: RuleTried) -> TriedView:
    """Show a tried rule."""
    return TriedView(
        applies=tried.applies,
        approved=tried.approved,
        halts=tried.halts,
        reasons=[reason_view(reason) for reason in tried.reasons],
        headroom=headroom_view(tried.headroom) if tried.headroom is not None else None,
    )


def risk_view(risk: PortfolioRisk) -> PortfolioRiskView:
    """Show a portfolio's risk."""
    value_at_risk = None
    if risk.value_at_risk is not None:
        told = risk.value_at_risk
        value_at_risk = ValueAtRiskView(
            historical=rounded(told.historical),
            parametric=rounded(told.parametric),
            expected_shortfall=rounded(told.expected_shortfall),
            confidence=rounded(told.confidence),
            horizon_days=told.horizon_days,
            observations=told.observations,
            first_day=told.first_day.isoformat(),
            last_day=told.last_day.isoformat(),
        )
    correlation = None
    if risk.correlation is not None:
        correlation = CorrelationView(
            symbols=list(risk.correlation.symbols),
            matrix=[list(row) for row in risk.correlation.matrix],
        )
    return PortfolioRiskView(
        currency=risk.currency,
        accounts=[str(account_id) for account_id in risk.accounts],
        as_of=moment(risk.as_of),
        equity=rounded(risk.equity),
        total=_exposure(risk.total),
        by_symbol=[NamedExposureView(name, _exposure(one)) for name, one in risk.by_symbol],
        by_sector=[NamedExposureView(name, _exposure(one)) for name, one in risk.by_sector],
        leverage=rounded(risk.leverage),
        daily_pnl=rounded(risk.daily_pnl),
        peak_equity=rounded(risk.peak_equity),
        drawdown=rounded(risk.drawdown),
        value_at_risk=value_at_risk,
        correlation=correlation,
        missing=list(risk.missing),
    )


def _exposure(exposure: Exposure) -> ExposureView:
    return ExposureView(
        net=rounded(exposure.net),
        gross=rounded(exposure.gross),
        gross_with_resting=rounded(exposure.gross_with_resting),
    )
