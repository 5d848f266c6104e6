"""Keep people's workspaces: save, restore, list and delete them, and choose the default."""

from dataclasses import asdict, dataclass
from uuid import UUID

from application.shared.change import Changes, Once
from application.workspaces.commands import (
    DeleteOutcome,
    Restored,
    SaveCommand,
    SaveOutcome,
    SaveResult,
    WorkspaceAsker,
    WorkspaceNotFound,
)
from domain.audit.entry import AuditEntry
from domain.workspaces.workspace_set import (
    DefaultWorkspace,
    Expected,
    NoSuchWorkspace,
    OtherVersion,
    Owner,
    Preferred,
    Saved,
    Workspace,
    WorkspaceContents,
    WorkspaceSet,
)
from ports.storage import StorageCorrupt
from ports.transactions import Conflict
from ports.work import Look, Work
from ports.workspaces import DEFAULT_WORKSPACES, WORKSPACE_LIST, WORKSPACES

# More than any setting allows, now or before: nobody's workspaces are hidden.
_LISTED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepWorkspaces:
    """Everything that a person can ask of their own workspaces; nobody asks for another's."""

    changes: Changes
    # How many a person may have.
    allowed: int

    async def save(
        self,
        command: SaveCommand,
        *,
        asker: WorkspaceAsker,
        once: Once[SaveResult] | None = None,
    ) -> SaveOutcome:
        """Save a layout: a new name makes a workspace, whoever has seen a known one overwrites it.

        Raises InvalidValue.
        """

        async def save(work: Work) -> SaveResult:
            before = await _workspace_set_of(work, owner=asker.owner)
            saved = before.save(
                command.layout,
                name=command.name,
                id=self.changes.ids.new(),
                at=self.changes.clock.now(),
                expected=command.expected,
                make_default=command.make_default,
                allowed=self.allowed,
            )
            if not isinstance(saved, Saved):
                return saved
            await _store(work, before=before, after=saved.workspace_set)
            kept = WorkspaceContents(**asdict(saved.workspace), layout=command.layout.text)
            if saved.created:
                await work.records(WORKSPACES).add(kept)
            elif not await work.records(WORKSPACES).update(kept):
                raise _changed(asker.owner)
            what = "created" if saved.created else "updated"
            await self._record(
                work, what, saved.workspace, asker=asker, before=before, after=saved.workspace_set
            )
            return saved

        return await self.changes.once(save, tenant_id=asker.owner.tenant_id, once=once)

    async def restore(
        self, *, owner: Owner, workspace_id: UUID | None = None, name: str | None = None
    ) -> Restored:
        """Return the workspace of that id, else of that name, else the default, with its layout.

        Raises WorkspaceNotFound, and StorageCorrupt when the layout is not what was saved.
        """
        async with self.changes.works.look(owner.tenant_id) as look:
            default = await look.records(DEFAULT_WORKSPACES).get(owner.user_id)
            default_id = None if default is None else default.default_id
            kept = look.records(WORKSPACES)
            found: WorkspaceContents | None = None
            if workspace_id is None and name is not None:
                where = {"user_id": owner.user_id, "name": name}
                found = next(iter(await kept.list(limit=1, where=where)), None)
            elif (wanted := workspace_id or default_id) is not None:
                found = await kept.get(wanted)
        if found is None or found.user_id != owner.user_id:
            raise WorkspaceNotFound(workspace_id or name)
        return Restored(workspace=found, is_default=found.id == default_id)

    async def list(self, *, owner: Owner) -> WorkspaceSet:
        """Return all that the person has, in the order they were made; there is a limit."""
        async with self.changes.works.look(owner.tenant_id) as look:
            return await _workspace_set_of(look, owner=owner)

    async def delete(
        self, workspace_id: UUID, *, asker: WorkspaceAsker, expected: Expected = None
    ) -> DeleteOutcome:
        """Delete a workspace with its layout; after the default, the one saved last becomes it.

        Raises WorkspaceNotFound.
        """

        async def delete(work: Work) -> DeleteOutcome:
            before = await _workspace_set_of(work, owner=asker.owner)
            removed = before.remove(workspace_id, expected=expected)
            if isinstance(removed, NoSuchWorkspace):
                raise WorkspaceNotFound(workspace_id)
            if isinstance(removed, OtherVersion):
                return removed
            gone = removed.workspace
            await _store(work, before=before, after=removed.workspace_set)
            if not await work.records(WORKSPACE_LIST).remove(gone.id, version=gone.version):
                raise _changed(asker.owner)
            await self._record(
                work, "deleted", gone, asker=asker, before=before, after=removed.workspace_set
            )
            return removed

        return await self.changes.run(delete, tenant_id=asker.owner.tenant_id)

    async def prefer(self, workspace_id: UUID, *, asker: WorkspaceAsker) -> Preferred:
        """Make a workspace the default: no layout and no version changes.

        Raises WorkspaceNotFound.
        """

        async def prefer(work: Work) -> Preferred:
            before = await _workspace_set_of(work, owner=asker.owner)
            preferred = before.prefer(workspace_id)
            if isinstance(preferred, NoSuchWorkspace):
                raise WorkspaceNotFound(workspace_id)
            if preferred.changed:
                after = preferred.workspace_set
                await _store(work, before=before, after=after)
                await self._record(
                    work,
                    "preferred",
                    preferred.workspace,
                    asker=asker,
                    before=before,
                    after=after,
                )
            return preferred

        return await self.changes.run(prefer, tenant_id=asker.owner.tenant_id)

    async def _record(
        self,
        work: Work,
        what: str,
        workspace: Workspace,
        *,
        asker: WorkspaceAsker,
        before: WorkspaceSet,
        after: WorkspaceSet,
    ) -> None:
        """Say who did what to a workspace: sizes and hashes, never the layout."""
        detail = {"name": workspace.name, **_described(workspace)}
        known = before.find(workspace.id)
        if known is not None and known != workspace:
            detail |= {f"before.{name}": value for name, value in _described(known).items()}
        if before.default_id != after.default_id:
            detail["default"] = str(after.default_id or "")
            detail["before.default"] = str(before.default_id or "")
        await work.audit(
            AuditEntry(
                id=self.changes.ids.new(),
                tenant_id=asker.owner.tenant_id,
                actor=asker.actor,
                action=f"workspace.{what}",
                subject=str(workspace.id),
                at=self.changes.clock.now(),
                trace_id=asker.trace_id,
                detail=tuple(sorted(detail.items())),
            )
        )


def _described(workspace: Workspace) -> dict[str, str]:
    return {
        "version": str(workspace.version),
        "size_bytes": str(workspace.size_bytes),
        "sha256": workspace.sha256.hex(),
    }


async def _workspace_set_of(look: Look, *, owner: Owner) -> WorkspaceSet:
    """Return the owner's workspaces as of one moment, of revision 0 when there never was one."""
    default = await look.records(DEFAULT_WORKSPACES).get(owner.user_id)
    if default is None:
        return WorkspaceSet(owner=owner)
    found = await look.records(WORKSPACE_LIST).list(
        limit=_LISTED_MAX, where={"user_id": owner.user_id}
    )
    try:
        return WorkspaceSet(
            owner=owner,
            revision=default.version,
            workspaces=tuple(found),
            default_id=default.default_id,
        )
    except ValueError as wrong:
        raise StorageCorrupt(f"the workspaces of {owner.user_id}: {wrong}") from wrong


async def _store(work: Work, *, before: WorkspaceSet, after: WorkspaceSet) -> None:
    """Store the default and the count of changes; first, since workspaces refer to it."""
    default = DefaultWorkspace(
        id=after.owner.user_id,
        tenant_id=after.owner.tenant_id,
        version=after.revision,
        default_id=after.default_id,
    )
    if before.revision == 0:
        await work.records(DEFAULT_WORKSPACES).add(default)
    elif not await work.records(DEFAULT_WORKSPACES).update(default):
        raise _changed(after.owner)


def _changed(owner: Owner) -> Conflict:
    return Conflict(f"the workspaces of {owner.user_id} changed meanwhile")
