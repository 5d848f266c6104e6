"""Delete a workspace."""

from dataclasses import dataclass
from uuid import UUID

from application.workspaces.commands import DeleteOutcome, WorkspaceAsker, WorkspaceNotFound
from application.workspaces.desk import WorkspaceDesk
from domain.workspaces.shelf import Expected, NoSuchWorkspace, OtherVersion, Removed, Shelf
from ports.workspaces import ShelfChange


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWorkspace:
    """It is gone with its layout; after the default, the one saved last becomes it."""

    desk: WorkspaceDesk

    async def __call__(
        self, workspace_id: UUID, *, asker: WorkspaceAsker, expected: Expected
    ) -> DeleteOutcome:
        """Return what was removed and the shelf after it; raises WorkspaceNotFound."""

        async def decide(shelf: Shelf) -> tuple[DeleteOutcome, ShelfChange | None]:
            outcome = shelf.remove(workspace_id, expected=expected)
            match outcome:
                case NoSuchWorkspace():
                    raise WorkspaceNotFound(workspace_id)
                case OtherVersion():
                    return outcome, None
                case Removed():
                    return outcome, ShelfChange(
                        before=shelf,
                        after=outcome.shelf,
                        removed=workspace_id,
                        audit=self.desk.entry(
                            outcome.workspace,
                            what="deleted",
                            asker=asker,
                            before=shelf,
                            after=outcome.shelf,
                        ),
                    )

        return await self.desk.change(decide, asker=asker)
