"""Route what is asked of the kill switch."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, Router, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.datastructures import ResponseSpec
from msgspec import Meta

from adapters.http.documented import documented
from adapters.http.once import once
from adapters.http.orders.submission import asker_of
from adapters.http.problems import FieldError, Problem, conflict, forbidden, invalid, too_many
from adapters.http.wire import HttpRequest, answer, decode, id_of, moment, principal_of, time_of
from application.accounts.facade import AccountUseCases
from application.accounts.shelf import AccountNotFound
from application.kill_switch.commands import (
    ActivateKill,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    ReleaseKill,
    SetPasscode,
)
from application.kill_switch.facade import KillSwitchUseCases
from domain.kill_switch.latch import Latch
from ports.idempotency import IdempotencyKeys

Reason = Annotated[str, Meta(min_length=1, max_length=500)]
Digits = Annotated[str, Meta(min_length=8, max_length=64, pattern="^[0-9]+$")]


class ScopeName(StrEnum):
    """What to stop: everything of the tenant, or one account."""

    TENANT = "tenant"
    ACCOUNT = "account"


class ActivateBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Stop a scope; flatten also closes its positions. passcode once one is set."""

    scope: ScopeName
    reason: Reason
    account_id: UUID | None = None
    flatten: bool = False
    passcode: Digits | None = None


class ReleaseBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Let a scope trade again."""

    scope: ScopeName
    reason: Reason
    account_id: UUID | None = None
    passcode: Digits | None = None


class PasscodeBody(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A new passcode of 8 to 64 digits; changing one needs the current one."""

    passcode: Digits
    current: Digits | None = None


class LatchView(msgspec.Struct, kw_only=True):
    """One stop and its stages: acknowledged (no send can leave), canceled, flat."""

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


class ActivatedView(msgspec.Struct):
    """The latch, and the milliseconds until no send could leave any more."""

    latch: LatchView
    ack_ms: float


class ReleasedView(msgspec.Struct):
    """The latches that are off now."""

    latches: list[LatchView]


class StateView(msgspec.Struct):
    """What is stopped in the tenant."""

    trading: bool
    passcode_set: bool
    latches: list[LatchView]


class PasscodeView(msgspec.Struct):
    """Whether a passcode guards the release."""

    passcode_set: bool


_ACTIVATE = msgspec.json.Decoder(ActivateBody)
_RELEASE = msgspec.json.Decoder(ReleaseBody)
_PASSCODE = msgspec.json.Decoder(PasscodeBody)


def latch_view(latch: Latch) -> LatchView:
    """Show a latch."""
    account_id = latch.scope.account_id
    return LatchView(
        id=str(latch.id),
        scope=ScopeName.ACCOUNT.value if account_id is not None else ScopeName.TENANT.value,
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
    )


def kill_switch_routes(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> Router:
    """Return the routes under /api/v1/kill-switch."""
    return Router(
        path="/api/v1/kill-switch",
        tags=["kill switch"],
        route_handlers=[
            *_stopping(facade, accounts=accounts, keys=keys),
            *_guarding(facade),
        ],
    )


def _stopping(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> list[HTTPRouteHandler]:
    @post(
        "/activate",
        summary="Stop trading now",
        status_code=200,
        responses=documented({200: ResponseSpec(ActivatedView)}, 400, 401, 403, 404, 409, 413, 422),
    )
    async def activate(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        asked = decode(body, decoder=_ACTIVATE)
        asker = asker_of(request)
        account_id = _scope(asked.scope, asked.account_id)

        async def work() -> Response[bytes]:
            await _must_exist(accounts, request, account_id)
            outcome = await facade.activate(
                ActivateKill(
                    tenant_id=asker.tenant_id,
                    actor=asker.actor,
                    trace_id=asker.trace_id,
                    reason=asked.reason,
                    account_id=account_id,
                    flatten=asked.flatten,
                    passcode=asked.passcode,
                )
            )
            if isinstance(outcome, PasscodeRefused):
                raise _refused(outcome)
            return answer(
                ActivatedView(latch=latch_view(outcome.latch), ack_ms=round(outcome.ack_ms, 3))
            )

        return await once(request, keys=keys, body=body, work=work)

    @post(
        "/release",
        summary="Let trading go on",
        status_code=200,
        responses=documented(
            {200: ResponseSpec(ReleasedView)}, 400, 401, 403, 404, 409, 413, 422, 429
        ),
    )
    async def release(request: HttpRequest) -> Response[bytes]:
        body = await request.body()
        asked = decode(body, decoder=_RELEASE)
        asker = asker_of(request)
        account_id = _scope(asked.scope, asked.account_id)

        async def work() -> Response[bytes]:
            await _must_exist(accounts, request, account_id)
            outcome = await facade.release(
                ReleaseKill(
                    tenant_id=asker.tenant_id,
                    actor=asker.actor,
                    trace_id=asker.trace_id,
                    reason=asked.reason,
                    account_id=account_id,
                    passcode=asked.passcode,
                )
            )
            match outcome:
                case Released():
                    return answer(ReleasedView([latch_view(one) for one in outcome.latches]))
                case PasscodeRefused():
                    raise _refused(outcome)
                case NotReconciled():
                    raise conflict(outcome.problem, slug="not-reconciled")
                case NothingEngaged():
                    raise conflict("nothing is stopped on that scope", slug="nothing-engaged")

        return await once(request, keys=keys, body=body, work=work)

    return [activate, release]


def _guarding(facade: KillSwitchUseCases) -> list[HTTPRouteHandler]:
    @put(
        "/passcode",
        summary="Set the passcode that guards the release",
        responses=documented({200: ResponseSpec(PasscodeView)}, 400, 401, 403, 413, 429),
    )
    async def passcode(request: HttpRequest) -> Response[bytes]:
        asked = decode(await request.body(), decoder=_PASSCODE)
        asker = asker_of(request)
        outcome = await facade.set_passcode(
            SetPasscode(
                tenant_id=asker.tenant_id,
                actor=asker.actor,
                trace_id=asker.trace_id,
                passcode=asked.passcode,
                current=asked.current,
            )
        )
        if isinstance(outcome, PasscodeRefused):
            raise _refused(outcome)
        return answer(PasscodeView(passcode_set=True))

    @get(
        "/",
        summary="Show what is stopped",
        responses=documented({200: ResponseSpec(StateView)}, 401),
    )
    async def state(request: HttpRequest) -> Response[bytes]:
        said = await facade.state(tenant_id=principal_of(request).tenant_id)
        return answer(
            StateView(
                trading=said.trading,
                passcode_set=said.passcode_set,
                latches=[latch_view(latch) for latch in said.latches],
            )
        )

    return [passcode, state]


def _scope(scope: ScopeName, account_id: UUID | None) -> UUID | None:
    if (scope is ScopeName.ACCOUNT) is (account_id is not None):
        return account_id
    said = "is required with scope account" if account_id is None else "needs scope account"
    errors = (FieldError(pointer="/account_id", detail=said),)
    raise invalid(f"account_id {said}", errors=errors)


async def _must_exist(
    accounts: AccountUseCases, request: HttpRequest, account_id: UUID | None
) -> None:
    if account_id is None:
        return
    tenant_id = principal_of(request).tenant_id
    if all(one.id != account_id for one in await accounts.accounts(tenant_id=tenant_id)):
        raise AccountNotFound(account_id)


def _refused(refused: PasscodeRefused) -> Problem:
    if refused.retry_after_s is not None:
        return too_many(refused.problem, retry_after_s=refused.retry_after_s)
    return forbidden("passcode-refused", title="Passcode refused", detail=refused.problem)
