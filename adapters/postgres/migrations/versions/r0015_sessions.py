"""Create sessions, devices, invitations, and the feed of whose standing changed.

Revision ID: 0015
Revises: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Any number, as long as every version of Ballast uses the same.
_FEED_LOCK = 0x42414C4C4944

_STATEMENTS = (
    """
    ALTER TABLE users
        ADD COLUMN display_name text NOT NULL DEFAULT '',
        ADD COLUMN disabled_at timestamptz,
        ADD COLUMN tokens_from timestamptz""",
    # Whoever is disabled as a member is out as a user.
    """
    UPDATE users SET disabled_at = m.disabled_at, tokens_from = m.disabled_at FROM members m
        WHERE m.id = users.id AND m.disabled_at IS NOT NULL""",
    """
    CREATE TABLE devices (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        digest bytea NOT NULL UNIQUE,
        label text NOT NULL,
        created_at timestamptz NOT NULL,
        seen_at timestamptz NOT NULL
    )""",
    "CREATE INDEX devices_seen ON devices (seen_at)",
    """
    CREATE TABLE sessions (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        device_id uuid,
        device_label text NOT NULL,
        ip text NOT NULL,
        user_agent text NOT NULL,
        opened_at timestamptz NOT NULL,
        authenticated_at timestamptz NOT NULL,
        used_at timestamptz NOT NULL,
        idle interval NOT NULL,
        expires_at timestamptz NOT NULL,
        ended_at timestamptz,
        ending text
    )""",
    "CREATE INDEX sessions_open ON sessions (user_id, id) WHERE ended_at IS NULL",
    "CREATE INDEX sessions_expiry ON sessions (expires_at)",
    """
    CREATE TABLE refresh_tokens (
        digest bytea PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
        issued_at timestamptz NOT NULL,
        used_at timestamptz,
        salt bytea
    )""",
    "CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id)",
    """
    CREATE TABLE invitations (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        email text NOT NULL,
        role text NOT NULL,
        digest bytea NOT NULL UNIQUE,
        invited_by uuid NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        accepted_at timestamptz,
        withdrawn_at timestamptz
    )""",
    "CREATE INDEX invitations_tenant ON invitations (tenant_id, id)",
    """
    CREATE TABLE password_resets (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid NOT NULL REFERENCES users,
        digest bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz
    )""",
    "CREATE INDEX password_resets_user ON password_resets (user_id) WHERE used_at IS NULL",
    """
    CREATE TABLE ended_tokens (
        token_id text PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        expires_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ended_tokens_expiry ON ended_tokens (expires_at)",
    """
    CREATE TABLE disabled_command_keys (
        tenant_id uuid NOT NULL REFERENCES tenants,
        key_id text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (tenant_id, key_id)
    )""",
    """
    CREATE TABLE identity_changes (
        tenant_id uuid NOT NULL REFERENCES tenants,
        user_id uuid,
        session_id uuid,
        token_id text,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
    )""",
    "CREATE INDEX identity_changes_age ON identity_changes USING brin (at)",
    # Whoever tells waits for the one before to be over: numbers come in the order of the
    # commits, and who has read one number never misses a smaller one.
    f"""
    CREATE FUNCTION tell_identity_change(
        p_tenant uuid, p_user uuid, p_session uuid, p_token text, p_kind text, p_at timestamptz
    ) RETURNS bigint LANGUAGE plpgsql AS $$
    DECLARE
        told bigint;
    BEGIN
        PERFORM pg_advisory_xact_lock({_FEED_LOCK});
        INSERT INTO identity_changes (tenant_id, user_id, session_id, token_id, kind, at)
        VALUES (p_tenant, p_user, p_session, p_token, p_kind, p_at) RETURNING seq INTO told;
        PERFORM pg_notify('ballast_wake', 'identity');
        RETURN told;
    END
    $$""",  # noqa: S608 - own names; values are parameters
)


def upgrade() -> None:
    """Make the tables and the function that appends to the feed."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drop them; users who were disabled may come in again."""
    op.execute("DROP FUNCTION tell_identity_change")
    for name in (
        "identity_changes",
        "disabled_command_keys",
        "ended_tokens",
        "password_resets",
        "invitations",
        "refresh_tokens",
        "sessions",
        "devices",
    ):
        op.execute(f"DROP TABLE {name}")
    op.execute(
        "ALTER TABLE users DROP COLUMN display_name, DROP COLUMN disabled_at,"
        " DROP COLUMN tokens_from"
    )
