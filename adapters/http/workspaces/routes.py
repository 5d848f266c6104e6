"""Route what a person asks of their own workspaces."""

import asyncio
import hashlib
import re
from typing import Annotated, Any

import msgspec
from litestar import delete, get, post, put
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.idempotency import again, hash_of, key_of
from adapters.http.problem_kinds import CHANGED, TOO_MANY_WORKSPACES, VERSION_NEEDED
from adapters.http.problems import Problem, conflict, key_reused, unfit
from adapters.http.wire import (
    LIMIT_DEFAULT,
    PRINTABLE,
    Answer,
    Cursor,
    HttpRequest,
    Limit,
    PathId,
    after_of,
    answer,
    asker_of,
    body_of,
    cursor_of,
    encode,
    principal_of,
    raw,
)
from adapters.http.workspaces.schemas import (
    BODY_BYTES_MAX,
    DeletedView,
    RestoredView,
    SaveBody,
    WorkspacePage,
    WorkspaceView,
    deleted_view,
    restored_view,
    save_command,
    workspace_view,
)
from application.workspaces.commands import (
    SaveIdempotency,
    SaveKeyReused,
    SaveReplayed,
    WorkspaceAsker,
)
from application.workspaces.facade import WorkspaceUseCases
from domain.workspaces.shelf import (
    NAME_LENGTH_MAX,
    Expected,
    OtherVersion,
    Owner,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
)
from ports.workspaces import KeptWorkspace

PERMISSION = "workspaces.self"
# From here on a body is read in a thread: the requests of others go on meanwhile.
LARGE_BYTES = 32_768

_ETAG = re.compile(r'"([0-9]{1,9})"')
_VIEW = msgspec.json.Decoder(WorkspaceView)
WorkspaceName = Annotated[
    str | None,
    QueryParameter(
        min_length=1,
        max_length=NAME_LENGTH_MAX,
        pattern=PRINTABLE,
        description="The name it was saved under; the default when left out.",
    ),
]


def workspace_routes(facade: WorkspaceUseCases) -> AreaRoutes:
    """Return the routes under /api/v1/user."""
    return AreaRoutes(
        path="/api/v1/user",
        tags=["workspaces"],
        route_handlers=[*_saving(facade), *_all(facade), *_one(facade)],
    )


def _saving(facade: WorkspaceUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/workspace",
        **_mine(
            described(
                "Restore the default workspace, or the one of a name, with its layout",
                answers={200: RestoredView},
                problems=(400, 404),
                shown=examples.WORKSPACE_RESTORED,
            )
        ),
    )
    async def restore(request: HttpRequest, name: WorkspaceName = None) -> Answer:
        return _restored(await facade.restore(owner=_owner(request), name=name))

    @post(
        "/workspace",
        **_mine(
            described(
                "Save a layout under a name; overwriting one takes If-Match with its version",
                body=SaveBody,
                answers={201: WorkspaceView, 200: WorkspaceView},
                problems=(409, 428),
                example=examples.WORKSPACE,
                shown=examples.WORKSPACE_VIEW,
                idempotent=True,
                if_match=True,
            )
        ),
    )
    async def save(request: HttpRequest) -> Answer:
        body = await body_of(request, limit=BODY_BYTES_MAX)
        expected = _expected(request)
        if len(body) < LARGE_BYTES:
            command = save_command(body, expected=expected)
        else:
            command = await asyncio.to_thread(save_command, body, expected=expected)
        outcome = await facade.save(
            command, asker=_asker(request), idempotency=_idempotency(request, body)
        )
        match outcome:
            case Saved():
                return _stored(outcome)
            case SaveReplayed():
                version = _VIEW.decode(outcome.body).version
                return again(outcome.status, outcome.body, headers={"ETag": _etag(version)})
            case SaveKeyReused():
                raise key_reused()
            case VersionNeeded():
                raise _needed(outcome)
            case OtherVersion():
                raise _changed(outcome)
            case TooManyWorkspaces():
                detail = f"a user may have {outcome.allowed} workspaces; delete one first"
                raise conflict(detail, kind=TOO_MANY_WORKSPACES)

    return [restore, save]


def _all(facade: WorkspaceUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/workspaces",
        **_mine(
            described(
                "List workspaces in the order they were made, without their layouts",
                answers={200: WorkspacePage},
                problems=(400,),
            )
        ),
    )
    async def list_workspaces(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        shelf = await facade.list(owner=_owner(request))
        after = after_of(cursor)
        found = [one for one in shelf.workspaces if after is None or one.id > after]
        page = found[:limit]
        more = page[-1].id if len(found) > limit else None
        return answer(
            WorkspacePage(
                items=[workspace_view(one, shelf=shelf) for one in page],
                next_cursor=cursor_of(more),
            )
        )

    return [list_workspaces]


def _one(facade: WorkspaceUseCases) -> list[HTTPRouteHandler]:
    @get(
        "/workspaces/{workspace_id:uuid}",
        **_mine(
            described(
                "Restore a workspace with its layout; its version is in ETag",
                answers={200: RestoredView},
                problems=(404,),
                shown=examples.WORKSPACE_RESTORED,
            )
        ),
    )
    async def show(request: HttpRequest, workspace_id: PathId) -> Answer:
        owner = _owner(request)
        return _restored(await facade.restore(owner=owner, workspace_id=workspace_id))

    @put(
        "/workspaces/{workspace_id:uuid}/default",
        **_mine(
            described(
                "Make a workspace the default; no version changes by it",
                answers={200: WorkspaceView},
                problems=(404, 409),
                shown=examples.WORKSPACE_VIEW,
            )
        ),
    )
    async def prefer(request: HttpRequest, workspace_id: PathId) -> Answer:
        done = await facade.prefer(workspace_id, asker=_asker(request))
        view = workspace_view(done.workspace, shelf=done.shelf)
        return answer(view, headers={"ETag": _etag(view.version)})

    @delete(
        "/workspaces/{workspace_id:uuid}",
        **_mine(
            described(
                "Delete a workspace; after the default, the one saved last becomes it",
                answers={200: DeletedView},
                problems=(404, 409),
                if_match=True,
            )
        ),
    )
    async def remove(request: HttpRequest, workspace_id: PathId) -> Answer:
        outcome = await facade.delete(
            workspace_id, asker=_asker(request), expected=_expected(request)
        )
        if isinstance(outcome, OtherVersion):
            raise _changed(outcome)
        return answer(deleted_view(outcome))

    return [show, prefer, remove]


def _mine(said: dict[str, Any]) -> dict[str, Any]:
    """Name the permission that these routes take: everyone's own, nobody else's."""
    return {**said, "opt": {**said["opt"], "permission": PERMISSION}}


def _owner(request: HttpRequest) -> Owner:
    principal = principal_of(request)
    return Owner(tenant_id=principal.tenant_id, user_id=principal.user_id)


def _asker(request: HttpRequest) -> WorkspaceAsker:
    asker = asker_of(request)
    return WorkspaceAsker(owner=_owner(request), actor=asker.actor, trace_id=asker.trace_id)


def _idempotency(request: HttpRequest, body: bytes) -> SaveIdempotency | None:
    key = key_of(request)
    if key is None:
        return None
    # Keys are the tenant's: another of its users must not get this one's answer.
    known = hashlib.sha256(hash_of(request, body) + _owner(request).user_id.bytes).digest()
    return SaveIdempotency(key=key, request_hash=known, render=_answer_to)


def _answer_to(saved: Saved) -> tuple[int, bytes]:
    view = workspace_view(saved.workspace, shelf=saved.shelf)
    return (201 if saved.created else 200), encode(view)


def _stored(saved: Saved) -> Answer:
    status, content = _answer_to(saved)
    headers = {"ETag": _etag(saved.workspace.version)}
    if saved.created:
        headers["Location"] = f"/api/v1/user/workspaces/{saved.workspace.id}"
    return raw(content, status=status, headers=headers)


def _restored(kept: KeptWorkspace) -> Answer:
    view = restored_view(kept)
    return answer(view, headers={"ETag": _etag(view.version)})


def _etag(version: int) -> str:
    return f'"{version}"'


def _expected(request: HttpRequest) -> Expected:
    """Return the version that If-Match asks for; raises the problem of one that is not ours."""
    asked = request.headers.get("if-match")
    if asked is None:
        return None
    if asked.strip() == "*":
        return "*"
    matched = _ETAG.fullmatch(asked.strip())
    if matched is None:
        raise unfit("#If-Match", 'must be one ETag of this workspace, such as "3", or *')
    return int(matched.group(1))


def _needed(outcome: VersionNeeded) -> Problem:
    tag = _etag(outcome.current.version)
    detail = f"a workspace of that name is there, at {tag}; say in If-Match what you overwrite"
    return Problem(kind=VERSION_NEEDED, detail=detail, headers={"ETag": tag})


def _changed(outcome: OtherVersion) -> Problem:
    if outcome.current is None:
        detail = "there is no workspace of that name; leave out If-Match to make it"
        return Problem(kind=CHANGED, detail=detail)
    tag = _etag(outcome.current.version)
    detail = f"the workspace is at {tag} now; read it again"
    return Problem(kind=CHANGED, detail=detail, headers={"ETag": tag})
