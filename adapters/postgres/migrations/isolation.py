"""Keep tenants apart in the database: what every table needs, and which tables need none.

A revision that makes a table calls `isolate` with its name. Privileges are no part of a
revision: they belong to a role, which belongs to a server. `settle_privileges`
(adapters/postgres/link/app_role.py) grants them.
"""

from collections.abc import Mapping
from types import MappingProxyType

from alembic import op

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
        "pattern_states": "patterns of the market's prices, which all tenants share",
        "leases": "which process does which work",
        "process_parts": "the health of processes",
        "stream_alarms": "the health of streams",
        "consumer_restarts": "requests of operators to processes",
        "stream_tickets": "sealed, under a key that only the ticket's bearer holds",
        "attempts": "counted before anybody is known, by digests",
        "secret_keys": "versions of the installation's key, which seal every tenant's secrets",
    }
)


def isolate(*tables: str) -> None:
    """Let rows of tables be seen and written for the connection's tenant only.

    Without a tenant there are none. The tables' owner, who migrates and does what concerns
    all tenants, is not bound by it.
    """
    for table in tables:
        own = f"{_COLUMN.get(table, 'tenant_id')} = ballast_tenant()"
        if table in _NOBODYS:
            own += f" OR tenant_id = '{NOBODY}'"
        op.execute(f"CREATE POLICY {POLICY} ON {table} USING ({own}) WITH CHECK ({own})")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
