"""Build what keeps people's workspaces."""

from application.workspaces.delete_workspace import DeleteWorkspace
from application.workspaces.desk import WorkspaceDesk
from application.workspaces.facade import WorkspaceUseCases
from application.workspaces.prefer_workspace import PreferWorkspace
from application.workspaces.save_workspace import SaveWorkspace
from bootstrap.settings.sections import WorkspaceSettings
from bootstrap.storage import Storage
from bootstrap.system import System


def build(*, settings: WorkspaceSettings, storage: Storage, system: System) -> WorkspaceUseCases:
    """Build the use cases."""
    desk = WorkspaceDesk(workspaces=storage.workspaces, clock=system.clock, ids=system.ids)
    return WorkspaceUseCases(
        workspaces=storage.workspaces,
        saving=SaveWorkspace(desk=desk, allowed=settings.per_user_max),
        deleting=DeleteWorkspace(desk=desk),
        preferring=PreferWorkspace(desk=desk),
    )
