"""Route what a person asks of their own workspaces."""

from litestar import delete, get, put
from litestar.handlers import HTTPRouteHandler

from adapters.http import examples
from adapters.http.area import AreaRoutes
from adapters.http.documented import described
from adapters.http.paging import LIMIT_DEFAULT, Cursor, Limit, after_of, paged
from adapters.http.versions import etag_of
from adapters.http.wire import Answer, HttpRequest, PathId, answer
from adapters.http.workspaces.asking import (
    changed,
    expected_of,
    owner_of,
    restored,
    workspace_asker,
)
from adapters.http.workspaces.saving import saving_routes
from adapters.http.workspaces.schemas import (
    DeletedView,
    RestoredView,
    WorkspacePage,
    WorkspaceView,
    deleted_view,
    workspace_view,
)
from application.workspaces.keep_workspaces import KeepWorkspaces
from domain.identity.access import Permission
from domain.workspaces.workspace_set import OtherVersion


def workspace_routes(facade: KeepWorkspaces) -> AreaRoutes:
    """Return the routes under /api/v1/user."""
    return AreaRoutes(
        path="/api/v1/user",
        tags=["workspaces"],
        route_handlers=[*saving_routes(facade), *_all(facade), *_one(facade)],
    )


def _all(facade: KeepWorkspaces) -> list[HTTPRouteHandler]:
    @get(
        "/workspaces",
        **described(
            "List workspaces in the order they were made, without their layouts",
            permission=Permission.WORKSPACES_SELF,
            answers={200: WorkspacePage},
            problems=(400,),
        ),
    )
    async def list_workspaces(
        request: HttpRequest, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
    ) -> Answer:
        workspace_set = await facade.list(owner=owner_of(request))
        after = after_of(cursor)
        found = [one for one in workspace_set.workspaces if after is None or one.id > after]
        return paged(
            found,
            limit=limit,
            shown=lambda one: workspace_view(one, workspace_set=workspace_set),
            page=WorkspacePage,
        )

    return [list_workspaces]


def _one(facade: KeepWorkspaces) -> list[HTTPRouteHandler]:
    @get(
        "/workspaces/{workspace_id:uuid}",
        **described(
            "Restore a workspace with its layout; its version is in ETag",
            permission=Permission.WORKSPACES_SELF,
            answers={200: RestoredView},
            problems=(404,),
            shown=examples.WORKSPACE_RESTORED,
        ),
    )
    async def show(request: HttpRequest, workspace_id: PathId) -> Answer:
        owner = owner_of(request)
        return restored(await facade.restore(owner=owner, workspace_id=workspace_id))

    @put(
        "/workspaces/{workspace_id:uuid}/default",
        **described(
            "Make a workspace the default; no version changes by it",
            permission=Permission.WORKSPACES_SELF,
            answers={200: WorkspaceView},
            problems=(404, 409),
            shown=examples.WORKSPACE_VIEW,
        ),
    )
    async def prefer(request: HttpRequest, workspace_id: PathId) -> Answer:
        done = await facade.prefer(workspace_id, asker=workspace_asker(request))
        view = workspace_view(done.workspace, workspace_set=done.workspace_set)
        return answer(view, headers={"ETag": etag_of(view.version)})

    @delete(
        "/workspaces/{workspace_id:uuid}",
        **described(
            "Delete a workspace; after the default, the one saved last becomes it",
            permission=Permission.WORKSPACES_SELF,
            answers={200: DeletedView},
            problems=(404, 409),
            if_match=True,
        ),
    )
    async def remove(request: HttpRequest, workspace_id: PathId) -> Answer:
        outcome = await facade.delete(
            workspace_id, asker=workspace_asker(request), expected=expected_of(request)
        )
        if isinstance(outcome, OtherVersion):
            raise changed(outcome)
        return answer(deleted_view(outcome))

    return [show, prefer, remove]
