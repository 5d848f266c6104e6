"""Route what is stopped, and the passcode; check who asks, and about what."""

import msgspec
from litestar import get, put
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.kill_switch.schemas import (
    ActivateBody,
    KillStateView,
    PasscodeBody,
    ReleaseBody,
    kill_state_view,
)
from adapters.http.permissions import forbidden, reach
from adapters.http.problem_kinds import (
    PASSCODE_REFUSED,
    TOO_MANY,
)
from adapters.http.problems import Problem, later
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
)
from application.accounts.book_store import AccountNotFound
from application.accounts.facade import AccountUseCases
from application.kill_switch.commands import (
    PasscodeRefused,
)
from application.kill_switch.facade import KillSwitchUseCases
from domain.identity.access import Permission
from domain.shared.values import InvalidValue

_PASSCODE = msgspec.json.Decoder(PasscodeBody)


def state_routes(facade: KillSwitchUseCases) -> list[HTTPRouteHandler]:
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
            raise passcode_refused(outcome)
        return answer(kill_state_view(await facade.state(tenant_id=asker.tenant_id)))

    return [state, set_passcode]


def check_operator(request: HttpRequest) -> None:
    """Raise the problem of who is not the installation's operator."""
    state = request.scope["state"]
    if not principal_of(request).access.may(Permission.FIRM_STOP):
        raise forbidden(state, permission=Permission.FIRM_STOP, account_id=None)


async def must_exist(
    accounts: AccountUseCases, request: HttpRequest, asked: ActivateBody | ReleaseBody
) -> None:
    """Raise what says that an account or broker is none of the tenant: nothing would stop."""
    if not asked.names & {"account_id", "broker"}:
        return
    held = await accounts.accounts(tenant_id=principal_of(request).tenant_id)
    if asked.account_id is not None and all(one.id != asked.account_id for one in held):
        raise AccountNotFound(asked.account_id)
    if asked.broker is not None and all(one.broker != asked.broker for one in held):
        raise InvalidValue(field="broker", problem="holds no account of yours")


def without_secret(asked: ActivateBody | ReleaseBody) -> bytes:
    """Return what a request is known by: eight digits could be guessed from a kept hash."""
    return encode(msgspec.structs.replace(asked, passcode=None))


def passcode_refused(outcome: PasscodeRefused) -> Problem:
    if outcome.retry_after_s is not None:
        return later(outcome.problem, retry_after_s=outcome.retry_after_s, kind=TOO_MANY)
    return Problem(kind=PASSCODE_REFUSED, detail=outcome.problem)
