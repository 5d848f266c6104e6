"""Analyse what orders would do to an account before anybody sends them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.margin.assessment import Assessment
from domain.margin.rulebook import NoTable
from domain.risk.book_history import (
    CORRELATION_DAYS,
    WorstStretch,
    correlation_with_rest,
    marginal_value_at_risk,
    worst_stretch,
)
from domain.risk.effect import Effect
from domain.risk.portfolio import Returns, ValueAtRisk, value_at_risk, volatility
from domain.risk.proposal import Proposal, added, traded, unit_worth, values_of
from domain.risk.rating import Part
from domain.risk.rating_parts import (
    PreTradeLimits,
    limits_part,
    liquidity_part,
    margin_part,
    name_part,
    sector_part,
    var_part,
)
from domain.risk.trading_cost import TradingCost, days_to_exit, half_spread, impact
from domain.shared.values import ZERO

CONFIDENCE = Decimal("0.99")
STRETCHES = (1, 5, 20)


@dataclass(frozen=True, slots=True, kw_only=True)
class SymbolAnalysis:
    """One traded symbol: units and money traded, what that costs, how long the way out takes."""

    symbol: str
    quantity: Decimal
    worth: Decimal | None
    cost: TradingCost
    days_to_exit: Decimal | None
    correlation: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MarginChange:
    """What the positions take by the account's rulebook, and with the orders filled at the last.

    What rests is not in it: the gate counts that, against the initial margin.
    """

    before: Assessment | NoTable
    after: Assessment | NoTable


@dataclass(frozen=True, slots=True, kw_only=True)
class BookRisk:
    """The day's value at risk before and after, what the orders add, and the worst of history."""

    before: ValueAtRisk | None
    after: ValueAtRisk | None
    marginal: Decimal
    worst: tuple[WorstStretch, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """All that was found out; missing names what a figure that is None would need."""

    equity: Decimal | None
    margin: MarginChange
    sectors: Mapping[str, Decimal]
    symbols: tuple[SymbolAnalysis, ...]
    risk: BookRisk | None
    parts: tuple[Part, ...]
    missing: tuple[str, ...]


def analyse(
    proposal: Proposal, *, returns: Returns | None, margin: MarginChange, limits: PreTradeLimits
) -> Analysis:
    """Work out every part; returns are the daily ones of all that is held or traded.

    Sector and name count what rests beside the orders, at worst, as the gate does.
    """
    before, changes, missing = values_of(proposal)
    after = added(before, changes)
    effects = proposal.effects()
    account = proposal.view.account
    reducing = all(effect.reducing for effect in effects)
    risk: BookRisk | None = None
    if not missing and (returns is not None or not after):
        risk = _risk(returns, before=before, after=after, changes=changes)
    units = traded(proposal)
    symbols = tuple(
        _symbol(proposal, symbol, quantity=quantity, returns=returns, after=after)
        for symbol, quantity in units.items()
    )
    sectors, sector_missing = _sectors(proposal, effects)
    needs = ", ".join(missing) or "20 common days of prices above zero of every position"
    parts = (
        limits_part(proposal.headroom),
        margin_part(margin.after, limits=limits, exempt=reducing),
        sector_part(sectors, missing=sector_missing, limits=limits, exempt=reducing),
        name_part(account, effects, limits=limits, exempt=reducing),
        liquidity_part({one.symbol: one.cost for one in symbols}, limits=limits),
        var_part(
            risk.marginal if risk is not None else None,
            equity=account.equity,
            missing=needs,
            limits=limits,
            exempt=reducing,
        ),
    )
    gaps = [f"{part.name.value}: {part.missing}" for part in parts if part.missing]
    gaps += _further_gaps(symbols, risk=risk, values=after)
    return Analysis(
        equity=account.equity,
        margin=margin,
        sectors=sectors,
        symbols=symbols,
        risk=risk,
        parts=parts,
        missing=tuple(dict.fromkeys([*gaps, *missing])),
    )


def _risk(
    returns: Returns | None,
    *,
    before: Mapping[str, Decimal],
    after: Mapping[str, Decimal],
    changes: Mapping[str, Decimal],
) -> BookRisk:
    if returns is None:
        return BookRisk(before=None, after=None, marginal=ZERO, worst=())
    stretches = (worst_stretch(returns, values=after, days=days) for days in STRETCHES)
    return BookRisk(
        before=value_at_risk(returns, values=before, confidence=CONFIDENCE),
        after=value_at_risk(returns, values=after, confidence=CONFIDENCE),
        marginal=marginal_value_at_risk(
            returns, values=after, changes=changes, confidence=CONFIDENCE
        ),
        worst=tuple(stretch for stretch in stretches if stretch is not None),
    )


def _symbol(
    proposal: Proposal,
    symbol: str,
    *,
    quantity: Decimal,
    returns: Returns | None,
    after: Mapping[str, Decimal],
) -> SymbolAnalysis:
    situation = next(one for order, one in proposal.orders if order.symbol == symbol)
    quote, volume = situation.symbol.quote, situation.average_daily_volume
    position = situation.symbol.position + quantity
    known = returns is not None and symbol in returns.symbols
    price = unit_worth(proposal, symbol)
    return SymbolAnalysis(
        symbol=symbol,
        quantity=quantity,
        worth=None if price is None else abs(quantity * price),
        cost=TradingCost(
            half_spread=half_spread(quote) if quote is not None else None,
            impact=impact(
                quantity,
                average_daily_volume=volume,
                volatility=volatility(returns, symbol=symbol) if returns and known else None,
            ),
        ),
        days_to_exit=days_to_exit(position, average_daily_volume=volume),
        correlation=correlation_with_rest(returns, values=after, symbol=symbol)
        if returns and known
        else None,
    )


def _sectors(proposal: Proposal, effects: Sequence[Effect]) -> tuple[dict[str, Decimal], str]:
    """Return the share of the equity that each traded sector takes, or what that needs."""
    shares: dict[str, Decimal] = {}
    equity = proposal.view.account.equity
    for (order, situation), effect in zip(proposal.orders, effects, strict=True):
        instrument = situation.symbol.instrument
        if instrument is None or not instrument.sector:
            return shares, f"the sector of {order.symbol}"
        if effect.sector_after is None or equity is None or equity <= ZERO:
            return shares, "the sector and price of everything held or resting"
        share = effect.sector_after / equity
        shares[instrument.sector] = max(shares.get(instrument.sector, ZERO), share)
    return shares, ""


def _further_gaps(
    symbols: Sequence[SymbolAnalysis], *, risk: BookRisk | None, values: Mapping[str, Decimal]
) -> list[str]:
    """Name what is missing of the figures that no part of the score holds."""
    gaps = [
        f"days_to_exit: average daily volume of {one.symbol}"
        for one in symbols
        if one.days_to_exit is None
    ]
    for one in symbols:
        rest = any(value for symbol, value in values.items() if symbol != one.symbol)
        if one.correlation is None and rest:
            gaps.append(
                f"correlation: {CORRELATION_DAYS} daily returns of {one.symbol} and the book"
            )
    held = any(values.values())
    known = {stretch.days for stretch in risk.worst} if risk is not None else set()
    gaps += [f"worst: {days} days of history" for days in STRETCHES if held and days not in known]
    return gaps
