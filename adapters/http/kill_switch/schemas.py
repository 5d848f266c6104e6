"""Show the kill switch on the wire, and read what is asked of it."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from adapters.http.wire import Sentence, id_of, moment, time_of
from application.kill_switch.commands import ActivateKill, KillState, ReleaseKill, SetPasscode
from application.orders.commands import Asker
from domain.kill_switch.latch import Latch
from domain.shared.values import InvalidValue

Passcode = Annotated[str, Meta(pattern=r"^[0-9]{8,64}$", examples=["20260102"])]


class ScopeKind(StrEnum):
    """What is stopped or released."""

    TENANT = "tenant"
    ACCOUNT = "account"


BY_HAND = "by hand"


class ScopedBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The whole tenant, or one account: then account_id says which."""

    scope: ScopeKind
    account_id: UUID | None = None
    reason: Sentence
    passcode: Passcode | None = None

    def scoped_id(self) -> UUID | None:
        """Return the account meant, None for the tenant; raises InvalidValue."""
        if self.scope is ScopeKind.ACCOUNT and self.account_id is None:
            raise InvalidValue(field="account_id", problem="is required when scope is account")
        if self.scope is ScopeKind.TENANT and self.account_id is not None:
            raise InvalidValue(field="account_id", problem="does not belong to scope tenant")
        return self.account_id


class ActivateBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Stop trading; flatten also closes positions, on the broker's quantities.

    Without a scope it is the account that is named, else all that the caller may stop.
    """

    scope: ScopeKind | None = None
    account_id: UUID | None = None
    reason: Sentence = BY_HAND
    # One of another form is a wrong one, and no reason to stop more than was asked for.
    passcode: Annotated[str, Meta(max_length=256, examples=["20260102"])] | None = None
    flatten: bool = False

    @property
    def is_clear(self) -> bool:
        """Whether scope and account do not contradict each other."""
        match self.scope:
            case ScopeKind.ACCOUNT:
                return self.account_id is not None
            case ScopeKind.TENANT:
                return self.account_id is None
            case None:
                return True

    def command(self, asker: Asker, *, account_id: UUID | None) -> ActivateKill:
        """Return the command for one account, or with None for the tenant."""
        return ActivateKill(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            account_id=account_id,
            reason=self.reason,
            flatten=self.flatten,
            passcode=self.passcode,
        )


class ReleaseBody(ScopedBody, kw_only=True):
    """Let exactly this scope trade again; cancel_flatten calls an unfinished flattening off."""

    cancel_flatten: bool = False

    def command(self, asker: Asker) -> ReleaseKill:
        """Return the command; raises InvalidValue."""
        return ReleaseKill(
            tenant_id=asker.tenant_id,
            actor=asker.actor,
            trace_id=asker.trace_id,
            account_id=self.scoped_id(),
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


class ReleasedView(msgspec.Struct):
    """The latches that are off."""

    latches: list[LatchView]


def latch_view(latch: Latch) -> LatchView:
    """Show a latch."""
    account_id = latch.scope.account_id
    return LatchView(
        id=str(latch.id),
        scope=(ScopeKind.TENANT if account_id is None else ScopeKind.ACCOUNT).value,
        account_id=id_of(account_id),
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
    )


def kill_state_view(state: KillState) -> KillStateView:
    """Show what is stopped."""
    return KillStateView(
        trading=state.trading,
        passcode_set=state.passcode_set,
        latches=[latch_view(latch) for latch in state.latches],
    )
