"""Route what is asked of the kill switch."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import msgspec
import structlog
from litestar import post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.kill_switch.away import in_time, stop_away
from adapters.http.kill_switch.drills import drill_routes
from adapters.http.kill_switch.looks import look_routes
from adapters.http.kill_switch.schemas import (
    ActivateBody,
    ActivatedView,
    ReleaseBody,
    ReleasedView,
    ReleasingView,
    StoppedAwayView,
    latch_view,
)
from adapters.http.kill_switch.state import (
    check_operator,
    must_exist,
    passcode_refused,
    state_routes,
    without_secret,
)
from adapters.http.permissions import reach, reach_all
from adapters.http.problem_kinds import (
    CHECKLIST_OPEN,
    NOT_FLATTENED,
    NOT_RECONCILED,
    NOTHING_ENGAGED,
    PASSCODE_REFUSED,
    UNAUTHORIZED,
)
from adapters.http.problems import Problem, conflict
from adapters.http.wire import (
    SIGNED,
    Answer,
    HttpRequest,
    asker_of,
    body_of,
    decode,
    encode,
    still_in,
)
from application.accounts.facade import AccountUseCases
from application.kill_switch.commands import (
    Activated,
    ActivateKill,
    ChecklistOpen,
    NothingEngaged,
    NotReconciled,
    PasscodeRefused,
    Released,
    Releasing,
)
from application.kill_switch.facade import KillSwitchUseCases
from application.kill_switch.keep_drills import KeepDrills
from domain.identity.access import Permission
from domain.kill_switch.latch import ScopeKind
from ports.idempotency import IdempotencyKeys

log = structlog.get_logger(__name__)

PATH = "/api/v1/kill-switch"
_AT_HOST = "the firm's positions are closed from its host: ballast firm stop --flatten"
_ACTIVATE = msgspec.json.Decoder(ActivateBody)
_ACTIVATED = msgspec.json.Decoder(ActivatedView)
_RELEASE = msgspec.json.Decoder(ReleaseBody)


def kill_switch_routes(
    facade: KillSwitchUseCases,
    *,
    accounts: AccountUseCases,
    keys: IdempotencyKeys,
    drills: KeepDrills,
) -> AreaRoutes:
    """Return the routes under /api/v1/kill-switch."""
    return AreaRoutes(
        path=PATH,
        tags=["kill-switch"],
        route_handlers=[
            *state_routes(facade),
            *look_routes(facade.looks),
            _activation(facade, accounts=accounts, keys=keys),
            _release(facade, accounts=accounts, keys=keys),
            *drill_routes(drills),
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
            answers={200: ActivatedView, 202: StoppedAwayView},
            problems=(403, 404, 409),
            example={"scope": "tenant", "reason": "runaway strategy", "flatten": True},
            idempotent=True,
        ),
    )
    async def activate(request: HttpRequest) -> Answer:
        asked = await _asked(request)
        asker = asker_of(request)
        scopes = _scopes(request, asked)

        async def work() -> tuple[int, bytes]:
            await must_exist(accounts, request, asked)
            commands = [asked.command(asker, account_id=one) for one in scopes]
            done = await _each(facade, commands)
            if asked.flatten and asked.scope is ScopeKind.FIRM:
                done = [replace(one, not_flattened=_AT_HOST) for one in done]
            return 200, encode(_activated(done))

        async def holds(body: bytes) -> bool:
            told = {latch.id for latch in _ACTIVATED.decode(body).latches}
            state = await facade.state(tenant_id=asker.tenant_id)
            return bool(told) and told <= {str(latch.id) for latch in state.latches}

        async def with_storage() -> Answer:
            # Stopping twice is as safe as once; not stopping because of a key would not be, nor
            # telling of a stop that was released since.
            return await once(
                request,
                keys=keys,
                body=without_secret(asked),
                work=work,
                safe_to_repeat=True,
                holds=holds,
            )

        answered = None
        if SIGNED not in request.scope["state"]:
            answered = await in_time(with_storage)
        if answered is not None:
            return answered
        return await stop_away(facade, [asked.command(asker, account_id=one) for one in scopes])

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
    """Return the accounts to stop, None for what is wider; raises the problem of who may not."""
    state = request.scope["state"]
    if asked.scope is ScopeKind.FIRM:
        check_operator(request)
        return (None,)
    if asked.names - {"account_id"}:
        # What lies across accounts is stopped by who reaches them all.
        reach(state, account_id=None)
        return (None,)
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
            raise passcode_refused(outcome)
        done.append(outcome)
    if met is not None:
        raise met
    return done


def _activated(done: Sequence[Activated]) -> ActivatedView:
    """Show what was stopped; raises the problem of a flattening that was not begun."""
    for one in done:
        if one.not_flattened is None:
            continue
        # Whoever reads the status alone must not believe that positions are being closed.
        detail = "trading is stopped and orders are being cancelled; not flattened: "
        by_scope = one.latch.scope.kind in (ScopeKind.FIRM, ScopeKind.STRATEGY)
        kind = NOT_FLATTENED if by_scope else PASSCODE_REFUSED
        raise Problem(kind=kind, detail=detail + one.not_flattened)
    latches = [latch_view(one.latch) for one in done]
    ack_ms = max(one.ack_ms for one in done)
    return ActivatedView(latch=latches[0], ack_ms=round(ack_ms, 3), latches=latches)


def _release(
    facade: KillSwitchUseCases, *, accounts: AccountUseCases, keys: IdempotencyKeys
) -> HTTPRouteHandler:
    @post(
        "/release",
        **described(
            "Let a scope trade again; it must be finished and reconciled. 202 where a venue has not"
            " been compared within moments: the release is kept, and done once it agrees",
            permission=Permission.KILL_RELEASE,
            body=ReleaseBody,
            answers={200: ReleasedView, 202: ReleasingView},
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
        if asked.scope is ScopeKind.FIRM:
            check_operator(request)
        else:
            reach(request.scope["state"], account_id=command.account_id)

        async def work() -> tuple[int, bytes]:
            await must_exist(accounts, request, asked)
            match outcome := await facade.release(command):
                case Released():
                    views = [latch_view(latch) for latch in outcome.latches]
                    return 200, encode(ReleasedView(latches=views))
                case Releasing():
                    views = [latch_view(latch) for latch in outcome.latches]
                    told = ReleasingView(latches=views, to_confirm=list(outcome.to_confirm))
                    return 202, encode(told)
                case PasscodeRefused():
                    raise passcode_refused(outcome)
                case NotReconciled():
                    raise conflict(outcome.problem, kind=NOT_RECONCILED)
                case ChecklistOpen():
                    unanswered = ", ".join(outcome.items)
                    raise conflict(
                        f"answers: say yes to {unanswered} (GET {PATH}/release-checklist)",
                        kind=CHECKLIST_OPEN,
                    )
                case NothingEngaged():
                    raise conflict(NOTHING_ENGAGED.meaning, kind=NOTHING_ENGAGED)

        return await once(request, keys=keys, body=without_secret(asked), work=work)

    return release
