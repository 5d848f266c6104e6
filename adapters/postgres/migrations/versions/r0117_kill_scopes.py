"""Let a latch stop a strategy, a broker, a symbol or the whole firm, wholly or but reductions."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run
from domain.audit.entry import NOBODY

revision = "0117"
down_revision = "0116"

_STORE = "DROP FUNCTION store_changes, store_change"


def upgrade() -> None:
    """Add what they name, how far each venue is, and what is to be answered for."""
    op.execute(
        "ALTER TABLE latches"
        " ADD COLUMN strategy_id text, ADD COLUMN broker text, ADD COLUMN symbol text,"
        " ADD COLUMN level text NOT NULL DEFAULT 'halted'"
    )
    op.execute(
        "CREATE TABLE latch_venues ("
        " latch_id uuid NOT NULL REFERENCES latches (id) ON DELETE CASCADE,"
        " tenant_id uuid NOT NULL,"
        " broker text NOT NULL,"
        " dispatched_at timestamptz,"
        " acknowledged_at timestamptz,"
        " canceled_at timestamptz,"
        " flat_at timestamptz,"
        " broker_confirmed_at timestamptz,"
        " round_trip_ms numeric,"
        " problem text NOT NULL DEFAULT '',"
        " PRIMARY KEY (latch_id, broker))"
    )
    isolate("latch_venues")
    for table in ("latches", "latch_venues"):
        # Whoever is stopped sees by what; nobody's rows are the operator's to write.
        op.execute(f"CREATE POLICY firm ON {table} FOR SELECT USING (tenant_id = '{NOBODY}')")
    op.execute(
        "ALTER TABLE user_notices"
        " ADD COLUMN priority text NOT NULL DEFAULT 'MEDIUM',"
        " ADD COLUMN acknowledged_at timestamptz"
    )
    run(
        "functions/order_fences",
        "functions/store_change_fenced",
        "functions/store_changes_fenced",
    )
    op.execute("DROP FUNCTION broken_fences(uuid, uuid, bigint, boolean)")


def downgrade() -> None:
    """Drop them; a latch that only they can tell of stops its whole tenant."""
    op.execute("DROP FUNCTION broken_fences(uuid, uuid, bigint, boolean, orders[])")
    op.execute(_STORE)
    run("functions/broken_fences", "functions/store_change", "functions/store_changes")
    op.execute("ALTER TABLE user_notices DROP COLUMN priority, DROP COLUMN acknowledged_at")
    op.execute("DROP POLICY firm ON latches")
    op.execute("DROP TABLE latch_venues")
    op.execute(
        "ALTER TABLE latches DROP COLUMN strategy_id, DROP COLUMN broker, DROP COLUMN symbol,"
        " DROP COLUMN level"
    )
