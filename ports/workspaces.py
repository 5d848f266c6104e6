"""Name the kinds of records that people's workspaces are kept as."""

from domain.workspaces.workspace_set import DefaultWorkspace, Workspace, WorkspaceContents
from ports.work import Kind

WORKSPACES = Kind("workspaces", WorkspaceContents, find_by=("user_id", "name"))
# The same without the layouts, of which each may have a megabyte.
WORKSPACE_LIST = Kind("workspaces", Workspace, find_by=("user_id",))
DEFAULT_WORKSPACES = Kind(
    "workspace_shelves", DefaultWorkspace, named=(("id", "user_id"), ("version", "revision"))
)
