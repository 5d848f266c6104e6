"""Let a latch hold the release that was asked for until it is done."""

from alembic import op

revision = "0122"
down_revision = "0121"


def upgrade() -> None:
    """Add it: a text that is compared as a whole."""
    op.execute("ALTER TABLE latches ADD COLUMN releasing text")


def downgrade() -> None:
    """Drop it: whoever had asked asks again, and until then the latch holds."""
    op.execute("ALTER TABLE latches DROP COLUMN releasing")
