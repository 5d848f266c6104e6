"""Build what keeps people's workspaces."""

from adapters.http.workspaces.cases import CASES
from adapters.http.workspaces.routes import workspace_routes
from application.shared.change import Changes
from application.workspaces.keep_workspaces import KeepWorkspaces
from bootstrap.area import Area
from bootstrap.settings.sections import Settings


def build(settings: Settings, changes: Changes) -> KeepWorkspaces:
    """Build the use cases."""
    return KeepWorkspaces(changes=changes, allowed=settings.workspaces.per_user_max)


AREA = Area(
    name="workspaces",
    sentence="The arrangements of panels that a person keeps for the console.",
    builds={"workspaces": build},
    routes=lambda parts: (workspace_routes(parts.of(build)),),
    parameters=frozenset({"workspace_id"}),
    cases=CASES,
)
