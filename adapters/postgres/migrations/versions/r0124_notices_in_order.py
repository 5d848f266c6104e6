"""Publish a tenant's notices in the order of their numbers, whichever transaction began first."""

from alembic import op

from adapters.postgres.migrations.scripts import run

revision = "0124"
down_revision = "0123"


def upgrade() -> None:
    """Number and place them."""
    run("functions/tell_next_in_order")


def downgrade() -> None:
    """Number them alone."""
    op.execute("DROP FUNCTION tell_next")
    run("functions/tell_next")
