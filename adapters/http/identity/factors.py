"""Route one's second factors: apps, and backup codes."""

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.identity.answers import needs_person, not_shown
from adapters.http.identity.earlier import earlier_view
from adapters.http.identity.factor_schemas import (
    BackupCodesView,
    ConfirmBody,
    ConfirmedView,
    EnrolBody,
    EnrolledView,
    FactorsView,
    enrolled_view,
    factors_view,
)
from adapters.http.problem_kinds import NO_FACTOR, TOO_MANY_FACTORS
from adapters.http.problems import conflict
from adapters.http.visitor import asking_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, body_of, decode
from application.identity.access_commands import NeedsPerson
from application.identity.facade import IdentityUseCases
from application.identity.factor_results import (
    Confirmed,
    Enrolled,
    NewCodes,
    NoFactor,
    TooManyFactors,
)
from application.identity.factor_tries import ProofRefused
from domain.identity.access import Permission

_ENROL = msgspec.json.Decoder(EnrolBody)
_CODE = msgspec.json.Decoder(ConfirmBody)


def factor_routes(facade: IdentityUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/factors."""
    return AreaRoutes(
        path="/api/v1/factors",
        tags=["identity"],
        route_handlers=[*_keeping(facade), *_enrolling(facade)],
    )


def _keeping(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List one's second factors",
            permission=Permission.IDENTITY_SELF,
            answers={200: FactorsView},
            problems=(400,),
        ),
    )
    async def list_factors(request: HttpRequest) -> Answer:
        return answer(factors_view(await facade.factors.list(asking_of(request))))

    @delete(
        "/{factor_id:uuid}",
        **described(
            "Remove a second factor; with the last one the backup codes are void",
            permission=Permission.IDENTITY_SELF,
            answers={204: None},
            problems=(400, 403, 404),
            step_up=True,
        ),
    )
    async def remove(request: HttpRequest, factor_id: PathId) -> None:
        done = await facade.factors.remove(asking_of(request), factor_id=factor_id)
        if isinstance(done, NeedsPerson):
            raise needs_person()

    @post(
        "/backup-codes",
        **described(
            "Make ten new backup codes, told here once; the earlier ones are void",
            permission=Permission.IDENTITY_SELF,
            answers={201: BackupCodesView},
            problems=(400, 403, 409),
            step_up=True,
        ),
    )
    async def backup_codes(request: HttpRequest) -> Answer:
        match await facade.factors.renew_codes(asking_of(request)):
            case NewCodes(codes=codes):
                return answer(BackupCodesView(backup_codes=list(codes)), status=201)
            case NoFactor():
                raise conflict(NO_FACTOR.meaning, kind=NO_FACTOR)
            case NeedsPerson():
                raise needs_person()

    return [list_factors, remove, backup_codes]


def _enrolling(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/totp",
        **described(
            "Enrol an authenticator app: its seed is told here once, and counts once confirmed",
            permission=Permission.IDENTITY_SELF,
            body=EnrolBody,
            answers={201: EnrolledView},
            problems=(403, 409),
            example={"label": "Phone"},
            step_up=True,
        ),
    )
    async def enrol(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_ENROL)
        match await facade.factors.enrol(asking_of(request), label=asked.label):
            case Enrolled() as enrolled:
                return answer(enrolled_view(enrolled), status=201)
            case TooManyFactors():
                raise conflict(TOO_MANY_FACTORS.meaning, kind=TOO_MANY_FACTORS)
            case NeedsPerson():
                raise needs_person()

    @post(
        "/totp/{factor_id:uuid}/confirm",
        **described(
            "Confirm an app by its first code; answers ten backup codes, once. With the first"
            " factor one's other sessions end",
            permission=Permission.IDENTITY_SELF,
            body=ConfirmBody,
            answers={200: ConfirmedView},
            problems=(403, 404, 429),
            example={"code": "123456"},
            step_up=True,
        ),
    )
    async def confirm(request: HttpRequest, factor_id: PathId) -> Answer:
        asked = decode(await body_of(request), decoder=_CODE)
        outcome = await facade.factors.confirm(
            asking_of(request),
            factor_id=factor_id,
            code=asked.code,
            keep_others=asked.keep_other_sessions,
        )
        match outcome:
            case Confirmed(codes=codes, earlier=earlier):
                return answer(
                    ConfirmedView(backup_codes=list(codes), earlier_access=earlier_view(earlier))
                )
            case ProofRefused():
                raise not_shown(outcome)
            case NeedsPerson():
                raise needs_person()

    return [enrol, confirm]
