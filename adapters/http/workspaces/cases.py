"""Say of each route of workspaces how it is asked."""

from collections.abc import Mapping
from types import MappingProxyType

from adapters.http.cases import Case, Cases

_WORKSPACE = {"workspace_id": "workspace"}

CASES: Mapping[str, Cases] = MappingProxyType(
    {
        "GET /api/v1/user/workspaces": Case(),
        "GET /api/v1/user/workspace": Case(),
        "POST /api/v1/user/workspace": Case(
            action="workspace.created", body={"name": "passing", "layout": {}}
        ),
        "GET /api/v1/user/workspaces/{workspace_id}": Case(ids=_WORKSPACE),
        "PUT /api/v1/user/workspaces/{workspace_id}/default": Case(ids=_WORKSPACE),
        "DELETE /api/v1/user/workspaces/{workspace_id}": Case(ids=_WORKSPACE, consumes=True),
    }
)
