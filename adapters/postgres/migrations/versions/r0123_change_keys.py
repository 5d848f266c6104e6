"""Keep with a change that waits the key that signed for it, which may be disabled meanwhile."""

from alembic import op

revision = "0123"
down_revision = "0122"


def upgrade() -> None:
    """Add it; of what waits already no key is known."""
    op.execute("ALTER TABLE pending_changes ADD COLUMN key_id text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE pending_changes ALTER COLUMN key_id DROP DEFAULT")


def downgrade() -> None:
    """Drop it."""
    op.execute("ALTER TABLE pending_changes DROP COLUMN key_id")
