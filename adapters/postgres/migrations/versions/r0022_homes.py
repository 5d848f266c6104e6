"""Keep where a device is at home, which wrong codes came from there, and who began an enrolment.

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
    op.execute("ALTER TABLE totp_factors ADD COLUMN session_id uuid")


def downgrade() -> None:
    """Wrong codes of a known device count alike, from wherever."""
    op.execute("ALTER TABLE totp_factors DROP COLUMN session_id")
    op.execute("ALTER TABLE factor_tries DROP COLUMN at_home")
    op.execute("ALTER TABLE devices DROP COLUMN homes")
