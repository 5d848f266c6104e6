"""Create risk rules, breaches acted on, and the kill switch's latches."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0105"
down_revision = "0104"

_TABLES = ("rule_sets", "risk_rules", "breaches", "latches", "passcodes")


def upgrade() -> None:
    """Create them."""
    run("tables/risk")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
