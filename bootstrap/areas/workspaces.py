"""Build what keeps people's workspaces."""

from dataclasses import dataclass

from application.workspaces.delete_workspace import DeleteWorkspace
from application.workspaces.desk import WorkspaceDesk
from application.workspaces.facade import WorkspaceUseCases
from application.workspaces.prefer_workspace import PreferWorkspace
from application.workspaces.save_workspace import SaveWorkspace
from bootstrap.settings.sections import Settings
from bootstrap.storage import Storage
from bootstrap.system import System


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceParts:
    """The facade."""

    facade: WorkspaceUseCases


def build(*, settings: Settings, storage: Storage, system: System) -> WorkspaceParts:
    """Build the use cases."""
    desk = WorkspaceDesk(workspaces=storage.workspaces, clock=system.clock, ids=system.ids)
    facade = WorkspaceUseCases(
        workspaces=storage.workspaces,
        saving=SaveWorkspace(desk=desk, allowed=settings.workspaces.per_user_max),
        deleting=DeleteWorkspace(desk=desk),
        preferring=PreferWorkspace(desk=desk),
    )
    return WorkspaceParts(facade=facade)
