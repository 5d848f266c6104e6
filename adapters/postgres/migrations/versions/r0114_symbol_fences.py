"""Fence orders of one tenant in one symbol, and keep which strategies a rule has stopped."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0114"
down_revision = "0113"


def upgrade() -> None:
    """Create the numbers, and the functions that look at them."""
    run("functions/symbol_fences")
    isolate("symbol_fences")
    op.execute(
        "CREATE TABLE strategy_stops ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL,"
        " rule_id uuid NOT NULL,"
        " strategy text NOT NULL,"
        " executions integer NOT NULL,"
        " stopped_at timestamptz NOT NULL,"
        " enabled_at timestamptz,"
        " enabled_by text NOT NULL,"
        " reason text NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, rule_id, strategy))"
    )
    isolate("strategy_stops")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION stale_symbols, raised_symbols")
    op.execute("DROP TABLE symbol_fences, strategy_stops")
