"""Let passwords that were drawn for somebody lapse, and find enrolments that nobody confirmed.

Revision ID: 0020
Revises: 0019
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Passwords of before stay as they are."""
    op.execute("ALTER TABLE users ADD COLUMN password_until timestamptz")
    op.execute(
        "CREATE INDEX totp_factors_unconfirmed ON totp_factors (created_at)"
        " WHERE confirmed_at IS NULL"
    )


def downgrade() -> None:
    """Passwords that were drawn last for ever again."""
    op.execute("DROP INDEX totp_factors_unconfirmed")
    op.execute("ALTER TABLE users DROP COLUMN password_until")
