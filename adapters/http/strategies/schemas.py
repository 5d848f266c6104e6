"""Shape strategies and their decisions on the wire."""

from dataclasses import replace
from types import MappingProxyType
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.reading import Amount
from adapters.http.wire import Symbol, Text, id_of, moment, text_of
from domain.signals.signal import NAME_PATTERN
from domain.strategies.factors import Factor, FactorName, Opinion
from domain.strategies.strategy import (
    COOLDOWN_MAX_S,
    SOURCES_MAX,
    SYMBOLS_MAX,
    Strategy,
    StrategyAction,
    StrategyDecision,
    StrategyKind,
    StrategyMode,
)

_NAME = Annotated[str, Meta(pattern=NAME_PATTERN)]
_SECONDS = Annotated[int, Meta(ge=0, le=COOLDOWN_MAX_S)]


class StrategyBody(msgspec.Struct, forbid_unknown_fields=True):
    """A strategy; a new one is off, whatever is written of its mode is refused."""

    name: Text
    kind: StrategyKind
    account_id: UUID
    symbols: Annotated[list[Symbol], Meta(min_length=1, max_length=SYMBOLS_MAX)]
    sources: Annotated[list[_NAME], Meta(max_length=SOURCES_MAX)] = []
    mode: StrategyMode = StrategyMode.OFF
    threshold: Amount = Amount("0.3")
    risk_limit: Amount = Amount("0.02")
    cap: Amount = Amount("0.1")
    allow_short: bool = False
    cooldown_s: _SECONDS = 0
    ttl_s: _SECONDS = 0
    weights: dict[FactorName, Amount] = {}
    model: Annotated[str, Meta(max_length=64)] = ""

    def made(self, before: Strategy) -> Strategy:
        """Return a strategy as it is written here; raises InvalidValue."""
        return replace(
            before,
            name=self.name,
            kind=self.kind,
            account_id=self.account_id,
            symbols=tuple(self.symbols),
            sources=tuple(self.sources),
            mode=self.mode,
            threshold=self.threshold,
            risk_limit=self.risk_limit,
            cap=self.cap,
            allow_short=self.allow_short,
            cooldown_s=self.cooldown_s,
            ttl_s=self.ttl_s,
            weights=MappingProxyType(dict(self.weights)),
            model=self.model,
        )

    def new(self, *, id: UUID, tenant_id: UUID) -> Strategy:
        """Return a new strategy; raises InvalidValue."""
        return self.made(
            Strategy(
                id=id,
                tenant_id=tenant_id,
                name=self.name,
                kind=self.kind,
                account_id=self.account_id,
                symbols=tuple(self.symbols),
                # A kind may not be without it.
                model=self.model,
            )
        )


class StrategyView(msgspec.Struct):
    """A strategy; problem says why it was stopped, "" where somebody stopped it."""

    id: str
    name: str
    kind: StrategyKind
    account_id: str
    symbols: list[str]
    sources: list[str]
    mode: StrategyMode
    threshold: str
    risk_limit: str
    cap: str
    allow_short: bool
    cooldown_s: int
    ttl_s: int
    weights: dict[str, str]
    model: str
    running: bool
    problem: str
    version: int


class StrategyPage(msgspec.Struct):
    """A page of strategies, in the order they were made."""

    items: list[StrategyView]
    next_cursor: str | None


class StrategyFactorView(msgspec.Struct):
    """What one factor said, -1 (sell) to 1 (buy); one that is absent has a reason instead."""

    name: str
    value: str | None
    weight: str
    status: Literal["present", "absent"]
    reason: str


class StrategyAnalysisView(msgspec.Struct):
    """What a strategy thinks of a symbol now; score is absent where every factor is."""

    strategy_id: str
    symbol: str
    side: str
    score: str | None
    coverage: str
    confidence: str
    factors: list[StrategyFactorView]


class DecisionView(msgspec.Struct):
    """What a strategy made of a signal; reason says why nothing, "" where it acted."""

    id: str
    signal_id: str
    strategy_id: str
    symbol: str
    side: str
    score: str | None
    coverage: str
    factors: list[StrategyFactorView]
    sigma: str | None
    notional: str
    quantity: str
    action: StrategyAction
    reason: str
    detail: str
    order_id: str | None
    at: str


class DecisionPage(msgspec.Struct):
    """A page of decisions, newest first."""

    items: list[DecisionView]
    next_cursor: str | None


def strategy_view(one: Strategy) -> StrategyView:
    """Show a strategy."""
    return StrategyView(
        id=str(one.id),
        name=one.name,
        kind=one.kind,
        account_id=str(one.account_id),
        symbols=list(one.symbols),
        sources=list(one.sources),
        mode=one.mode,
        threshold=text_of(one.threshold),
        risk_limit=text_of(one.risk_limit),
        cap=text_of(one.cap),
        allow_short=one.allow_short,
        cooldown_s=one.cooldown_s,
        ttl_s=one.ttl_s,
        weights={name.value: text_of(weight) for name, weight in one.weights.items()},
        model=one.model,
        running=one.is_running,
        problem=one.problem,
        version=one.version,
    )


def factor_view(one: Factor) -> StrategyFactorView:
    """Show a factor."""
    return StrategyFactorView(
        name=one.name,
        value=text_of(one.value),
        weight=text_of(one.weight),
        status="present" if one.is_present else "absent",
        reason=one.reason,
    )


def strategy_analysis_view(one: Opinion, *, strategy_id: UUID, symbol: str) -> StrategyAnalysisView:
    """Show what a strategy thinks."""
    return StrategyAnalysisView(
        strategy_id=str(strategy_id),
        symbol=symbol,
        side=one.side.value,
        score=text_of(one.score),
        coverage=text_of(one.coverage),
        confidence=text_of(one.confidence),
        factors=[factor_view(each) for each in one.factors],
    )


def decision_view(one: StrategyDecision) -> DecisionView:
    """Show a decision."""
    return DecisionView(
        id=str(one.id),
        signal_id=str(one.signal_id),
        strategy_id=str(one.strategy_id),
        symbol=one.symbol,
        side=one.side.value,
        score=text_of(one.score),
        coverage=text_of(one.coverage),
        factors=[factor_view(each) for each in one.factors],
        sigma=text_of(one.sigma),
        notional=text_of(one.notional),
        quantity=text_of(one.quantity),
        action=one.action,
        reason=one.reason.value,
        detail=one.detail,
        order_id=id_of(one.order_id),
        at=moment(one.at),
    )
