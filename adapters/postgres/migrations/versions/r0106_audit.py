"""Create the audit trail and the chain of its links."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0106"
down_revision = "0105"

_TABLES = ("audit", "audit_links")


def upgrade() -> None:
    """Create them."""
    run("tables/audit")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
