"""Keep from which networks a factor was shown on a device, and which wrong codes came from there.

Revision ID: 0022
Revises: 0021
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A known device is away from home until a factor is shown on it again."""
    op.execute("ALTER TABLE devices ADD COLUMN homes text[] NOT NULL DEFAULT '{}'")
    op.execute("ALTER TABLE factor_tries ADD COLUMN at_home boolean NOT NULL DEFAULT false")


def downgrade() -> None:
    """Wrong codes of a known device count alike, from wherever."""
    op.execute("ALTER TABLE factor_tries DROP COLUMN at_home")
    op.execute("ALTER TABLE devices DROP COLUMN homes")
