"""Create idempotency keys with their answers, and the inbox of commands."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0104"
down_revision = "0103"

_TABLES = ("replies", "claims", "inbox", "command_keys", "disabled_command_keys")


def upgrade() -> None:
    """Create them."""
    run("tables/commands")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP VIEW used_keys")
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
