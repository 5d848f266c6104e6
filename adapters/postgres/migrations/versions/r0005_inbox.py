"""Keep which commands were begun, for those whose effect and answer are stored apart.

Revision ID: 0005
Revises: 0004
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the inbox; answers lie in `replies`, under the command's own key."""
    op.execute(
        """
        CREATE TABLE inbox (
            tenant_id uuid NOT NULL,
            command_id uuid NOT NULL,
            content_hash bytea NOT NULL,
            begun_at timestamptz NOT NULL,
            PRIMARY KEY (tenant_id, command_id)
        )
        """
    )


def downgrade() -> None:
    """Take it away."""
    op.execute("DROP TABLE inbox")
