"""Let connections carry the key that proves audit entries, and know whose rows they see."""

from typing import Any

import asyncpg

from adapters.postgres.link.tenancy import TenantScope
from domain.audit.macs import AuditKey


class SigningConnection(asyncpg.Connection):
    """A connection that knows its database's key; without one, entries have no proof."""

    __slots__ = ("tenant_scope",)
    audit_key: AuditKey | None = None

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.tenant_scope = TenantScope()


def connections_signing(key: AuditKey | None) -> type[SigningConnection]:
    """Return the class of connections that carry this key."""
    return type("SigningConnection", (SigningConnection,), {"__slots__": (), "audit_key": key})


def key_of(connection: object) -> AuditKey | None:
    """Return the key that a connection of the pool carries."""
    key: AuditKey | None = getattr(connection, "audit_key", None)
    return key
