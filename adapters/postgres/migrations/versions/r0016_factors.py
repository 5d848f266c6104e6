"""Create second factors, challenges, and requests to get in without them.

Revision ID: 0016
Revises: 0015
"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # The seed is among the secrets, under the row's id.
    """
    CREATE TABLE totp_factors (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        label text NOT NULL,
        created_at timestamptz NOT NULL,
        confirmed_at timestamptz,
        removed_at timestamptz,
        last_step bigint NOT NULL,
        last_used_at timestamptz
    )""",
    "CREATE INDEX totp_factors_user ON totp_factors (user_id, id) WHERE removed_at IS NULL",
    "CREATE INDEX totp_factors_removed ON totp_factors (removed_at) WHERE removed_at IS NOT NULL",
    """
    CREATE TABLE backup_codes (
        digest bytea PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        created_at timestamptz NOT NULL,
        spent_at timestamptz
    )""",
    "CREATE INDEX backup_codes_user ON backup_codes (user_id) WHERE spent_at IS NULL",
    "CREATE INDEX backup_codes_spent ON backup_codes (spent_at) WHERE spent_at IS NOT NULL",
    """
    CREATE TABLE login_challenges (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        digest bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        lasting boolean NOT NULL,
        remember boolean NOT NULL,
        device_label text NOT NULL,
        tries integer NOT NULL CHECK (tries >= 0),
        used_at timestamptz
    )""",
    "CREATE INDEX login_challenges_user ON login_challenges (user_id) WHERE used_at IS NULL",
    "CREATE INDEX login_challenges_expiry ON login_challenges (expires_at)",
    """
    CREATE TABLE factor_tries (
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        at timestamptz NOT NULL
    )""",
    "CREATE INDEX factor_tries_user ON factor_tries (user_id, at)",
    "CREATE INDEX factor_tries_age ON factor_tries (at)",
    """
    CREATE TABLE factor_recoveries (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        asked_at timestamptz NOT NULL,
        effective_at timestamptz NOT NULL,
        done_at timestamptz,
        canceled_at timestamptz
    )""",
    # A user has one open request at most.
    """
    CREATE UNIQUE INDEX factor_recoveries_open ON factor_recoveries (user_id)
        WHERE done_at IS NULL AND canceled_at IS NULL""",
    """
    CREATE INDEX factor_recoveries_due ON factor_recoveries (effective_at)
        WHERE done_at IS NULL AND canceled_at IS NULL""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; users log in with their passwords alone."""
    op.execute("DELETE FROM secrets WHERE table_name = 'totp_factors'")
    for name in (
        "factor_recoveries",
        "factor_tries",
        "login_challenges",
        "backup_codes",
        "totp_factors",
    ):
        op.execute(f"DROP TABLE {name}")
