"""Tell a connection whose rows it may see: row-level security asks its setting.

The setting `ballast.tenant` is read by the policies of every table that holds tenants' rows
(`ballast_tenant()`, see migrations/isolation.py). Empty, no policy lets a row pass.
"""

from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg
from asyncpg.pool import PoolConnectionProxy

Connection: TypeAlias = "PoolConnectionProxy[asyncpg.Record]"

SETTING = "ballast.tenant"
_LOCALLY = f"SELECT set_config('{SETTING}', $1, true)"
_LOCALLY_BY = (
    f"SELECT set_config('{SETTING}', coalesce(tenant, ''), true), tenant FROM"  # noqa: S608 - own names; values are parameters
    " (SELECT {function}($1, $2)::text AS tenant OFFSET 0) found"
)
_BY_ID = _LOCALLY_BY.format(function="tenant_by_id")
_BY_DIGEST = _LOCALLY_BY.format(function="tenant_by_digest")
_BY_CREDENTIAL = _LOCALLY_BY.format(function="tenant_by_credential_id")


class AnotherTenant(Exception):
    """A transaction for one tenant was about to act for a second one: a mistake of ours."""


@dataclass(slots=True)
class TenantScope:
    """Whose rows a connection sees: of its session, and within the transaction it is in.

    session is None while nothing is known of the session's setting, and empty for nobody.
    """

    session: str | None = ""
    within: str | None = None


def scope_of(connection: object) -> TenantScope:
    """Return what is known of a connection of the pool."""
    # The pool's proxy passes on what its class does not declare: mypy sees no such attribute.
    scope: TenantScope = getattr(connection, "tenant_scope")  # noqa: B009
    return scope


async def lend_to(connection: Connection, tenant_id: UUID | None) -> None:
    """Let a connection's session see one tenant's rows, or nobody's.

    Asked at every lending, outside a transaction; it costs a round trip only when the one
    before saw another's.
    """
    scope = scope_of(connection)
    wanted = "" if tenant_id is None else str(tenant_id)
    scope.within = None
    if scope.session != wanted:
        # Broken off here, nobody knows what the session sees: the next one sets it again.
        scope.session = None
        await connection.execute(f"SET {SETTING} = '{wanted}'")
        scope.session = wanted


async def enter(connection: Connection, tenant_id: UUID) -> None:
    """Let the rest of a transaction see one tenant's rows; raises AnotherTenant.

    Not within a savepoint, which takes it back unseen when it is undone.
    """
    scope, wanted = scope_of(connection), str(tenant_id)
    if scope.session not in ("", wanted):
        raise AnotherTenant("lent to one tenant, entered for another")
    if scope.within is None:
        await connection.execute(_LOCALLY, wanted)
        scope.within = wanted
    elif scope.within != wanted:
        raise AnotherTenant("one transaction, two tenants")


async def look(connection: Connection, tenant_id: UUID) -> None:
    """Enter a tenant to read, unless one was entered: then another's rows are not there."""
    if scope_of(connection).within is None:
        await enter(connection, tenant_id)


async def enter_by_id(connection: Connection, *, table: str, id: UUID) -> None:
    """Enter the tenant of a table's row, unless one was entered: then only its rows are seen."""
    await _enter_by(connection, _BY_ID, table, id)


async def enter_by_digest(connection: Connection, *, table: str, digest: bytes) -> None:
    """Enter the tenant of the row with that digest, unless one was entered."""
    await _enter_by(connection, _BY_DIGEST, table, digest)


async def enter_owned(connection: Connection, *, table: str, digest: bytes, nobody: UUID) -> None:
    """Enter the tenant of the row with that digest, if it is a tenant's and none was entered."""
    if scope_of(connection).within is None:
        owner = await connection.fetchval("SELECT tenant_by_digest($1, $2)", table, digest)
        if owner is not None and owner != nobody:
            await enter(connection, owner)


async def enter_by_credential(connection: Connection, *, table: str, credential: bytes) -> None:
    """Enter the tenant of the row with that credential id, unless one was entered."""
    await _enter_by(connection, _BY_CREDENTIAL, table, credential)


async def _enter_by(connection: Connection, query: str, *arguments: Any) -> None:
    scope = scope_of(connection)
    if scope.within is None:
        found = await connection.fetchrow(query, *arguments)
        assert found is not None
        scope.within = found["tenant"]
