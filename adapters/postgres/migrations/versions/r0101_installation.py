"""Create what the installation is: its identity, its tenants, what its processes share."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0101"
down_revision = None

_SHARED = "ballast_meta, leases, process_parts, stream_alarms, consumer_restarts, attempts, tenants"
_FUNCTIONS = (
    "tenant_by_id",
    "tenant_by_digest",
    "tenant_by_credential_id",
    "refuse_change",
    "ballast_tenant",
)


def upgrade() -> None:
    """Create the tables, and the functions that all others rely on."""
    run("tables/installation", *(f"functions/{name}" for name in _FUNCTIONS))
    isolate("tenants")


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {_SHARED}")
    op.execute(f"DROP FUNCTION {', '.join(_FUNCTIONS)}")
