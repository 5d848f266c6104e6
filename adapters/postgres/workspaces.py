"""Keep workspaces in Postgres."""

import hashlib
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

from adapters.postgres import rows
from adapters.postgres.link.database import Database
from adapters.postgres.notices import add_audit
from domain.accounts.change import Reply
from domain.workspaces.layout import Layout
from domain.workspaces.shelf import Owner, Shelf, Workspace
from ports.storage import ConstraintBroken, StorageCorrupt
from ports.workspaces import KeptWorkspace, ShelfChange

_COLUMNS = "w.id, w.name, w.version, w.size_bytes, w.sha256, w.created_at, w.updated_at"
# One statement, one moment: the rows are those of exactly that revision.
_SHELF = (
    f"SELECT s.revision, s.default_id, {_COLUMNS} FROM workspace_shelves s"  # noqa: S608 - own names; values are parameters
    " LEFT JOIN workspaces w ON w.tenant_id = s.tenant_id AND w.user_id = s.user_id"
    " WHERE s.tenant_id = $1 AND s.user_id = $2 ORDER BY w.id"
)
_RESTORE = (
    f"SELECT {_COLUMNS}, w.layout, s.default_id = w.id AS is_default"  # noqa: S608 - own names; values are parameters
    " FROM workspace_shelves s JOIN workspaces w"
    " ON w.tenant_id = s.tenant_id AND w.user_id = s.user_id"
    " WHERE s.tenant_id = $1 AND s.user_id = $2 AND "
)
# The row makes writers of one shelf wait for each other; whoever comes second finds it changed.
_FIRST = (
    "INSERT INTO workspace_shelves (tenant_id, user_id, revision, default_id)"
    " SELECT $1, $2, $4, $5 WHERE $3::bigint = 0"
    " ON CONFLICT (tenant_id, user_id) DO NOTHING RETURNING true"
)
_NEXT = (
    "UPDATE workspace_shelves SET revision = $4, default_id = $5"
    " WHERE tenant_id = $1 AND user_id = $2 AND revision = $3 RETURNING true"
)
_STORE = (
    "INSERT INTO workspaces (id, tenant_id, user_id, name, version, size_bytes, sha256,"
    " created_at, updated_at, layout) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    " ON CONFLICT (id) DO UPDATE SET version = excluded.version,"
    " size_bytes = excluded.size_bytes, sha256 = excluded.sha256,"
    " updated_at = excluded.updated_at, layout = excluded.layout"
    " WHERE workspaces.tenant_id = excluded.tenant_id AND workspaces.user_id = excluded.user_id"
)
_REMOVE = "DELETE FROM workspaces WHERE id = $1 AND tenant_id = $2 AND user_id = $3"
_REPLY = (
    "INSERT INTO replies SELECT $1, $2, $3, $4, $5, now()"
    " WHERE NOT EXISTS (SELECT 1 FROM claims WHERE tenant_id = $1 AND key = $2) RETURNING true"
)


class PostgresWorkspaces:
    """Workspaces in Postgres (port Workspaces)."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    async def shelf(self, *, owner: Owner) -> Shelf:
        """Return the owner's shelf as of one moment."""
        async with self._database.connection(owner.tenant_id) as connection:
            found = await connection.fetch(_SHELF, owner.tenant_id, owner.user_id)
        if not found:
            return Shelf(owner=owner)
        default_id = found[0]["default_id"]
        try:
            return Shelf(
                owner=owner,
                revision=found[0]["revision"],
                workspaces=tuple(_workspace_of(row) for row in found if row["id"] is not None),
                default_id=None if default_id is None else rows.plain_id(default_id),
            )
        except ValueError as wrong:
            raise StorageCorrupt(f"the workspaces of {owner.user_id}: {wrong}") from wrong

    async def restore(
        self, *, owner: Owner, workspace_id: UUID | None = None, name: str | None = None
    ) -> KeptWorkspace | None:
        """Return the owner's workspace of that id, else of that name, else the default."""
        which: tuple[object, ...] = (owner.tenant_id, owner.user_id)
        if workspace_id is not None:
            query, which = f"{_RESTORE}w.id = $3", (*which, workspace_id)
        elif name is not None:
            query, which = f"{_RESTORE}w.name = $3", (*which, name)
        else:
            query = f"{_RESTORE}w.id = s.default_id"
        async with self._database.connection(owner.tenant_id) as connection:
            row = await connection.fetchrow(query, *which)
        if row is None:
            return None
        layout: bytes = row["layout"]
        if hashlib.sha256(layout).digest() != row["sha256"]:
            raise StorageCorrupt(f"the layout of workspace {row['id']} is not what was saved")
        return KeptWorkspace(
            workspace=_workspace_of(row), is_default=row["is_default"], layout=layout
        )

    async def answer(self, *, tenant_id: UUID, key: str) -> Reply | None:
        """Return what is known of an idempotency key."""
        async with self._database.connection(tenant_id) as connection:
            row = await connection.fetchrow(
                "SELECT request_hash, status, body FROM used_keys"
                " WHERE tenant_id = $1 AND key = $2",
                tenant_id,
                key,
            )
        if row is None:
            return None
        return Reply(
            key=key, request_hash=row["request_hash"], status=row["status"], body=row["body"]
        )

    async def commit(self, change: ShelfChange) -> bool:
        """Store all of the change, or nothing."""
        owner = change.before.owner
        async with self._database.transaction(owner.tenant_id) as connection:
            swapped = await connection.fetchval(
                _FIRST if change.before.revision == 0 else _NEXT,
                owner.tenant_id,
                owner.user_id,
                change.before.revision,
                change.after.revision,
                change.after.default_id,
            )
            if not swapped:
                return False
            if change.stored is not None:
                await _store(connection, *change.stored, owner=owner)
            if change.removed is not None:
                await connection.execute(_REMOVE, change.removed, owner.tenant_id, owner.user_id)
            await add_audit(connection, change.audit)
            if change.reply is not None:
                await _answer(connection, change.reply, tenant_id=owner.tenant_id)
        return True


async def _store(
    connection: "PoolConnectionProxy[asyncpg.Record]",
    workspace: Workspace,
    layout: Layout,
    *,
    owner: Owner,
) -> None:
    await connection.execute(
        _STORE,
        workspace.id,
        owner.tenant_id,
        owner.user_id,
        workspace.name,
        workspace.version,
        workspace.size_bytes,
        bytes.fromhex(workspace.sha256),
        workspace.created_at,
        workspace.updated_at,
        layout.text,
    )


async def _answer(
    connection: "PoolConnectionProxy[asyncpg.Record]", reply: Reply, *, tenant_id: UUID
) -> None:
    stored = await connection.fetchval(
        _REPLY, tenant_id, reply.key, reply.request_hash, reply.status, reply.body
    )
    if not stored:
        raise ConstraintBroken(f"key {reply.key!r} is claimed", constraint="replies_key")


def _workspace_of(row: rows.Row) -> Workspace:
    return Workspace(
        id=rows.plain_id(row["id"]),
        name=row["name"],
        version=row["version"],
        size_bytes=row["size_bytes"],
        sha256=row["sha256"].hex(),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
