"""Route what is asked of members and the accounts granted to them."""

import re

import msgspec
from litestar import delete, get, patch, post, put
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once
from adapters.http.members.schemas import (
    GrantBody,
    MachineBody,
    MemberBody,
    MemberList,
    MemberView,
    OwnAccessView,
    member_view,
    own_access_view,
)
from adapters.http.problem_kinds import CHANGED, LAST_OWNER, TOO_MANY_MEMBERS
from adapters.http.problems import Problem, conflict, unfit
from adapters.http.visitor import asking_of
from adapters.http.wire import (
    Answer,
    HttpRequest,
    PathId,
    answer,
    body_of,
    by_of,
    decode,
    encode,
    principal_of,
)
from application.accounts.book_store import AccountNotFound
from application.identity.access import AccessUseCases
from application.identity.access_commands import GrantAccount
from application.identity.facade import IdentityUseCases
from domain.identity.access import Permission
from domain.identity.member import Member
from ports.access import LastOwner, MemberChanged, NoSuchAccount, TooMany
from ports.idempotency import IdempotencyKeys

_MACHINE = msgspec.json.Decoder(MachineBody)
_CHANGE = msgspec.json.Decoder(MemberBody)
_GRANT = msgspec.json.Decoder(GrantBody)
_ETAG = re.compile(r'"([0-9]{1,9})"')


def member_routes(
    facade: AccessUseCases, *, identity: IdentityUseCases, keys: IdempotencyKeys
) -> AreaRoutes:
    """Return the routes under /api/v1/members."""
    return AreaRoutes(
        path="/api/v1/members",
        tags=["members"],
        route_handlers=[
            *_reading(facade, identity=identity),
            _adding(facade, keys=keys),
            _changing(facade),
            *_granting(facade),
        ],
    )


def _reading(facade: AccessUseCases, *, identity: IdentityUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List the tenant's members, oldest first",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: MemberList},
        ),
    )
    async def list_members(request: HttpRequest) -> Answer:
        found = await facade.list(tenant_id=principal_of(request).tenant_id)
        return answer(MemberList(items=[member_view(one) for one in found]))

    @get(
        "/me",
        **described(
            "Show what you may do, with the token that you use, and an open recovery of factors",
            permission=Permission.IDENTITY_SELF,
            answers={200: OwnAccessView},
        ),
    )
    async def me(request: HttpRequest) -> Answer:
        principal = principal_of(request)
        recovery = await identity.recoveries.pending(asking_of(request))
        return answer(
            own_access_view(principal.user_id, access=principal.access, recovery=recovery)
        )

    @get(
        "/{member_id:uuid}",
        **described(
            "Show a member; its version is in ETag",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: MemberView},
            problems=(404,),
        ),
    )
    async def show(request: HttpRequest, member_id: PathId) -> Answer:
        tenant_id = principal_of(request).tenant_id
        return _shown(await facade.get(tenant_id=tenant_id, member_id=member_id))

    return [list_members, me, show]


def _adding(facade: AccessUseCases, *, keys: IdempotencyKeys) -> HTTPRouteHandler:
    @post(
        "/",
        **described(
            "Add a machine, which comes in with personal access tokens only",
            permission=Permission.IDENTITY_MANAGE,
            body=MachineBody,
            answers={201: MemberView},
            problems=(409,),
            example={"name": "momentum"},
            idempotent=True,
            step_up=True,
        ),
    )
    async def add(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_MACHINE)

        async def work() -> tuple[int, bytes]:
            added = await facade.add_machine(by=by_of(request), name=asked.name)
            if isinstance(added, TooMany):
                detail = f"a tenant may have {added.allowed} members"
                raise conflict(detail, kind=TOO_MANY_MEMBERS)
            return 201, encode(member_view(added))

        return await once(request, keys=keys, body=body, work=work)

    return add


def _changing(facade: AccessUseCases) -> HTTPRouteHandler:
    @patch(
        "/{member_id:uuid}",
        **described(
            "Change a member's role or name, disable or enable it",
            permission=Permission.IDENTITY_MANAGE,
            body=MemberBody,
            answers={200: MemberView},
            problems=(404, 409),
            example={"role": "viewer"},
            if_match=True,
            step_up=True,
        ),
    )
    async def change(request: HttpRequest, member_id: PathId) -> Answer:
        asked = decode(await body_of(request), decoder=_CHANGE)
        expected = _expected(request)
        outcome = await facade.change(
            asked.command(by_of(request), member_id=member_id, expected_version=expected)
        )
        match outcome:
            case LastOwner():
                raise conflict(LAST_OWNER.meaning, kind=LAST_OWNER)
            case MemberChanged():
                raise Problem(kind=CHANGED, detail="the member was changed since; read it again")
            case Member():
                return _shown(outcome)

    return change


def _granting(facade: AccessUseCases) -> list[HTTPRouteHandler]:
    async def store(command: GrantAccount) -> Answer:
        outcome = await facade.grant(command)
        if isinstance(outcome, NoSuchAccount):
            raise AccountNotFound(command.account_id)
        return _shown(outcome)

    @put(
        "/{member_id:uuid}/accounts/{account_id:uuid}",
        **described(
            "Grant an account to a member: all that the role allows there, or reading",
            permission=Permission.IDENTITY_MANAGE,
            body=GrantBody,
            body_required=False,
            answers={200: MemberView},
            problems=(404,),
            example={"level": "read"},
            step_up=True,
        ),
    )
    async def grant(request: HttpRequest, member_id: PathId, account_id: PathId) -> Answer:
        asked = decode(await body_of(request) or b"{}", decoder=_GRANT)
        return await store(
            GrantAccount(
                by=by_of(request), member_id=member_id, account_id=account_id, level=asked.level
            )
        )

    @delete(
        "/{member_id:uuid}/accounts/{account_id:uuid}",
        **described(
            "Take a granted account back; what goes on there is cut off within a second",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: MemberView},
            problems=(404,),
            step_up=True,
        ),
    )
    async def withdraw(request: HttpRequest, member_id: PathId, account_id: PathId) -> Answer:
        return await store(
            GrantAccount(by=by_of(request), member_id=member_id, account_id=account_id, level=None)
        )

    return [grant, withdraw]


def _shown(member: Member) -> Answer:
    return answer(member_view(member), headers={"ETag": f'"{member.version}"'})


def _expected(request: HttpRequest) -> int | None:
    """Return the version that If-Match asks for; raises the problem of one that is not ours."""
    asked = request.headers.get("if-match")
    if asked is None or asked.strip() == "*":
        return None
    matched = _ETAG.fullmatch(asked.strip())
    if matched is None:
        raise unfit("#If-Match", 'must be one ETag of this member, such as "3", or *')
    return int(matched.group(1))
