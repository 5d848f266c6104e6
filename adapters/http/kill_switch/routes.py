"""Route what is asked of the kill switch."""

from collections.abc import Sequence
from uuid import UUID

import msgspec
import structlog
from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.kill_switch.schemas import (
    ActivateBody,
    ActivatedView,
    KillStateView,
    PasscodeBody,
    ReleaseBody,
    ReleasedView,
    kill_state_view,
    latch_view,
)
from adapters.http.permissions import reach, reach_all
from adapters.http.problem_kinds import (
    NOT_RECONCILED,
    NOTHING_ENGAGED,
    PASSCODE_REFUSED,
    TOO_MANY,
    UNAUTHORIZED,
)
from adapters.http.problems import Problem, conflict, later
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    granted_to,
    principal_of,
    still_in,
)
from application.accounts.facade import AccountUseCases
from application.accounts.shelf import AccountNotFound
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
)
from application.kill_switch.facade import KillSwitchUseCases
from domain.identity.access import Permission
from ports.idempotency import IdempotencyKeys

log = structlog.get_logger(__name__)

_ACTIVATE = msgspec.json.Decoder(ActivateBody)
_ACTIVATED = msgspec.json.Decoder(ActivatedView)
_RELEASE = msgspec.json.Decoder(ReleaseBody)
_PASSCODE = msgspec.json.Decoder(PasscodeBody)


def kill_switch_routes(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> AreaRoutes:
    """Return the routes under /api/v1/kill-switch."""
    return AreaRoutes(
        path="/api/v1/kill-switch",
        tags=["kill-switch"],
        route_handlers=[
            *_state(facade),
            _activation(facade, accounts=accounts, keys=keys),
            _release(facade, accounts=accounts, keys=keys),
        ],
    )


def _activation(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> HTTPRouteHandler:
    @post(
        "/activate",
        **described(
            "Stop trading: halt and cancel all; flatten if asked, with the passcode if one is set."
            " A body that is empty or cannot be read stops all that the caller may stop",
            permission=Permission.KILL_ACTIVATE,
            body=ActivateBody,
            body_required=False,
            answers={200: ActivatedView},
            problems=(403, 404),
            example={"scope": "tenant", "reason": "runaway strategy", "flatten": True},
            idempotent=True,
        ),
    )
    async def activate(request: HttpRequest) -> Answer:
        asked = await _asked(request)
        asker = asker_of(request)
        scopes = _scopes(request, asked)

        async def work() -> tuple[int, bytes]:
            await _must_exist(accounts, request, asked.account_id)
            commands = [asked.command(asker, account_id=one) for one in scopes]
            return 200, encode(_activated(await _each(facade, commands)))

        async def holds(body: bytes) -> bool:
            told = {latch.id for latch in _ACTIVATED.decode(body).latches}
            state = await facade.state(tenant_id=asker.tenant_id)
            return bool(told) and told <= {str(latch.id) for latch in state.latches}

        # Stopping twice is as safe as once; not stopping because of a key would not be, nor
        # telling of a stop that was released since.
        return await once(
            request,
            keys=keys,
            body=_without_secret(asked),
            work=work,
            safe_to_repeat=True,
            holds=holds,
        )

    return activate


async def _asked(request: HttpRequest) -> ActivateBody:
    """Read what is to be stopped; what cannot be read asks for all, and never to flatten.

    Whoever stops in a hurry may forget a field, a header or all of the body: a refusal would
    be read when it is too late.
    """
    try:
        asked = decode(await body_of(request, typed=False), decoder=_ACTIVATE)
    except Problem as problem:
        if problem.status == UNAUTHORIZED.status:
            raise
        await still_in(request)
        asked = None
    if asked is None or not asked.is_clear:
        log.warning("kill_switch.body_not_read")
        return ActivateBody()
    return asked


def _scopes(request: HttpRequest, asked: ActivateBody) -> tuple[UUID | None, ...]:
    """Return the accounts to stop, None for the tenant; raises the problem of who may not."""
    state = request.scope["state"]
    if asked.scope is not None or asked.account_id is not None:
        reach(state, account_id=asked.account_id)
        return (asked.account_id,)
    widest = reach_all(state, account_id=None)
    if not widest:
        reach(state, account_id=None)
        return (None,)
    return tuple(sorted(widest))


async def _each(facade: KillSwitchUseCases, commands: Sequence[ActivateKill]) -> list[Activated]:
    """Stop each scope, whatever another one meets; raise what one met at last."""
    done: list[Activated] = []
    met: Exception | None = None
    for command in commands:
        try:
            outcome = await facade.activate(command)
        # The other accounts must be stopped all the same.
        except Exception as problem:  # noqa: BLE001
            met = problem
            continue
        if isinstance(outcome, PasscodeRefused):
            raise _refused(outcome)
        done.append(outcome)
    if met is not None:
        raise met
    return done


def _activated(done: Sequence[Activated]) -> ActivatedView:
    """Show what was stopped; raises the problem of a flattening that was not begun."""
    refused = next((one.not_flattened for one in done if one.not_flattened is not None), None)
    if refused is not None:
        # Whoever reads the status alone must not believe that positions are being closed.
        detail = f"trading is stopped and orders are being cancelled; not flattened: {refused}"
        raise Problem(kind=PASSCODE_REFUSED, detail=detail)
    latches = [latch_view(one.latch) for one in done]
    ack_ms = max(one.ack_ms for one in done)
    return ActivatedView(latch=latches[0], ack_ms=round(ack_ms, 3), latches=latches)


def _release(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> HTTPRouteHandler:
    @post(
        "/release",
        **described(
            "Let a scope trade again; it must be finished and reconciled",
            permission=Permission.KILL_RELEASE,
            body=ReleaseBody,
            answers={200: ReleasedView},
            problems=(403, 404, 409, 429),
            example={
                "scope": "account",
                "account_id": examples.ACCOUNT_ID,
                "reason": "strategy fixed",
                "passcode": "20260102",
            },
            idempotent=True,
            step_up=True,
        ),
    )
    async def release(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_RELEASE)
        command = asked.command(asker_of(request))
        reach(request.scope["state"], account_id=command.account_id)

        async def work() -> tuple[int, bytes]:
            await _must_exist(accounts, request, command.account_id)
            match outcome := await facade.release(command):
                case Released():
                    views = [latch_view(latch) for latch in outcome.latches]
                    return 200, encode(ReleasedView(latches=views))
                case PasscodeRefused():
                    raise _refused(outcome)
                case NotReconciled():
                    raise conflict(outcome.problem, kind=NOT_RECONCILED)
                case NothingEngaged():
                    raise conflict(NOTHING_ENGAGED.meaning, kind=NOTHING_ENGAGED)

        return await once(request, keys=keys, body=_without_secret(asked), work=work)

    return release


def _state(facade: KillSwitchUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "Show what is stopped", permission=Permission.RISK_READ, answers={200: KillStateView}
        ),
    )
    async def state(request: HttpRequest) -> Answer:
        tenant_id = principal_of(request).tenant_id
        state = await facade.state(tenant_id=tenant_id, among=granted_to(request))
        return answer(kill_state_view(state))

    @put(
        "/passcode",
        **described(
            "Set or change the passcode",
            permission=Permission.KILL_RELEASE,
            body=PasscodeBody,
            answers={200: KillStateView},
            problems=(403, 429),
            example={"passcode": "20260102"},
            step_up=True,
        ),
    )
    async def set_passcode(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_PASSCODE)
        asker = asker_of(request)
        reach(request.scope["state"], account_id=None)
        outcome = await facade.set_passcode(asked.command(asker))
        if isinstance(outcome, PasscodeRefused):
            raise _refused(outcome)
        return answer(kill_state_view(await facade.state(tenant_id=asker.tenant_id)))

    return [state, set_passcode]


async def _must_exist(
    accounts: AccountUseCases, request: HttpRequest, account_id: UUID | None
) -> None:
    """Raise AccountNotFound for no account of the tenant: its latch would stop nothing."""
    if account_id is None:
        return
    tenant_id = principal_of(request).tenant_id
    if all(one.id != account_id for one in await accounts.accounts(tenant_id=tenant_id)):
        raise AccountNotFound(account_id)


def _without_secret(asked: ActivateBody | ReleaseBody) -> bytes:
    """Return what a request is known by: eight digits could be guessed from a kept hash."""
    return encode(msgspec.structs.replace(asked, passcode=None))


def _refused(outcome: PasscodeRefused) -> Problem:
    if outcome.retry_after_s is not None:
        return later(outcome.problem, retry_after_s=outcome.retry_after_s, kind=TOO_MANY)
    return Problem(kind=PASSCODE_REFUSED, detail=outcome.problem)
