"""Keep from where wrong codes came, on which devices a factor was shown, and addresses by tenant.

Revision ID: 0021
Revises: 0019
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Wrong codes from before count as strangers' of one network.
    """
    ALTER TABLE factor_tries
        ADD COLUMN network text NOT NULL DEFAULT '', ADD COLUMN device_id uuid""",
    "ALTER TABLE devices ADD COLUMN proven_at timestamptz",
    # Over all tenants it told one of them that another has an address.
    "DROP INDEX users_email",
    "CREATE UNIQUE INDEX users_email ON users (tenant_id, lower(email))",
    "CREATE INDEX users_address ON users (lower(email))",
)


def upgrade() -> None:
    """Add the columns."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them: all wrong codes of a user count together.

    Fails where two tenants have users of one address.
    """
    op.execute("DROP INDEX users_address")
    op.execute("DROP INDEX users_email")
    op.execute("CREATE UNIQUE INDEX users_email ON users (lower(email))")
    op.execute("ALTER TABLE devices DROP COLUMN proven_at")
    op.execute("ALTER TABLE factor_tries DROP COLUMN network, DROP COLUMN device_id")
