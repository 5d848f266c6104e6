"""Hold the kill switch's latch: what is stopped, how far, by whom, why, since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from domain.audit.entry import NOBODY
from domain.risk.strategies import strategy_name
from domain.shared.values import InvalidValue

NAME_LENGTH_MAX = 128


class LatchCause(StrEnum):
    """What engaged a latch."""

    PERSON = "person"
    RULE = "rule"  # a risk rule with action HALT
    DRAWDOWN = "drawdown"
    RECONCILIATION = "reconciliation"  # our book and the broker's disagree
    SURVEILLANCE = "surveillance"
    BROKER_LINK = "broker_link"  # a broker could not be reached for too long
    WATCHDOG = "watchdog"  # dispatch was silent
    SUCCESSION = "succession"
    DRILL = "drill"


class ScopeKind(StrEnum):
    """What is stopped or released."""

    FIRM = "firm"  # every tenant of the installation
    TENANT = "tenant"
    ACCOUNT = "account"
    STRATEGY = "strategy"
    BROKER = "broker"
    SYMBOL = "symbol"


class Level(StrEnum):
    """How far a latch stops its scope."""

    REDUCING = "reducing"  # only what reduces |position| is sent
    HALTED = "halted"  # nothing is sent


def is_strategy(stopped: str | None, decided_by: str | None) -> bool:
    """Tell whether a stop of a strategy, None for any, is of the one that decided on an order."""
    if stopped is None or decided_by is None:
        return stopped is None
    return strategy_name(stopped) == strategy_name(decided_by)


def stronger(levels: Sequence[Level]) -> Level | None:
    """Return the level that holds where several latches do, None without any."""
    if not levels:
        return None
    return Level.HALTED if Level.HALTED in levels else Level.REDUCING


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One order as a latch sees it: whose it is, where it goes, what it trades, who decided."""

    tenant_id: UUID
    account_id: UUID
    broker: str
    symbol: str
    strategy_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a latch stops: a tenant, or what is named of it; NOBODY's is the whole firm."""

    tenant_id: UUID
    account_id: UUID | None = None
    strategy_id: str | None = None
    broker: str | None = None
    symbol: str | None = None

    def __post_init__(self) -> None:
        """Raise InvalidValue for what is no scope: more than one name, or a name of nothing."""
        names = {"strategy_id": self.strategy_id, "broker": self.broker, "symbol": self.symbol}
        for field, name in names.items():
            if name is not None and not 1 <= len(name) <= NAME_LENGTH_MAX:
                raise InvalidValue(field=field, problem=f"must be 1 to {NAME_LENGTH_MAX} long")
        named = [name for name in (self.account_id, *names.values()) if name is not None]
        if len(named) > 1 or (named and self.tenant_id == NOBODY):
            raise InvalidValue(field="scope", problem="must name one thing of one tenant")

    @property
    def kind(self) -> ScopeKind:
        """What it is that is stopped."""
        if self.tenant_id == NOBODY:
            return ScopeKind.FIRM
        if self.account_id is not None:
            return ScopeKind.ACCOUNT
        if self.strategy_id is not None:
            return ScopeKind.STRATEGY
        if self.broker is not None:
            return ScopeKind.BROKER
        return ScopeKind.TENANT if self.symbol is None else ScopeKind.SYMBOL

    @property
    def holds_accounts(self) -> bool:
        """Whether it stops all of an account that it reaches, and not some orders of it."""
        return self.strategy_id is None and self.symbol is None

    def covers(self, target: Target) -> bool:
        """Tell whether an order lies within the scope."""
        return (
            self.reaches(
                tenant_id=target.tenant_id, account_id=target.account_id, broker=target.broker
            )
            and self.symbol in (None, target.symbol)
            and is_strategy(self.strategy_id, target.strategy_id)
        )

    def reaches(self, *, tenant_id: UUID, account_id: UUID, broker: str) -> bool:
        """Tell whether any order of an account could lie within the scope."""
        return (
            self.tenant_id in (NOBODY, tenant_id)
            and self.account_id in (None, account_id)
            and self.broker in (None, broker)
        )


def level_over(
    latches: "Sequence[Latch]", *, tenant_id: UUID, account_id: UUID, broker: str
) -> Level | None:
    """Return how far all of an account is stopped by these engaged latches, None if it is not."""
    return stronger(
        [
            latch.level
            for latch in latches
            if latch.scope.holds_accounts
            and latch.scope.reaches(tenant_id=tenant_id, account_id=account_id, broker=broker)
        ]
    )


def firm_scope() -> Scope:
    """Return the scope of the whole installation."""
    return Scope(tenant_id=NOBODY)


def describe_scope(scope: Scope) -> dict[str, str]:
    """List what kind of scope it is, and what it names."""
    named = {
        "account_id": scope.account_id,
        "strategy_id": scope.strategy_id,
        "broker": scope.broker,
        "symbol": scope.symbol,
    }
    said = {name: str(value) for name, value in named.items() if value is not None}
    return {"scope": scope.kind.value, **said}


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingRelease:
    """A release that a person has asked for, until the books were compared or it lapsed.

    to: how far, None for all of it. It says nothing of what may be sent: the latch holds.
    """

    actor: str
    reason: str
    asked_at: datetime
    to: Level | None = None
    cancel_flatten: bool = False
    # The questions of the checklist that were answered with yes, None where none were asked.
    answered: tuple[str, ...] | None = None
    trace_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Latch:
    """One engaged or released stop; a release is recorded, a latch is never deleted."""

    id: UUID
    scope: Scope
    cause: LatchCause
    reason: str
    actor: str
    engaged_at: datetime
    flatten: bool = False
    # The three stages, reported apart: senders stopped, nothing rests, positions flat.
    acknowledged_at: datetime | None = None
    canceled_at: datetime | None = None
    flat_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str | None = None
    # How many orders it asked to be cancelled so far, with those that depended on them.
    orders_cancelled: int = 0
    level: Level = Level.HALTED
    # Asked for and not done: the books are being compared, or a flattening is being called off.
    releasing: PendingRelease | None = None

    @property
    def is_engaged(self) -> bool:
        """Whether it still stops trading."""
        return self.released_at is None

    def stops_more_than(self, to: Level | None) -> bool:
        """Tell whether a release to that level, None for all of it, would let anything through."""
        return self.is_engaged and (to is None or self.level is Level.HALTED)

    @property
    def flatten_canceled(self) -> bool:
        """Whether the flattening that was asked for was called off before all was flat."""
        return self.flatten and self.flat_at is None and not self.is_engaged

    @property
    def is_unfinished(self) -> bool:
        """Whether cancels, or the flattening that was asked for, still run."""
        if not self.is_engaged:
            return False
        return self.canceled_at is None or (self.flatten and self.flat_at is None)
