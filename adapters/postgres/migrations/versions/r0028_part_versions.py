"""Keep which version of Ballast does each part of the work.

Revision ID: 0028
Revises: 0027
"""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who told before this tells again within a second."""
    op.execute("ALTER TABLE process_parts ADD COLUMN version text NOT NULL DEFAULT ''")


def downgrade() -> None:
    """Nobody reads it."""
    op.execute("ALTER TABLE process_parts DROP COLUMN version")
