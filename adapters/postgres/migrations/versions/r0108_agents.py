"""Create agents, and people's workspaces."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0108"
down_revision = "0107"

_TABLES = ("agents", "workspace_shelves", "workspaces")


def upgrade() -> None:
    """Create them."""
    run("tables/agents")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("ALTER TABLE workspace_shelves DROP CONSTRAINT workspace_shelves_default")
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
