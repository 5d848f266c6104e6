"""Keep workspaces in memory."""

from dataclasses import dataclass
from uuid import UUID

from adapters.memory.database import MemoryLink
from domain.accounts.change import Reply
from domain.workspaces.shelf import Owner, Shelf
from ports.storage import ConstraintBroken
from ports.workspaces import KeptWorkspace, ShelfChange


@dataclass(frozen=True, slots=True)
class MemoryWorkspaces:
    """Workspaces in memory (port Workspaces)."""

    link: MemoryLink

    async def shelf(self, *, owner: Owner) -> Shelf:
        """Return the owner's shelf."""
        return (await self.link.enter()).shelves.get(owner) or Shelf(owner=owner)

    async def restore(
        self, *, owner: Owner, workspace_id: UUID | None = None, name: str | None = None
    ) -> KeptWorkspace | None:
        """Return the owner's workspace of that id, else of that name, else the default."""
        database = await self.link.enter()
        shelf = database.shelves.get(owner) or Shelf(owner=owner)
        if workspace_id is not None:
            found = shelf.find(workspace_id)
        elif name is not None:
            found = next((one for one in shelf.workspaces if one.name == name), None)
        else:
            found = shelf.default
        if found is None:
            return None
        return KeptWorkspace(
            workspace=found,
            is_default=shelf.default_id == found.id,
            layout=database.layouts[found.id],
        )

    async def answer(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return what is known of an idempotency key."""
        return (await self.link.enter()).reply(tenant_id=tenant_id, key=key)

    async def commit(self, change: ShelfChange) -> bool:
        """Store all of the change, or nothing."""
        database = await self.link.enter()
        owner = change.before.owner
        stored = database.shelves.get(owner) or Shelf(owner=owner)
        if stored.revision != change.before.revision:
            return False
        if change.reply is not None:
            key = (owner.tenant_id, change.reply.key)
            if key in database.replies or key in database.claimed:
                raise ConstraintBroken(f"key {change.reply.key!r} is used already")
            database.replies[key] = change.reply
        database.shelves[owner] = change.after
        if change.stored is not None:
            workspace, layout = change.stored
            database.layouts[workspace.id] = layout.text
        if change.removed is not None:
            del database.layouts[change.removed]
        database.audit.append(change.audit)
        # The effect is durable; the process may still die before it learns of it.
        await self.link.pause()
        return True
