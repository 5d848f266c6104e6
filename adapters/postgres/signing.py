"""Let connections carry the key that proves the audit entries stored through them."""

import asyncpg

from domain.audit.macs import AuditKey


class SigningConnection(asyncpg.Connection):
    """A connection that knows its database's key; without one, entries have no proof."""

    __slots__ = ()
    audit_key: AuditKey | None = None


def connections_signing(key: AuditKey | None) -> type[SigningConnection]:
    """Return the class of connections that carry this key."""
    return type("SigningConnection", (SigningConnection,), {"__slots__": (), "audit_key": key})


def key_of(connection: object) -> AuditKey | None:
    """Return the key that a connection of the pool carries."""
    key: AuditKey | None = getattr(connection, "audit_key", None)
    return key
