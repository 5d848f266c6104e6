"""Create orders, what was decided of them, their fills, and what brokers reported."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0103"
down_revision = "0102"

_TABLES = ("orders", "fills", "intakes", "decisions", "decision_rules")
# Without tenants' rows: see isolation.py.
_SHARED = ("order_transitions", "broker_reports", "applied_reports")


def upgrade() -> None:
    """Create them."""
    run("tables/orders", "functions/check_order_move")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {', '.join((*_TABLES, *_SHARED))}")
    op.execute("DROP FUNCTION check_order_move")
