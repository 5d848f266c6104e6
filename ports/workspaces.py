"""What the core needs to keep people's workspaces."""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from domain.accounts.change import Reply
from domain.audit.entry import AuditEntry
from domain.workspaces.layout import Layout
from domain.workspaces.shelf import Owner, Shelf, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptWorkspace:
    """A workspace with its layout, byte for byte as it was saved."""

    workspace: Workspace
    is_default: bool
    layout: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfChange:
    """One change of a shelf, with what is stored together with it.

    before is the shelf as it was read, after is what becomes of it: at most one workspace of
    it is stored (with its layout) or taken away, and none else differs.
    """

    before: Shelf
    after: Shelf
    audit: AuditEntry
    stored: tuple[Workspace, Layout] | None = None
    removed: UUID | None = None
    reply: Reply | None = None


class Workspaces(Protocol):
    """Everyone's workspaces, durable; no one reads or changes another's.

    Whoever changes a shelf reads it, decides, and commits: what came between refuses it.
    """

    async def shelf(self, *, owner: Owner) -> Shelf:
        """Return the owner's shelf as of one moment, an empty one of revision 0 at first."""
        ...

    async def restore(
        self, *, owner: Owner, workspace_id: UUID | None = None, name: str | None = None
    ) -> KeptWorkspace | None:
        """Return the owner's workspace of that id, else of that name, else the default.

        None where there is none. Raises StorageCorrupt when the layout is not what was saved.
        """
        ...

    async def answer(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return what is known of an idempotency key: its answer, or of a claim the hash."""
        ...

    async def commit(self, change: ShelfChange) -> bool:
        """Store all of the change, or nothing; False when the shelf is another by now.

        Raises ConstraintBroken when the key of the reply was used by another request.
        """
        ...
