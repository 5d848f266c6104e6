"""Name the things that the use cases of workspaces share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from application.workspaces.commands import WorkspaceAsker
from domain.audit.entry import AuditEntry
from domain.workspaces.shelf import Shelf, Workspace
from ports.ids import Ids
from ports.time import Clock
from ports.transactions import Conflict
from ports.workspaces import ShelfChange, Workspaces

Result = TypeVar("Result")

# One person's own requests stand against each other; of many at once each round lets one by.
ATTEMPTS_MAX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceDesk:
    """Where workspaces are kept and changed."""

    workspaces: Workspaces
    clock: Clock
    ids: Ids

    async def change(
        self,
        decide: Callable[[Shelf], Awaitable[tuple[Result, ShelfChange | None]]],
        *,
        asker: WorkspaceAsker,
    ) -> Result:
        """Decide over the shelf and store it, again when another change came between.

        Without a change the result stands as it is. Raises Conflict when the shelf changes
        under every attempt.
        """
        for _ in range(ATTEMPTS_MAX):
            shelf = await self.workspaces.shelf(owner=asker.owner)
            result, change = await decide(shelf)
            if change is None or await self.workspaces.commit(change):
                return result
        raise Conflict(f"the workspaces of {asker.owner.user_id} change all the time")

    def entry(
        self,
        workspace: Workspace,
        *,
        what: str,
        asker: WorkspaceAsker,
        before: Shelf,
        after: Shelf,
    ) -> AuditEntry:
        """Say who did what to a workspace: sizes and hashes, never the layout."""
        detail = {
            "name": workspace.name,
            "version": str(workspace.version),
            "size_bytes": str(workspace.size_bytes),
            "sha256": workspace.sha256,
        }
        known = before.find(workspace.id)
        if known is not None and known != workspace:
            detail |= {
                "before.version": str(known.version),
                "before.size_bytes": str(known.size_bytes),
                "before.sha256": known.sha256,
            }
        if before.default_id != after.default_id:
            detail["default"] = str(after.default_id or "")
            detail["before.default"] = str(before.default_id or "")
        return AuditEntry(
            id=self.ids.new(),
            tenant_id=asker.owner.tenant_id,
            actor=asker.actor,
            action=f"workspace.{what}",
            subject=str(workspace.id),
            at=self.clock.now(),
            trace_id=asker.trace_id,
            detail=tuple(sorted(detail.items())),
        )
