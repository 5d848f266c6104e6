"""Route one's sessions, and what an owner does: users, invitations, command keys."""

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import once, one_s_own
from adapters.http.identity.command_keys import command_key_handlers
from adapters.http.identity.passwords import refused_by_rules
from adapters.http.identity.schemas import (
    InvitationPage,
    InvitationView,
    InviteBody,
    InvitedView,
    ResetView,
    SessionPage,
    UserPage,
    UserView,
    invitation_view,
    invited_view,
    session_view,
    user_view,
)
from adapters.http.identity.told_once import invited_without_token, reset_without_token
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.problem_kinds import LAST_OWNER, NOT_ONESELF
from adapters.http.problems import conflict
from adapters.http.visitor import asking_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer, body_of, decode, encode, moment
from application.identity.facade import IdentityUseCases
from application.identity.invitations import AddressTaken, Invited
from application.identity.people import NotOneself
from domain.identity.access import Permission
from domain.identity.tenant import User
from ports.access import LastOwner
from ports.idempotency import IdempotencyKeys

_INVITE = msgspec.json.Decoder(InviteBody)


def people_routes(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[AreaRoutes]:
    """Return the routes under /sessions, /users, /invitations and /command-keys."""

    def area(path: str, handlers: list[HTTPRouteHandler]) -> AreaRoutes:
        return AreaRoutes(path=f"/api/v1/{path}", tags=["identity"], route_handlers=handlers)

    return [
        area("sessions", _sessions(facade)),
        area("users", [*_users(facade, keys=keys), _resets(facade, keys=keys)]),
        area("invitations", _invitations(facade, keys=keys)),
        area("command-keys", command_key_handlers(facade, keys=keys)),
    ]


def _sessions(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List one's open sessions",
            permission=Permission.IDENTITY_SELF,
            answers={200: SessionPage},
            problems=(400,),
        ),
    )
    async def list_sessions(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        asking = asking_of(request)
        found = await facade.sessions.list(asking, limit=limit + 1, after=after_of(cursor))
        current = asking.principal.session_id
        return paged(
            found,
            limit=limit,
            shown=lambda one: session_view(one, current=current),
            page=SessionPage,
        )

    @delete(
        "/{session_id:uuid}",
        **described(
            "End one of one's sessions",
            permission=Permission.IDENTITY_SELF,
            answers={204: None},
            problems=(400, 404),
            step_up=True,
        ),
    )
    async def revoke(request: HttpRequest, session_id: PathId) -> None:
        await facade.sessions.revoke(asking_of(request), session_id=session_id)

    return [list_sessions, revoke]


def _users(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @get(
        "/",
        **described(
            "List the users",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: UserPage},
            problems=(400, 403),
        ),
    )
    async def list_users(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await facade.users.list(asking_of(request), limit=limit + 1, after=after_of(cursor))
        return paged(found, limit=limit, shown=user_view, page=UserPage)

    @post(
        "/{user_id:uuid}/disable",
        **described(
            "Keep a user out, at once and until enabled",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: UserView},
            problems=(400, 403, 404, 409),
            idempotent=True,
        ),
    )
    async def disable(request: HttpRequest, user_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            match await facade.users.disable(asking_of(request), user_id=user_id):
                case User() as user:
                    return 200, encode(user_view(user))
                case NotOneself():
                    raise conflict(NOT_ONESELF.meaning, kind=NOT_ONESELF)
                case LastOwner():
                    raise conflict(LAST_OWNER.meaning, kind=LAST_OWNER)

        # Better twice than held up: it keeps somebody out.
        return await once(
            request, keys=keys, body=one_s_own(request), work=work, safe_to_repeat=True
        )

    @post(
        "/{user_id:uuid}/enable",
        **described(
            "Let a user in again",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: UserView},
            problems=(400, 403, 404),
            step_up=True,
            idempotent=True,
        ),
    )
    async def enable(request: HttpRequest, user_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            user = await facade.users.enable(asking_of(request), user_id=user_id)
            return 200, encode(user_view(user))

        return await once(request, keys=keys, body=one_s_own(request), work=work)

    return [list_users, disable, enable]


def _resets(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> HTTPRouteHandler:
    @post(
        "/{user_id:uuid}/password-reset",
        **described(
            "Make a one-time token by which a user sets a new password",
            permission=Permission.IDENTITY_MANAGE,
            answers={201: ResetView},
            problems=(400, 403, 404),
            step_up=True,
            idempotent=True,
        ),
    )
    async def password_reset(request: HttpRequest, user_id: PathId) -> Answer:
        async def work() -> tuple[int, bytes]:
            made = await facade.passwords.issue_reset(asking_of(request), user_id=user_id)
            until = moment(made.expires_at)
            view = ResetView(user_id=made.user.id, token=made.token, expires_at=until)
            return 201, encode(view)

        return await once(
            request, keys=keys, body=one_s_own(request), work=work, kept=reset_without_token
        )

    return password_reset


def _invitations(facade: IdentityUseCases, *, keys: IdempotencyKeys) -> list[HTTPRouteHandler]:
    @post(
        "/",
        **described(
            "Invite an address; an earlier invitation of it is withdrawn",
            permission=Permission.IDENTITY_MANAGE,
            body=InviteBody,
            answers={201: InvitedView},
            problems=(403, 409),
            example={"email": "ada@example.com", "role": "trader"},
            step_up=True,
            idempotent=True,
        ),
    )
    async def invite(request: HttpRequest) -> Answer:
        body = await body_of(request)
        asked = decode(body, decoder=_INVITE)

        async def work() -> tuple[int, bytes]:
            outcome = await facade.invitations.invite(
                asking_of(request), email=asked.email, role=asked.role
            )
            match outcome:
                case Invited():
                    reached = f"{request.url.scheme}://{request.url.netloc}"
                    return 201, encode(invited_view(outcome, server=reached))
                case AddressTaken():
                    raise refused_by_rules(outcome)

        return await once(
            request,
            keys=keys,
            body=one_s_own(request) + body,
            work=work,
            kept=invited_without_token,
        )

    @get(
        "/",
        **described(
            "List the invitations",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: InvitationPage},
            problems=(400, 403),
        ),
    )
    async def list_invitations(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        found = await facade.invitations.list(
            asking_of(request), limit=limit + 1, after=after_of(cursor)
        )
        return paged(found, limit=limit, shown=invitation_view, page=InvitationPage)

    @delete(
        "/{invitation_id:uuid}",
        **described(
            "Take an invitation back",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: InvitationView},
            problems=(400, 403, 404),
        ),
    )
    async def withdraw(request: HttpRequest, invitation_id: PathId) -> Answer:
        found = await facade.invitations.withdraw(asking_of(request), invitation_id=invitation_id)
        return answer(invitation_view(found))

    return [invite, list_invitations, withdraw]
