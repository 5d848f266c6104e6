"""Count what a stop cancelled, keep which command keys there are, find what was reviewed.

Revision ID: 0030
Revises: 0022
"""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0030"
down_revision = "0022"
branch_labels = None
depends_on = None

_KEYS = """
    CREATE TABLE command_keys (
        tenant_id uuid NOT NULL REFERENCES tenants,
        key_id text NOT NULL,
        PRIMARY KEY (tenant_id, key_id)
    )"""


def upgrade() -> None:
    """Add the column, the table and the index."""
    op.execute("ALTER TABLE latches ADD COLUMN orders_cancelled integer NOT NULL DEFAULT 0")
    op.execute(_KEYS)
    # By the entry that was looked at.
    op.execute(
        "CREATE INDEX audit_reviews ON audit (tenant_id, subject, seq)"
        " WHERE action = 'audit.review'"
    )
    isolate("command_keys")


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP INDEX audit_reviews")
    op.execute("DROP TABLE command_keys")
    op.execute("ALTER TABLE latches DROP COLUMN orders_cancelled")
