"""Keep which version of Ballast does each part of the work.

Revision ID: 0026
Revises: 0025
"""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Who told before this tells again within a second."""
    op.execute("ALTER TABLE process_parts ADD COLUMN version text NOT NULL DEFAULT ''")


def downgrade() -> None:
    """Nobody reads it."""
    op.execute("ALTER TABLE process_parts DROP COLUMN version")
