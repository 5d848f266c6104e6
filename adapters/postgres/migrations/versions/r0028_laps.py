"""Count how often the replay was begun, with it and with every book.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the counts; a replay at the start of a lap has no time yet."""
    op.execute("ALTER TABLE books ADD COLUMN lap integer NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE replay_cursors ADD COLUMN lap integer NOT NULL DEFAULT 1")
    op.execute("ALTER TABLE replay_cursors ALTER COLUMN at DROP NOT NULL")


def downgrade() -> None:
    """Forget them."""
    op.execute("DELETE FROM replay_cursors WHERE at IS NULL")
    op.execute("ALTER TABLE replay_cursors ALTER COLUMN at SET NOT NULL")
    op.execute("ALTER TABLE replay_cursors DROP COLUMN lap")
    op.execute("ALTER TABLE books DROP COLUMN lap")
