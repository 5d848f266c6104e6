"""Keep what devices say of themselves, their trust, how users log in, and what they are told.

Revision ID: 0017
Revises: 0016
"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    ALTER TABLE devices
        ADD COLUMN fingerprint json,
        ADD COLUMN fingerprint_digest bytea,
        ADD COLUMN trusted_at timestamptz,
        ADD COLUMN trusted_until timestamptz,
        ADD CONSTRAINT devices_trust CHECK ((trusted_at IS NULL) = (trusted_until IS NULL)),
        ADD CONSTRAINT devices_fingerprint
            CHECK ((fingerprint IS NULL) = (fingerprint_digest IS NULL))""",
    "CREATE INDEX devices_user ON devices (user_id, id)",
    # A log-in's id is its session's, which is forgotten sooner.
    """
    CREATE TABLE login_records (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        at timestamptz NOT NULL,
        network text NOT NULL,
        lat double precision,
        lon double precision,
        place text NOT NULL,
        device_id uuid,
        hour double precision NOT NULL,
        distance_km double precision,
        speed_kmh double precision,
        new_device boolean NOT NULL,
        new_network boolean NOT NULL,
        failures integer NOT NULL,
        fingerprint_changed boolean NOT NULL,
        learned boolean NOT NULL,
        CHECK ((lat IS NULL) = (lon IS NULL))
    )""",
    "CREATE INDEX login_records_user ON login_records (user_id, at, id)",
    "CREATE INDEX login_records_device ON login_records (device_id)",
    """
    CREATE TABLE login_failures (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        at timestamptz NOT NULL,
        network text NOT NULL
    )""",
    "CREATE INDEX login_failures_user ON login_failures (user_id, at, id)",
    """
    CREATE TABLE user_notices (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        detail json NOT NULL,
        read_at timestamptz
    )""",
    "CREATE INDEX user_notices_user ON user_notices (user_id, id)",
)


def upgrade() -> None:
    """Make the columns and tables."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Remove them; no device is trusted then."""
    op.execute("DROP TABLE user_notices, login_failures, login_records")
    op.execute("DROP INDEX devices_user")
    op.execute(
        "ALTER TABLE devices DROP CONSTRAINT devices_trust, DROP CONSTRAINT devices_fingerprint,"
        " DROP COLUMN fingerprint, DROP COLUMN fingerprint_digest, DROP COLUMN trusted_at,"
        " DROP COLUMN trusted_until"
    )
