"""Keep from where wrong codes came, on which devices a factor was shown, and addresses by tenant.

Revision ID: 0021
Revises: 0019
"""

from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Wrong codes from before count as strangers' of one network.
    """
    ALTER TABLE factor_tries
        ADD COLUMN network text NOT NULL DEFAULT '', ADD COLUMN device_id uuid""",
    "ALTER TABLE devices ADD COLUMN proven_at timestamptz",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them: all wrong codes of a user count together."""
    op.execute("ALTER TABLE devices DROP COLUMN proven_at")
    op.execute("ALTER TABLE factor_tries DROP COLUMN network, DROP COLUMN device_id")
