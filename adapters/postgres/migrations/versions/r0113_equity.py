"""Keep what accounts were worth over time."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0113"
down_revision = "0112"


def upgrade() -> None:
    """Create the table."""
    run("tables/performance")
    isolate("equity_history")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE equity_history")
