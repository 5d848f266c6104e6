"""Store the notices of a channel together, where many are told at once."""

from alembic import op

from adapters.postgres.migrations.scripts import run

revision = "0125"
down_revision = "0124"


def upgrade() -> None:
    """Number them by channel."""
    run("functions/tell_next_by_channel")


def downgrade() -> None:
    """Number them one by one."""
    op.execute("DROP FUNCTION tell_next")
    run("functions/tell_next_in_order")
