"""Route one's sessions, and what an owner does: users, invitations, command keys."""

from typing import Annotated

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import PathParameter

from adapters.http.area import AreaRoutes
from adapters.http.documented import described
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
from adapters.http.problem_kinds import LAST_OWNER, NOT_ONESELF
from adapters.http.problems import conflict
from adapters.http.visitor import asking_of
from adapters.http.wire import (
    LIMIT_DEFAULT,
    Answer,
    Cursor,
    HttpRequest,
    Limit,
    PathId,
    after_of,
    answer,
    body_of,
    cursor_of,
    decode,
    moment,
)
from application.identity.facade import IdentityUseCases
from application.identity.invitations import AddressTaken, Invited
from application.identity.people import NotOneself
from domain.identity.access import Permission
from domain.identity.tenant import User
from ports.access import LastOwner

_INVITE = msgspec.json.Decoder(InviteBody)
KeyId = Annotated[str, PathParameter(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]+$")]


def people_routes(facade: IdentityUseCases) -> list[AreaRoutes]:
    """Return the routes under /sessions, /users, /invitations and /command-keys."""

    def area(path: str, handlers: list[HTTPRouteHandler]) -> AreaRoutes:
        return AreaRoutes(path=f"/api/v1/{path}", tags=["identity"], route_handlers=handlers)

    return [
        area("sessions", _sessions(facade)),
        area("users", _users(facade)),
        area("invitations", _invitations(facade)),
        area("command-keys", _command_keys(facade)),
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
        found = await facade.sessions.list(asking, limit=limit, after=after_of(cursor))
        current = asking.principal.session_id
        items = [session_view(one, current=current) for one in found]
        last = found[-1].id if len(found) == limit else None
        return answer(SessionPage(items=items, next_cursor=cursor_of(last)))

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


def _users(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
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
        found = await facade.users.list(asking_of(request), limit=limit, after=after_of(cursor))
        last = found[-1].id if len(found) == limit else None
        items = [user_view(one) for one in found]
        return answer(UserPage(items=items, next_cursor=cursor_of(last)))

    @post(
        "/{user_id:uuid}/disable",
        **described(
            "Keep a user out, at once and until enabled",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: UserView},
            problems=(400, 403, 404, 409),
        ),
    )
    async def disable(request: HttpRequest, user_id: PathId) -> Answer:
        match await facade.users.disable(asking_of(request), user_id=user_id):
            case User() as user:
                return answer(user_view(user))
            case NotOneself():
                raise conflict(NOT_ONESELF.meaning, kind=NOT_ONESELF)
            case LastOwner():
                raise conflict(LAST_OWNER.meaning, kind=LAST_OWNER)

    @post(
        "/{user_id:uuid}/enable",
        **described(
            "Let a user in again",
            permission=Permission.IDENTITY_MANAGE,
            answers={200: UserView},
            problems=(400, 403, 404),
            step_up=True,
        ),
    )
    async def enable(request: HttpRequest, user_id: PathId) -> Answer:
        return answer(user_view(await facade.users.enable(asking_of(request), user_id=user_id)))

    @post(
        "/{user_id:uuid}/password-reset",
        **described(
            "Make a one-time token by which a user sets a new password",
            permission=Permission.IDENTITY_MANAGE,
            answers={201: ResetView},
            problems=(400, 403, 404),
            step_up=True,
        ),
    )
    async def password_reset(request: HttpRequest, user_id: PathId) -> Answer:
        made = await facade.passwords.issue_reset(asking_of(request), user_id=user_id)
        view = ResetView(user_id=made.user.id, token=made.token, expires_at=moment(made.expires_at))
        return answer(view, status=201)

    return [list_users, disable, enable, password_reset]


def _invitations(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
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
        ),
    )
    async def invite(request: HttpRequest) -> Answer:
        asked = decode(await body_of(request), decoder=_INVITE)
        outcome = await facade.invitations.invite(
            asking_of(request), email=asked.email, role=asked.role
        )
        match outcome:
            case Invited():
                return answer(invited_view(outcome), status=201)
            case AddressTaken():
                raise refused_by_rules(outcome)

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
            asking_of(request), limit=limit, after=after_of(cursor)
        )
        last = found[-1].id if len(found) == limit else None
        items = [invitation_view(one) for one in found]
        return answer(InvitationPage(items=items, next_cursor=cursor_of(last)))

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


def _command_keys(facade: IdentityUseCases) -> list[HTTPRouteHandler]:
    @post(
        "/{key_id:str}/disable",
        **described(
            "Refuse what a command key signs",
            permission=Permission.IDENTITY_MANAGE,
            answers={204: None},
            problems=(400, 403),
        ),
    )
    async def disable_key(request: HttpRequest, key_id: KeyId) -> None:
        await facade.users.set_key(asking_of(request), key_id=key_id, enabled=False)

    @post(
        "/{key_id:str}/enable",
        **described(
            "Take a command key's commands again",
            permission=Permission.IDENTITY_MANAGE,
            answers={204: None},
            problems=(400, 403),
            step_up=True,
        ),
    )
    async def enable_key(request: HttpRequest, key_id: KeyId) -> None:
        await facade.users.set_key(asking_of(request), key_id=key_id, enabled=True)

    return [disable_key, enable_key]
