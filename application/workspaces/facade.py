"""Answer for workspaces."""

from dataclasses import dataclass
from uuid import UUID

from application.workspaces.commands import (
    DeleteOutcome,
    SaveCommand,
    SaveIdempotency,
    SaveOutcome,
    WorkspaceAsker,
    WorkspaceNotFound,
)
from application.workspaces.delete_workspace import DeleteWorkspace
from application.workspaces.prefer_workspace import PreferWorkspace
from application.workspaces.save_workspace import SaveWorkspace
from domain.workspaces.shelf import Expected, Owner, Preferred, Shelf
from ports.workspaces import KeptWorkspace, Workspaces


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceUseCases:
    """Everything that a person can ask of their own workspaces."""

    workspaces: Workspaces
    saving: SaveWorkspace
    deleting: DeleteWorkspace
    preferring: PreferWorkspace

    async def save(
        self,
        command: SaveCommand,
        *,
        asker: WorkspaceAsker,
        idempotency: SaveIdempotency | None = None,
    ) -> SaveOutcome:
        """Save a layout; raises InvalidValue."""
        return await self.saving(command, asker=asker, idempotency=idempotency)

    async def restore(
        self, *, owner: Owner, workspace_id: UUID | None = None, name: str | None = None
    ) -> KeptWorkspace:
        """Return the workspace of that id, else of that name, else the default, with its layout.

        Raises WorkspaceNotFound, and StorageCorrupt when the layout is not what was saved.
        """
        found = await self.workspaces.restore(owner=owner, workspace_id=workspace_id, name=name)
        if found is None:
            raise WorkspaceNotFound(workspace_id or name)
        return found

    async def list(self, *, owner: Owner) -> Shelf:
        """Return all that the person has, in the order they were made; there is a limit."""
        return await self.workspaces.shelf(owner=owner)

    async def delete(
        self, workspace_id: UUID, *, asker: WorkspaceAsker, expected: Expected = None
    ) -> DeleteOutcome:
        """Delete a workspace; raises WorkspaceNotFound."""
        return await self.deleting(workspace_id, asker=asker, expected=expected)

    async def prefer(self, workspace_id: UUID, *, asker: WorkspaceAsker) -> Preferred:
        """Make a workspace the default; raises WorkspaceNotFound."""
        return await self.preferring(workspace_id, asker=asker)
