"""Measure each part of a rating against its limit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.margin.assessment import Assessment
from domain.margin.rulebook import NoTable
from domain.risk.effect import Effect
from domain.risk.objection_reasons import OBJECTION
from domain.risk.rating import Part, PartName
from domain.risk.situation import AccountFigures
from domain.risk.trading_cost import TradingCost
from domain.risk.verdict import Headroom
from domain.shared.values import ONE, ZERO


@dataclass(frozen=True, slots=True, kw_only=True)
class PreTradeLimits:
    """Where each part of a rating is full, as fractions: of the equity, or of what is traded.

    margin_buffer is the least share of the equity that must lie above the margin required.
    """

    sector: Decimal = Decimal("0.25")
    name: Decimal = Decimal("0.10")
    cost: Decimal = Decimal("0.01")
    marginal_var: Decimal = Decimal("0.02")
    margin_buffer: Decimal = Decimal("0.15")


def limits_part(headroom: Sequence[Headroom]) -> Part:
    """Return how much of the tightest limit is used; those that spare the orders do not count.

    What another area objects is no limit, but a source that was not heard is missing.
    """
    asked = [one for one in headroom if not one.exempt]
    used = [one.used for one in asked if one.used is not None and one.rule_type != OBJECTION]
    gaps = sorted({f"{one.rule_name} needs {one.missing}" for one in asked if one.missing})
    return Part(
        name=PartName.LIMITS,
        value=max(used, default=ZERO),
        limit=ONE,
        missing="; ".join(gaps),
    )


def margin_part(margin: Assessment | NoTable, *, limits: PreTradeLimits, exempt: bool) -> Part:
    """Return the share of the equity that maintenance margin takes, of the share that it may."""
    value = None
    if isinstance(margin, Assessment):
        # Without equity there is nothing left to take.
        value = ONE if margin.buffer is None else ONE - margin.buffer
    return Part(
        name=PartName.MARGIN,
        value=value,
        limit=ONE - limits.margin_buffer,
        missing=margin.problem if isinstance(margin, NoTable) else "",
        exempt=exempt,
    )


def sector_part(
    shares: Mapping[str, Decimal], *, missing: str, limits: PreTradeLimits, exempt: bool
) -> Part:
    """Return the fullest of the traded sectors, each a share of the equity."""
    return Part(
        name=PartName.SECTOR,
        value=None if missing else max(shares.values(), default=ZERO),
        limit=limits.sector,
        missing=missing,
        exempt=exempt,
    )


def name_part(
    account: AccountFigures, effects: Sequence[Effect], *, limits: PreTradeLimits, exempt: bool
) -> Part:
    """Return the largest position that any of the orders leads to, as a share of the equity."""
    worth, equity = largest([effect.position_value_after for effect in effects]), account.equity
    known = worth is not None and equity is not None and equity > ZERO
    return Part(
        name=PartName.NAME,
        value=worth / equity if known and worth is not None and equity is not None else None,
        limit=limits.name,
        missing="" if known else "equity and prices",
        exempt=exempt,
    )


def liquidity_part(costs: Mapping[str, TradingCost], *, limits: PreTradeLimits) -> Part:
    """Return the dearest symbol's cost; it counts for orders that reduce, too."""
    totals = {symbol: cost.total for symbol, cost in costs.items()}
    gaps = sorted(symbol for symbol, total in totals.items() if total is None)
    return Part(
        name=PartName.LIQUIDITY,
        value=None if gaps else max((one for one in totals.values() if one), default=ZERO),
        limit=limits.cost,
        missing=f"spread, volume and history of {', '.join(gaps)}" if gaps else "",
    )


def var_part(
    marginal: Decimal | None,
    *,
    equity: Decimal | None,
    missing: str,
    limits: PreTradeLimits,
    exempt: bool,
) -> Part:
    """Return what the orders add to the value at risk, as a share of the equity."""
    known = marginal is not None and equity is not None and equity > ZERO
    return Part(
        name=PartName.MARGINAL_VAR,
        value=max(marginal, ZERO) / equity if known and marginal is not None and equity else None,
        limit=limits.marginal_var,
        missing="" if known else missing,
        exempt=exempt,
    )


def largest(figures: Sequence[Decimal | None]) -> Decimal | None:
    """Return the largest figure, None where one of them is not known."""
    known = [figure for figure in figures if figure is not None]
    return max(known) if known and len(known) == len(figures) else None
