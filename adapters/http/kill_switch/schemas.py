"""Show the kill switch on the wire, and read what is asked of it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.wire import Sentence, Symbol, Text, id_of, moment, time_of
from application.kill_switch.commands import ActivateKill, KillState, ReleaseKill, SetPasscode
from application.orders.commands import Asker
from domain.audit.entry import NOBODY
from domain.kill_switch.latch import Latch, Level, ScopeKind
from domain.shared.values import InvalidValue

Passcode = Annotated[str, Meta(pattern=r"^[0-9]{8,64}$", examples=["20260102"])]


BY_HAND = "by hand"
# The field that says which one is meant, by what it is one of.
NAMED_BY = {
    ScopeKind.ACCOUNT: "account_id",
    ScopeKind.STRATEGY: "strategy_id",
    ScopeKind.BROKER: "broker",
    ScopeKind.SYMBOL: "symbol",
}


class ReleasedTo(StrEnum):
    """How far a scope is released."""

    REDUCING = "reducing"
    ACTIVE = "active"


class Named(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What of a tenant is meant, if not all of it."""

    account_id: UUID | None = None
    strategy_id: Text | None = None
    broker: Text | None = None
    symbol: Symbol | None = None

    @property
    def names(self) -> set[str]:
        """Return which fields say something."""
        return {field for field in NAMED_BY.values() if getattr(self, field) is not None}


def check_named(said: Named, *, scope: ScopeKind) -> None:
    """Raise InvalidValue where a scope and what is named contradict each other."""
    named = NAMED_BY.get(scope)
    for field in NAMED_BY.values():
        if field == named and field not in said.names:
            raise InvalidValue(field=field, problem=f"is required when scope is {scope}")
        if field != named and field in said.names:
            raise InvalidValue(field=field, problem=f"does not belong to scope {scope}")


class ActivateBody(Named, kw_only=True):
    """Stop trading; flatten also closes positions, on the broker's quantities.

    Without a scope it is what is named, else all that the caller may stop. At the level
    reducing what only reduces |position| still passes, and rests on.
    """

    scope: ScopeKind | None = None
    level: Level = Level.HALTED
    reason: Sentence = BY_HAND
    # One of another form is a wrong one, and no reason to stop more than was asked for.
    passcode: Annotated[str, Meta(max_length=256, examples=["20260102"])] | None = None
    flatten: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether the scope and what is named do not contradict each other."""
        if self.scope is None:
            return len(self.names) <= 1
        named = NAMED_BY.get(self.scope)
        return self.names == ({named} if named else set())

    def command(self, asker: Asker, *, account_id: UUID | None) -> ActivateKill:
        """Return the command for what is named, or for an account of who reaches not all."""
        return ActivateKill(
            tenant_id=NOBODY if self.scope is ScopeKind.FIRM else asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            account_id=account_id,
            strategy_id=self.strategy_id,
            broker=self.broker,
            symbol=self.symbol,
            level=self.level,
            reason=self.reason,
            # What trades in every tenant's name is asked for at the host.
            flatten=self.flatten and self.scope is not ScopeKind.FIRM,
            passcode=self.passcode,
        )


class ReleaseBody(Named, kw_only=True):
    """Let exactly this scope trade again; cancel_flatten calls an unfinished flattening off.

    Who says how far (`to`) has to answer the release checklist with yes, name by name.
    """

    scope: ScopeKind
    reason: Sentence
    passcode: Passcode | None = None
    cancel_flatten: bool = False
    to: ReleasedTo | None = None
    answers: dict[str, bool] | None = None

    def command(self, asker: Asker) -> ReleaseKill:
        """Return the command; raises InvalidValue."""
        check_named(self, scope=self.scope)
        # Whoever names where to has to answer, also for all of it.
        answers = self.answers if self.answers is not None or self.to is None else {}
        return ReleaseKill(
            tenant_id=NOBODY if self.scope is ScopeKind.FIRM else asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            account_id=self.account_id,
            strategy_id=self.strategy_id,
            broker=self.broker,
            symbol=self.symbol,
            to=Level.REDUCING if self.to is ReleasedTo.REDUCING else None,
            answers=answers,
            reason=self.reason,
            passcode=self.passcode,
            cancel_flatten=self.cancel_flatten,
        )


class PasscodeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new passcode of 8 to 64 digits; current is needed once one is set."""

    passcode: Passcode
    current: Passcode | None = None

    def command(self, asker: Asker) -> SetPasscode:
        """Return the command."""
        return SetPasscode(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            passcode=self.passcode,
            current=self.current,
        )


class LatchView(msgspec.Struct, kw_only=True):
    """One stop: acknowledged when no send can leave, canceled when nothing rests, flat last."""

    id: str
    scope: str
    account_id: str | None
    strategy_id: str | None
    broker: str | None
    symbol: str | None
    level: str
    cause: str
    reason: str
    actor: str
    flatten: bool
    engaged_at: str
    acknowledged_at: str | None
    canceled_at: str | None
    flat_at: str | None
    released_at: str | None
    released_by: str | None
    flatten_canceled: bool
    orders_cancelled: int
    # Since when a release of it waits for what is still to be confirmed.
    release_asked_at: str | None = None


class KillStateView(msgspec.Struct):
    """What is stopped now."""

    trading: bool
    passcode_set: bool
    latches: list[LatchView]


class ActivatedView(msgspec.Struct):
    """No send is on its way and none will start; ack_ms is how long that took to be sure.

    latches has one for each account, where those that the caller may stop were stopped.
    """

    latch: LatchView
    ack_ms: float
    latches: list[LatchView] = []


class StoppedAwayView(msgspec.Struct):
    """Storage is away: sends are held and orders cancelled by those who heard.

    not_durable is what storage does not have yet: it is stored as soon as it is back, and nothing
    is sent before. silent did not answer. Nothing is flattened: ask again once storage is back.
    """

    latches: list[LatchView]
    not_durable: list[str]
    heard: list[str]
    silent: list[str]


class ReleasedView(msgspec.Struct):
    """The latches that are off."""

    latches: list[LatchView]


class ReleasingView(msgspec.Struct):
    """The release is kept, and done once what is named is so; until then all stays stopped.

    It lapses after five minutes; a latch that was released says so in `released_at`.
    """

    latches: list[LatchView]
    to_confirm: list[str]


def latch_view(latch: Latch) -> LatchView:
    """Show a latch."""
    return LatchView(
        id=str(latch.id),
        scope=latch.scope.kind.value,
        account_id=id_of(latch.scope.account_id),
        strategy_id=latch.scope.strategy_id,
        broker=latch.scope.broker,
        symbol=latch.scope.symbol,
        level=latch.level.value,
        cause=latch.cause.value,
        reason=latch.reason,
        actor=latch.actor,
        flatten=latch.flatten,
        engaged_at=moment(latch.engaged_at),
        acknowledged_at=time_of(latch.acknowledged_at),
        canceled_at=time_of(latch.canceled_at),
        flat_at=time_of(latch.flat_at),
        released_at=time_of(latch.released_at),
        released_by=latch.released_by,
        flatten_canceled=latch.flatten_canceled,
        orders_cancelled=latch.orders_cancelled,
        release_asked_at=None if latch.releasing is None else moment(latch.releasing.asked_at),
    )


def kill_state_view(state: KillState) -> KillStateView:
    """Show what is stopped."""
    return KillStateView(
        trading=state.trading,
        passcode_set=state.passcode_set,
        latches=[latch_view(latch) for latch in state.latches],
    )
