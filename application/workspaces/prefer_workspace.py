"""Make a workspace the default."""

from dataclasses import dataclass
from uuid import UUID

from application.workspaces.commands import WorkspaceAsker, WorkspaceNotFound
from application.workspaces.desk import WorkspaceDesk
from domain.workspaces.shelf import NoSuchWorkspace, Preferred, Shelf
from ports.workspaces import ShelfChange


@dataclass(frozen=True, slots=True, kw_only=True)
class PreferWorkspace:
    """The default moves to it; no layout and no version changes."""

    desk: WorkspaceDesk

    async def __call__(self, workspace_id: UUID, *, asker: WorkspaceAsker) -> Preferred:
        """Return the workspace; raises WorkspaceNotFound."""

        async def decide(shelf: Shelf) -> tuple[Preferred, ShelfChange | None]:
            outcome = shelf.prefer(workspace_id)
            if isinstance(outcome, NoSuchWorkspace):
                raise WorkspaceNotFound(workspace_id)
            if not outcome.changed:
                return outcome, None
            return outcome, ShelfChange(
                before=shelf,
                after=outcome.shelf,
                audit=self.desk.entry(
                    outcome.workspace,
                    what="preferred",
                    asker=asker,
                    before=shelf,
                    after=outcome.shelf,
                ),
            )

        return await self.desk.change(decide, asker=asker)
