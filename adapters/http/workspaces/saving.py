"""Route saving a workspace, and restoring the one that a person works with."""

import asyncio
import hashlib
from dataclasses import replace
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import QueryParameter

from adapters.http import examples
from adapters.http.documented import described
from adapters.http.idempotency import again, once_of, one_s_own
from adapters.http.problem_kinds import TOO_MANY_WORKSPACES, VERSION_NEEDED
from adapters.http.problems import Problem, conflict, key_reused
from adapters.http.versions import etag_of
from adapters.http.wire import PRINTABLE, Answer, HttpRequest, body_of, encode, raw
from adapters.http.workspaces.asking import (
    changed,
    expected_of,
    owner_of,
    restored,
    workspace_asker,
)
from adapters.http.workspaces.schemas import (
    BODY_BYTES_MAX,
    RestoredView,
    SaveBody,
    WorkspaceView,
    save_command,
    workspace_view,
)
from application.shared.change import KeyReused, Once, Replayed
from application.workspaces.commands import SaveResult
from application.workspaces.keep_workspaces import KeepWorkspaces
from domain.identity.access import Permission
from domain.workspaces.workspace_set import (
    NAME_LENGTH_MAX,
    OtherVersion,
    Saved,
    TooManyWorkspaces,
    VersionNeeded,
)

# From here on a body is read in a thread: the requests of others go on meanwhile.
LARGE_BYTES = 32_768

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


def saving_routes(facade: KeepWorkspaces) -> list[HTTPRouteHandler]:
    """Return the routes of /api/v1/user/workspace."""

    @get(
        "/workspace",
        **described(
            "Restore the default workspace, or the one of a name, with its layout",
            permission=Permission.WORKSPACES_SELF,
            answers={200: RestoredView},
            problems=(400, 404),
            shown=examples.WORKSPACE_RESTORED,
        ),
    )
    async def restore(request: HttpRequest, name: WorkspaceName = None) -> Answer:
        return restored(await facade.restore(owner=owner_of(request), name=name))

    @post(
        "/workspace",
        **described(
            "Save a layout under a name; overwriting one takes If-Match with its version",
            permission=Permission.WORKSPACES_SELF,
            body=SaveBody,
            answers={201: WorkspaceView, 200: WorkspaceView},
            problems=(409, 428),
            example=examples.WORKSPACE,
            shown=examples.WORKSPACE_VIEW,
            idempotent=True,
            if_match=True,
        ),
    )
    async def save(request: HttpRequest) -> Answer:
        body = await body_of(request, limit=BODY_BYTES_MAX)
        expected = expected_of(request)
        if len(body) < LARGE_BYTES:
            command = save_command(body, expected=expected)
        else:
            command = await asyncio.to_thread(save_command, body, expected=expected)
        outcome = await facade.save(
            command, asker=workspace_asker(request), once=_once(request, body)
        )
        match outcome:
            case Saved():
                return _stored(outcome)
            case Replayed():
                version = _VIEW.decode(outcome.body).version
                return again(outcome.status, outcome.body, headers={"ETag": etag_of(version)})
            case KeyReused():
                raise key_reused()
            case VersionNeeded():
                raise _needed(outcome)
            case OtherVersion():
                raise changed(outcome)
            case TooManyWorkspaces():
                detail = f"a user may have {outcome.allowed} workspaces; delete one first"
                raise conflict(detail, kind=TOO_MANY_WORKSPACES)

    return [restore, save]


def _once(request: HttpRequest, body: bytes) -> Once[SaveResult] | None:
    once = once_of(request, body, render=_rendered)
    if once is None:
        return None
    # Keys are the tenant's: another of its users must not get this one's answer.
    own = hashlib.sha256(once.request_hash + one_s_own(request)).digest()
    return replace(once, request_hash=own)


def _rendered(result: SaveResult) -> tuple[int, bytes] | None:
    return _answer_to(result) if isinstance(result, Saved) else None


def _answer_to(saved: Saved) -> tuple[int, bytes]:
    view = workspace_view(saved.workspace, workspace_set=saved.workspace_set)
    return (201 if saved.created else 200), encode(view)


def _stored(saved: Saved) -> Answer:
    status, content = _answer_to(saved)
    headers = {"ETag": etag_of(saved.workspace.version)}
    if saved.created:
        headers["Location"] = f"/api/v1/user/workspaces/{saved.workspace.id}"
    return raw(content, status=status, headers=headers)


def _needed(outcome: VersionNeeded) -> Problem:
    tag = etag_of(outcome.current.version)
    detail = f"a workspace of that name is there, at {tag}; say in If-Match what you overwrite"
    return Problem(kind=VERSION_NEEDED, detail=detail, headers={"ETag": tag})
