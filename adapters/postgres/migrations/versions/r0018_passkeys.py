"""Keep passkeys, and the challenges that they are to answer.

Revision ID: 0018
Revises: 0017
"""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE passkeys (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        credential_id bytea NOT NULL UNIQUE,
        public_key bytea NOT NULL,
        sign_count bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
        transports text[] NOT NULL,
        aaguid uuid NOT NULL,
        backup_eligible boolean NOT NULL,
        backed_up boolean NOT NULL CHECK (backup_eligible OR NOT backed_up),
        label text NOT NULL,
        created_at timestamptz NOT NULL,
        used_at timestamptz
    )""",
    "CREATE INDEX passkeys_user ON passkeys (user_id, id)",
    # Those of a log-in are asked of nobody known yet: they are the nil tenant's, which no
    # row of tenants has.
    """
    CREATE TABLE passkey_challenges (
        digest bytea PRIMARY KEY,
        tenant_id uuid NOT NULL,
        purpose text NOT NULL,
        user_id uuid,
        bound_to uuid,
        expires_at timestamptz NOT NULL
    )""",
    "CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them; everybody logs in by password again."""
    op.execute("DROP TABLE passkey_challenges, passkeys")
