"""Route passkeys: a user's own, and the log-in by one."""

import msgspec
from litestar import delete, get, patch, post
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.identity.answers import needs_person
from adapters.http.identity.passkey_schemas import (
    AddedPasskeyView,
    AddPasskeyBody,
    PasskeyList,
    PasskeyOptionsView,
    PasskeyView,
    RenamePasskeyBody,
    added_view,
    options_view,
    passkey_view,
)
from adapters.http.problem_kinds import (
    ONE_TIME_REFUSED,
    PASSKEY_TAKEN,
    TOO_MANY_PASSKEYS,
)
from adapters.http.problems import Problem, conflict, unfit
from adapters.http.visitor import asking_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    body_of,
    decode,
    encode,
)
from application.identity.access_commands import NeedsPerson
from application.identity.facade import IdentityUseCases
from application.identity.passkey_use import PasskeyOptions
from application.identity.passkeys import (
    ChallengeSpent,
    NotAdded,
    PasskeyAdded,
    PasskeyRefused,
    PasskeyTaken,
    TooManyPasskeys,
)
from domain.identity.access import Permission
from domain.identity.passkey import Passkey
from ports.idempotency import IdempotencyKeys
from ports.passkeys import Flaw

_ADD = msgspec.json.Decoder(AddPasskeyBody)
_RENAME = msgspec.json.Decoder(RenamePasskeyBody)
_CLIENT_DATA = "/credential/response/clientDataJSON"
_ATTESTATION = "/credential/response/attestationObject"
# Where each flaw of a new credential lies, and what is wrong there.
_FLAWS = {
    Flaw.TYPE: (_CLIENT_DATA, "was made for another ceremony: its type must be webauthn.create"),
    Flaw.CHALLENGE: (_CLIENT_DATA, "answers another challenge"),
    Flaw.ORIGIN: (_CLIENT_DATA, "is of a page that may not ask for passkeys (passkeys.origins)"),
    Flaw.CROSS_ORIGIN: (_CLIENT_DATA, "is of a page within another site's"),
    Flaw.RELYING_PARTY: (_ATTESTATION, "was made for another site (passkeys.rp_id)"),
    Flaw.USER_ABSENT: (_ATTESTATION, "was made without its user being there"),
    Flaw.USER_UNVERIFIED: (_ATTESTATION, "was made without its user being verified"),
    Flaw.CREDENTIAL: ("/credential/id", "is not the credential of the attestationObject"),
    Flaw.USER_HANDLE: ("/credential/response/userHandle", "is another user's"),
    Flaw.ALGORITHM: (_ATTESTATION, "has a key that is not EdDSA, ES256 or RS256 of 2,048 bits up"),
    Flaw.ATTESTATION: (_ATTESTATION, "must have no attestation, or hold the key's own"),
    Flaw.BACKUP: (_ATTESTATION, "is backed up, and says that it cannot be"),
    Flaw.SIGNATURE: (_ATTESTATION, "has a signature that does not hold"),
}


def passkey_routes(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> AreaRoutes:
    """Return the routes under /api/v1/passkeys."""
    return AreaRoutes(
        path="/api/v1/passkeys",
        tags=["passkeys"],
        route_handlers=[*_adding(facade, keys=keys), *_keeping(facade)],
    )


def _adding(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/options",
        **described(
            "Ask for what a browser needs to make a passkey; good once, for five minutes",
            permission=Permission.IDENTITY_SELF,
            answers={200: PasskeyOptionsView},
            problems=(400, 403, 409),
            shown=examples.PASSKEY_CREATION,
            step_up=True,
        ),
    )
    async def creation_options(request: HttpRequest) -> Answer:
        match await facade.passkeys.own.options(asking_of(request)):
            case PasskeyOptions() as asked:
                return answer(options_view(asked))
            case outcome:
                raise _not_added(outcome)

    @post(
        "/",
        **described(
            "Keep a passkey that the browser has just made. With the first factor one's other"
            " sessions end",
            permission=Permission.IDENTITY_SELF,
            body=AddPasskeyBody,
            answers={201: AddedPasskeyView},
            problems=(403, 409),
            example=examples.PASSKEY_MADE,
            shown=examples.PASSKEY_ADDED,
            idempotent=True,
            step_up=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_ADD)

        async def work() -> tuple[int, bytes]:
            match await facade.passkeys.own.add(
                asking_of(request),
                sent=asked.credential.sent(),
                label=asked.label,
                keep_others=asked.keep_other_sessions,
            ):
                case PasskeyAdded() as added:
                    return 201, encode(added_view(added))
                case outcome:
                    raise _not_added(outcome)

        known_by = one_s_own(request) + body
        return await once(request, keys=keys, body=known_by, work=work)

    return [creation_options, add]


def _keeping(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List one's passkeys, oldest first",
            permission=Permission.IDENTITY_SELF,
            answers={200: PasskeyList},
            problems=(400,),
            shown={"items": [examples.PASSKEY]},
        ),
    )
    async def list_passkeys(request: HttpRequest) -> Answer:
        found = await facade.passkeys.own.list(asking_of(request))
        return answer(PasskeyList(items=[passkey_view(one) for one in found]))

    @patch(
        "/{passkey_id:uuid}",
        **described(
            "Call one of one's passkeys otherwise",
            permission=Permission.IDENTITY_SELF,
            body=RenamePasskeyBody,
            answers={200: PasskeyView},
            problems=(403, 404),
            example={"label": "Ada's phone"},
            shown=examples.PASSKEY,
            step_up=True,
        ),
    )
    async def rename(request: HttpRequest, passkey_id: PathId) -> Answer:
        asked = decode(await body_of(request), decoder=_RENAME)
        match await facade.passkeys.own.rename(
            asking_of(request), passkey_id=passkey_id, label=asked.label
        ):
            case Passkey() as renamed:
                return answer(passkey_view(renamed))
            case outcome:
                raise _not_added(outcome)

    @delete(
        "/{passkey_id:uuid}",
        **described(
            "Remove one of one's passkeys: nobody comes in by it any more",
            permission=Permission.IDENTITY_SELF,
            answers={204: None},
            problems=(400, 403, 404),
            step_up=True,
        ),
    )
    async def remove(request: HttpRequest, passkey_id: PathId) -> None:
        outcome = await facade.passkeys.own.remove(asking_of(request), passkey_id=passkey_id)
        if outcome is not None:
            raise _not_added(outcome)

    return [list_passkeys, rename, remove]


def _not_added(outcome: NotAdded) -> Problem:
    match outcome:
        case NeedsPerson():
            return needs_person()
        case ChallengeSpent():
            return Problem(kind=ONE_TIME_REFUSED, detail="the challenge was answered, or lapsed")
        case PasskeyTaken():
            return conflict(PASSKEY_TAKEN.meaning, kind=PASSKEY_TAKEN)
        case TooManyPasskeys():
            return conflict(TOO_MANY_PASSKEYS.meaning, kind=TOO_MANY_PASSKEYS)
        case PasskeyRefused(flaw=flaw):
            return unfit(*_FLAWS[flaw])
