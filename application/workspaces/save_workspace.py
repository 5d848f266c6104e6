"""Save a layout under a name."""

from dataclasses import dataclass

from application.workspaces.commands import (
    SaveCommand,
    SaveIdempotency,
    SaveKeyReused,
    SaveOutcome,
    SaveReplayed,
    WorkspaceAsker,
)
from application.workspaces.desk import WorkspaceDesk
from domain.accounts.change import Reply
from domain.workspaces.shelf import Saved, Shelf
from ports.storage import ConstraintBroken
from ports.workspaces import ShelfChange


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveWorkspace:
    """A new name makes a workspace; a known one is overwritten by whoever has seen it."""

    desk: WorkspaceDesk
    # How many a person may have.
    allowed: int

    async def __call__(
        self,
        command: SaveCommand,
        *,
        asker: WorkspaceAsker,
        idempotency: SaveIdempotency | None,
    ) -> SaveOutcome:
        """Return what was saved, or why nothing was; raises InvalidValue."""

        async def decide(shelf: Shelf) -> tuple[SaveOutcome, ShelfChange | None]:
            if idempotency is not None:
                known = await self.desk.workspaces.answer(
                    tenant_id=asker.owner.tenant_id, key=idempotency.key
                )
                if known is not None:
                    return _again(known, idempotency), None
            saved = shelf.save(
                command.layout,
                name=command.name,
                id=self.desk.ids.new(),
                at=self.desk.clock.now(),
                expected=command.expected,
                make_default=command.make_default,
                allowed=self.allowed,
            )
            if not isinstance(saved, Saved):
                return saved, None
            what = "created" if saved.created else "updated"
            return saved, ShelfChange(
                before=shelf,
                after=saved.shelf,
                stored=(saved.workspace, command.layout),
                audit=self.desk.entry(
                    saved.workspace, what=what, asker=asker, before=shelf, after=saved.shelf
                ),
                reply=None if idempotency is None else _reply(saved, idempotency),
            )

        try:
            return await self.desk.change(decide, asker=asker)
        except ConstraintBroken:
            if idempotency is None:
                raise
            # The key was taken meanwhile: answer as its first request was.
            return await self.desk.change(decide, asker=asker)


def _reply(saved: Saved, idempotency: SaveIdempotency) -> Reply:
    status, body = idempotency.render(saved)
    return Reply(
        key=idempotency.key, request_hash=idempotency.request_hash, status=status, body=body
    )


def _again(known: Reply, idempotency: SaveIdempotency) -> SaveReplayed | SaveKeyReused:
    if known.request_hash != idempotency.request_hash:
        return SaveKeyReused()
    return SaveReplayed(status=known.status, body=known.body)
