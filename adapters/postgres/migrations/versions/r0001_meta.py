"""Make the table that tells one installation from another."""

from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Give the database an identity, once."""
    op.execute(
        """
        CREATE TABLE ballast_meta (
            only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
            instance_id uuid NOT NULL DEFAULT gen_random_uuid(),
            created_at timestamptz NOT NULL DEFAULT now()
        )
        """
    )
    op.execute("INSERT INTO ballast_meta DEFAULT VALUES")


def downgrade() -> None:
    """Take the identity away."""
    op.execute("DROP TABLE ballast_meta")
