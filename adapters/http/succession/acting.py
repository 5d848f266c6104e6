"""Route the plan, how it stands, and what owners and trustees do in person."""

from collections.abc import Sequence

from litestar import get, post, put
from litestar.handlers import HTTPRouteHandler

from adapters.http.documented import described
from adapters.http.idempotency import first_or_again, once_of, one_s_own
from adapters.http.reading import decoder_of
from adapters.http.succession.schemas import (
    ActView,
    DryRunBody,
    DryRunView,
    PlanBody,
    SuccessionPlanView,
    SuccessionStatusView,
    act_view,
    plan_view,
    status_view,
    step_view,
)
from adapters.http.versions import etag_of, seen_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    answer,
    asker_of,
    body_of,
    decode,
    encode,
    principal_of,
)
from application.shared.change import KeyReused, Once, Replayed
from application.succession.dry_run import DryStep
from application.succession.facade import SuccessionUseCases
from domain.identity.access import Permission, Role
from domain.succession.stored_plan import StoredPlan, SuccessionClock

_PLAN = decoder_of(PlanBody)
_DRY_RUN = decoder_of(DryRunBody)
_MEMBER = "01968e2a-0000-7000-8000-000000000001"
PLAN = {
    "trustees": [_MEMBER],
    "confirmations_needed": 1,
    "allocations": [
        {
            "asset_class": "securities",
            "beneficiaries": [
                {"name": "Ada", "percent": "66.67"},
                {"name": "Ben", "percent": "33.33"},
            ],
        }
    ],
}
# Those whom it concerns who the trustees are.
_CONCERNED = frozenset({Role.OWNER, Role.TRUSTEE, Role.AUDITOR})

Outcome = SuccessionClock | Replayed | KeyReused


def acting_handlers(succession: SuccessionUseCases) -> list[HTTPRouteHandler]:
    """Return the plan, the status, and the acts."""
    return [
        *_plans(succession),
        *_owners(succession),
        *_trustees(succession),
        _dry_run(succession),
    ]


def _plans(succession: SuccessionUseCases) -> list[HTTPRouteHandler]:
    def shown(stored: StoredPlan) -> Answer:
        return answer(plan_view(stored), headers={"ETag": etag_of(stored.version)})

    @get(
        "/plan",
        **described(
            "Show the plan of succession",
            permission=Permission.SUCCESSION_VIEW,
            answers={200: SuccessionPlanView},
            problems=(404,),
        ),
    )
    async def show_plan(request: HttpRequest) -> Answer:
        return shown(await succession.plans.get(tenant_id=principal_of(request).tenant_id))

    @put(
        "/plan",
        **described(
            "Write the plan of succession; the owner's silence begins anew",
            permission=Permission.SUCCESSION_MANAGE,
            body=PlanBody,
            answers={200: SuccessionPlanView},
            problems=(409,),
            example=PLAN,
            if_match=True,
            step_up=True,
        ),
    )
    async def write_plan(request: HttpRequest) -> Answer:
        seen = seen_of(request, what="plan")
        said = decode(await body_of(request), decoder=_PLAN).fields()
        return shown(await succession.plans.put(said, by=asker_of(request), expected=seen))

    @get(
        "/status",
        **described(
            "Say how the succession stands: state, time left, trustees, who may see what",
            permission=Permission.SUCCESSION_READ,
            answers={200: SuccessionStatusView},
        ),
    )
    async def show_status(request: HttpRequest) -> Answer:
        return answer(await _status(request, succession))

    return [show_plan, write_plan, show_status]


def _owners(succession: SuccessionUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/check-in",
        **described(
            "Say that the owner is well: before a release all begins anew",
            permission=Permission.SUCCESSION_MANAGE,
            answers={200: ActView},
            problems=(404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def check_in(request: HttpRequest) -> Answer:
        done = await succession.acts.check_in(by=asker_of(request), once=_once(request))
        return _done(done)

    @post(
        "/veto",
        **described(
            "Veto the succession: until a release, and for 72 hours after it",
            permission=Permission.SUCCESSION_MANAGE,
            answers={200: ActView},
            problems=(404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def veto(request: HttpRequest) -> Answer:
        done = await succession.acts.veto(by=asker_of(request), once=_once(request))
        return _done(done)

    return [check_in, veto]


def _trustees(succession: SuccessionUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/confirmations",
        **described(
            "Confirm as a trustee that the owner is gone, once the trustees are asked",
            permission=Permission.SUCCESSION_CONFIRM,
            answers={200: ActView},
            problems=(403, 404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def confirm(request: HttpRequest) -> Answer:
        trustee = principal_of(request).user_id
        done = await succession.acts.confirm(
            trustee=trustee, by=asker_of(request), once=_once(request)
        )
        return _done(done)

    @post(
        "/release-trading",
        **described(
            "Lift succession's own halt as a trustee, once the release is final",
            permission=Permission.SUCCESSION_CONFIRM,
            answers={200: ActView},
            problems=(403, 404, 409),
            idempotent=True,
            step_up=True,
        ),
    )
    async def release_trading(request: HttpRequest) -> Answer:
        trustee = principal_of(request).user_id
        done = await succession.acts.release_trading(
            trustee=trustee, by=asker_of(request), once=_once(request)
        )
        return _done(done)

    return [confirm, release_trading]


def _dry_run(succession: SuccessionUseCases) -> HTTPRouteHandler:
    def view(steps: Sequence[DryStep]) -> DryRunView:
        return DryRunView(steps=[step_view(one) for one in steps])

    def kept(steps: Sequence[DryStep]) -> tuple[int, bytes]:
        return 200, encode(view(steps))

    @post(
        "/dry-run",
        **described(
            "Walk the whole plan with messages marked as a trial, to trustees only when asked",
            permission=Permission.SUCCESSION_MANAGE,
            body=DryRunBody,
            body_required=False,
            answers={200: DryRunView},
            problems=(404,),
            example={"to_trustees": False},
            idempotent=True,
            step_up=True,
        ),
    )
    async def dry_run(request: HttpRequest) -> Answer:
        body = await body_of(request)
        said = decode(body, decoder=_DRY_RUN) if body else DryRunBody()
        once: Once[Sequence[DryStep]] | None = once_of(request, body, render=kept)
        done = await succession.dry_run(
            to_trustees=said.to_trustees, by=asker_of(request), once=once
        )
        return first_or_again(done, lambda steps: answer(view(steps)))

    return dry_run


def _kept(clock: SuccessionClock) -> tuple[int, bytes]:
    return 200, encode(act_view(clock))


def _once(request: HttpRequest) -> Once[SuccessionClock] | None:
    return once_of(request, one_s_own(request), render=_kept)


def _done(outcome: Outcome) -> Answer:
    return first_or_again(outcome, lambda clock: answer(act_view(clock)))


async def _status(request: HttpRequest, succession: SuccessionUseCases) -> SuccessionStatusView:
    principal = principal_of(request)
    status = await succession.look(tenant_id=principal.tenant_id)
    return status_view(status, with_trustees=principal.access.role in _CONCERNED)
