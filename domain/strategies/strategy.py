"""Describe a strategy, and what it decided on a signal."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from domain.shared.names import SEEN_PATTERN
from domain.shared.values import ONE, ZERO, InvalidValue, checked_decimal, checked_symbol, plain
from domain.signals.signal import SignalSide, checked_name
from domain.strategies.factors import Factor, FactorName

# What an order may bear as its strategy_id.
_NAME = rf"(?=^.{{1,64}}$){SEEN_PATTERN}"
SYMBOLS_MAX = 100
SOURCES_MAX = 20
COOLDOWN_MAX_S = 30 * 86_400
NO_WEIGHTS: Mapping[FactorName, Decimal] = MappingProxyType({})


class StrategyKind(StrEnum):
    """What a strategy goes by."""

    # The signal's own score.
    FOLLOW = "follow"
    # Many factors of the symbol, weighed, whenever a signal tells of it.
    MULTI_FACTOR = "multi_factor"
    # The last cross of the symbol's averages, halved every five bars.
    EMA_CROSS = "ema_cross"
    # What a class that somebody installed here says of the symbol's closed days.
    OWN = "own"


class StrategyMode(StrEnum):
    """What becomes of its decisions."""

    OFF = "off"
    # Decided and written down, and nothing sent.
    SHADOW = "shadow"
    LIVE = "live"


@dataclass(frozen=True, slots=True, kw_only=True)
class Strategy:
    """Who acts on signals of some symbols, for one account; its name is its orders' strategy_id.

    sources are those whose signals it hears, none for all. risk_limit and cap are fractions of
    the account's equity: what a day's usual move may cost, and the most that one order may be
    worth. ttl_s: an older signal is stale to it, 0 for as long as the signal itself holds.
    weights and model are those of many factors: none for the usual weights, and the model whose
    forecast counts; of the kind own, model is the name of its class. is_running: start and stop
    change it, the mode they do not; problem says why it was stopped.
    """

    id: UUID
    tenant_id: UUID
    name: str
    kind: StrategyKind
    account_id: UUID
    symbols: tuple[str, ...]
    sources: tuple[str, ...] = ()
    mode: StrategyMode = StrategyMode.OFF
    threshold: Decimal = Decimal("0.3")
    risk_limit: Decimal = Decimal("0.02")
    cap: Decimal = Decimal("0.1")
    allow_short: bool = False
    cooldown_s: int = 0
    ttl_s: int = 0
    weights: Mapping[FactorName, Decimal] = field(default_factory=lambda: NO_WEIGHTS)
    model: str = ""
    is_running: bool = False
    problem: str = ""
    version: int = 1

    def __post_init__(self) -> None:
        """Raise InvalidValue for what no strategy can be."""
        if self.name != self.name.strip() or not re.search(_NAME, self.name):
            problem = "must be 1 to 64 characters that can be seen, without space around them"
            raise InvalidValue(field="name", problem=problem)
        if not 1 <= len(self.symbols) <= SYMBOLS_MAX or len(set(self.symbols)) < len(self.symbols):
            problem = f"must be 1 to {SYMBOLS_MAX} symbols, each once"
            raise InvalidValue(field="symbols", problem=problem)
        for symbol in self.symbols:
            checked_symbol(symbol, field="symbols")
        if len(self.sources) > SOURCES_MAX or len(set(self.sources)) < len(self.sources):
            problem = f"must be at most {SOURCES_MAX} sources, each once"
            raise InvalidValue(field="sources", problem=problem)
        for source in self.sources:
            checked_name(source, field="sources")
        for name in ("threshold", "risk_limit", "cap"):
            if not ZERO < checked_decimal(getattr(self, name), field=name) <= ONE:
                raise InvalidValue(field=name, problem="must be above 0 and at most 1")
        for name in ("cooldown_s", "ttl_s"):
            if not 0 <= getattr(self, name) <= COOLDOWN_MAX_S:
                raise InvalidValue(field=name, problem=f"must be from 0 to {COOLDOWN_MAX_S}")
        self._check_factors()

    def _check_factors(self) -> None:
        if self.weights and self.kind is not StrategyKind.MULTI_FACTOR:
            raise InvalidValue(field="weights", problem="is for the kind multi_factor alone")
        if self.model and self.kind not in (StrategyKind.MULTI_FACTOR, StrategyKind.OWN):
            problem = "is for the kinds multi_factor and own alone"
            raise InvalidValue(field="model", problem=problem)
        if not self.model and self.kind is StrategyKind.OWN:
            raise InvalidValue(field="model", problem="must name the class of the kind own")
        if self.model:
            checked_name(self.model, field="model")
        if not self.weights:
            return
        for name in FactorName:
            weight = self.weights.get(name)
            if weight is None:
                raise InvalidValue(
                    field="weights", problem=f"must name {name.value} too, 0 for none"
                )
            if not ZERO <= checked_decimal(weight, field="weights") <= ONE:
                raise InvalidValue(field="weights", problem="must be from 0 to 1 each")
        if (total := sum(self.weights.values(), ZERO)) != ONE:
            problem = f"must be 1 together, not {plain(total)}"
            raise InvalidValue(field="weights", problem=problem)


class StrategyAction(StrEnum):
    """What a strategy did on a signal."""

    ORDER = "order"
    SHADOW = "shadow"
    NONE = "none"


class ActionReason(StrEnum):
    """Why a strategy did nothing; ACTED where it did something."""

    ACTED = ""
    NOT_IN_MODE = "not_in_mode"
    STALE = "stale"
    BELOW_THRESHOLD = "below_threshold"
    # Too little of what it goes by is known.
    INSUFFICIENT_FACTORS = "insufficient_factors"
    COOLDOWN = "cooldown"
    NO_PRICE = "no_price"
    NO_VOLATILITY = "no_volatility"
    TOO_SMALL = "too_small"
    # The gate refused the order, which is stored as denied: for a pause, a stop, or else.
    PAUSED = "paused"
    KILLED = "killed"
    DENIED = "denied"
    # More waits to be sent than may.
    BEHIND = "behind"


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDecision:
    """What a strategy made of a signal, once; sigma is a day's, notional in the currency.

    score is what it thought, None where no factor was present, and coverage their weight.
    """

    id: UUID
    tenant_id: UUID
    strategy_id: UUID
    signal_id: UUID
    symbol: str
    side: SignalSide
    score: Decimal | None
    sigma: Decimal | None
    notional: Decimal
    quantity: Decimal
    action: StrategyAction
    reason: ActionReason
    order_id: UUID | None
    detail: str
    at: datetime
    coverage: Decimal = ONE
    factors: tuple[Factor, ...] = ()
    version: int = 1


def describe_strategy(one: Strategy) -> dict[str, str]:
    """List what the trail and the notices show of a strategy."""
    return {
        "name": one.name,
        "kind": one.kind.value,
        "account_id": str(one.account_id),
        "symbols": " ".join(one.symbols),
        "sources": " ".join(one.sources),
        "mode": one.mode.value,
        "threshold": plain(one.threshold),
        "risk_limit": plain(one.risk_limit),
        "cap": plain(one.cap),
        "allow_short": str(one.allow_short).lower(),
        "cooldown_s": str(one.cooldown_s),
        "ttl_s": str(one.ttl_s),
        "weights": " ".join(f"{name}={plain(one.weights[name])}" for name in sorted(one.weights)),
        "model": one.model,
        "is_running": str(one.is_running).lower(),
        "problem": one.problem,
    }


def describe_decision(one: StrategyDecision) -> Mapping[str, str]:
    """List what the trail and the notices show of a decision."""
    return {
        "strategy_id": str(one.strategy_id),
        "signal_id": str(one.signal_id),
        "symbol": one.symbol,
        "side": one.side.value,
        "score": "" if one.score is None else plain(one.score),
        "coverage": plain(one.coverage),
        "notional": plain(one.notional),
        "quantity": plain(one.quantity),
        "action": one.action.value,
        "reason": one.reason.value,
        "order_id": str(one.order_id) if one.order_id is not None else "",
    }
