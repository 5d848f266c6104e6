"""Keep tenants apart in the database: what every table needs, and which tables need none.

A revision that makes a table calls `isolate` with its name; those before the one that began
it were covered by `isolate_all`. Privileges are no part of a revision: they belong to a role,
which belongs to a server. `settle_privileges` (adapters/postgres/link/app_role.py) grants them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from alembic import op
from sqlalchemy import text

from domain.audit.entry import NOBODY

POLICY = "tenant"
# Of which tenant a row is, where it is not tenant_id.
_COLUMN = {"tenants": "id"}
# Where rows of nobody are everybody's: what a log-in is asked before anyone is known.
_NOBODYS = frozenset({"passkey_challenges"})

# Tables that hold no tenant's rows, and why each may be without a policy.
SHARED: Mapping[str, str] = MappingProxyType(
    {
        "alembic_version": "the revision of the tables",
        "ballast_meta": "the identity of the installation",
        "order_transitions": "which moves of an order are legal: a constant",
        "broker_reports": "up to which number a broker's reports were applied",
        "applied_reports": "which numbers of a broker's reports were applied",
        "reader_cursors": "how far the background has read the journal",
        "replay_cursors": "the market's replay, which all tenants share",
        "replay_pulses": "the market's replay, which all tenants share",
        "replay_wishes": "the market's replay, which all tenants share",
        "leases": "which process does which work",
        "process_parts": "the health of processes",
        "stream_alarms": "the health of streams",
        "consumer_restarts": "requests of operators to processes",
        "stream_tickets": "sealed, under a key that only the ticket's bearer holds",
        "attempts": "counted before anybody is known, by digests",
        "secret_keys": "versions of the installation's key, which seal every tenant's secrets",
    }
)

TENANT = """
    CREATE FUNCTION ballast_tenant() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('ballast.tenant', true), '')::uuid"""

# For whoever holds a token or an id and no tenant yet: whose row it is, and nothing else.
# Temporary things are looked for last, as nowhere they are first: a view of the caller's by
# the name of pg_policies would run the caller's functions with the owner's rights.
_LOOKUP = """
    CREATE FUNCTION tenant_by_{column}(p_table text, p_value {kind}) RETURNS uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
    DECLARE
        found uuid;
    BEGIN
        IF NOT EXISTS (
            SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = p_table
        ) THEN
            RAISE EXCEPTION 'table % is not a tenant''s', p_table USING ERRCODE = '42P01';
        END IF;
        EXECUTE format('SELECT tenant_id FROM public.%I WHERE {column} = $1', p_table)
            INTO found USING p_value;
        RETURN found;
    END
    $$"""
_KEYS = (("id", "uuid"), ("digest", "bytea"), ("credential_id", "bytea"))
LOOKUPS = tuple(_LOOKUP.format(column=column, kind=kind) for column, kind in _KEYS)

_TENANTS_TABLES = text(
    "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
    " AND c.relkind IN ('r', 'p') AND (c.relname = 'tenants' OR EXISTS ("
    "SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'tenant_id'"
    " AND NOT a.attisdropped)) ORDER BY c.relname"
)


def isolate(table: str) -> None:
    """Let rows of a table be seen and written for the connection's tenant only.

    Without a tenant there are none. The table's owner, who migrates and does what concerns
    all tenants, is not bound by it.
    """
    own = f"{_COLUMN.get(table, 'tenant_id')} = ballast_tenant()"
    if table in _NOBODYS:
        own += f" OR tenant_id = '{NOBODY}'"
    op.execute(f"CREATE POLICY {POLICY} ON {table} USING ({own}) WITH CHECK ({own})")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")


def isolate_all() -> None:
    """Isolate every table that has tenants' rows, whichever revision made it."""
    for (table,) in op.get_bind().execute(_TENANTS_TABLES).all():
        isolate(table)


def release_all() -> None:
    """Undo it."""
    for (table,) in op.get_bind().execute(_TENANTS_TABLES).all():
        op.execute(f"DROP POLICY {POLICY} ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
