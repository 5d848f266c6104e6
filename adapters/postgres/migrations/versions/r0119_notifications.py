"""Create notifications: what people are told, on which channels, and how they want it."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0119"
down_revision = "0118"

_OWN = (
    " id uuid PRIMARY KEY,"
    " tenant_id uuid NOT NULL REFERENCES tenants (id),"
    " version bigint NOT NULL,"
)
_USERS = " user_id uuid NOT NULL REFERENCES users (id),"
_TABLES = {
    "notifications": _USERS + " incident uuid NOT NULL,"
    " type text NOT NULL,"
    " priority text NOT NULL,"
    " at timestamptz NOT NULL,"
    " last_at timestamptz NOT NULL,"
    " subject text NOT NULL,"
    " text text NOT NULL,"
    " link text NOT NULL,"
    " dedupe_key text NOT NULL,"
    " times bigint NOT NULL CHECK (times > 0),"
    " shown boolean NOT NULL,"
    " read_at timestamptz,"
    " acknowledged_at timestamptz,"
    " deleted_at timestamptz",
    "notification_deliveries": _USERS
    + " notification_id uuid NOT NULL REFERENCES notifications (id) ON DELETE CASCADE,"
    " channel text NOT NULL,"
    " priority text NOT NULL,"
    " state text NOT NULL"
    "  CHECK (state IN ('queued', 'sending', 'sent', 'failed', 'suppressed')),"
    " reason text NOT NULL,"
    " due_at timestamptz NOT NULL,"
    " made_at timestamptz NOT NULL,"
    " hour bigint NOT NULL,"
    " digest boolean NOT NULL,"
    " round bigint NOT NULL,"
    " attempts bigint NOT NULL,"
    " lease_until timestamptz,"
    " done_at timestamptz,"
    " reference text NOT NULL,"
    " fell boolean NOT NULL,"
    " CHECK ((state = 'sending') = (lease_until IS NOT NULL))",
    "notification_escalations": " type text NOT NULL,"
    " at timestamptz NOT NULL,"
    " subject text NOT NULL,"
    " text text NOT NULL,"
    " link text NOT NULL,"
    " account_id uuid,"
    " notice_id uuid,"
    " rounds bigint NOT NULL,"
    " next_at timestamptz,"
    " acknowledged_by uuid",
    "notification_preferences": _USERS + " type text NOT NULL,"
    " channel text NOT NULL,"
    " enabled boolean NOT NULL,"
    " least_priority text NOT NULL,"
    " quiet_from text NOT NULL,"
    " quiet_to text NOT NULL,"
    " zone text NOT NULL,"
    " digest text NOT NULL,"
    " UNIQUE (user_id, type, channel)",
    "notification_channels": _USERS + " channel text NOT NULL,"
    " shown text NOT NULL,"
    " confirmed_at timestamptz,"
    " pending text NOT NULL,"
    " code_digest bytea,"
    " code_sent_at timestamptz,"
    " code_tries bigint NOT NULL,"
    " codes_today bigint NOT NULL,"
    " UNIQUE (user_id, channel)",
}
_INDEXES = (
    "notifications_of ON notifications (user_id, id)",
    "notifications_incident ON notifications (incident)",
    (
        "notifications_repeated ON notifications (dedupe_key)"
        " WHERE read_at IS NULL AND dedupe_key <> ''"
    ),
    "deliveries_of ON notification_deliveries (notification_id)",
    "deliveries_counted ON notification_deliveries (user_id, channel, hour)",
    "deliveries_open ON notification_deliveries (state, channel, priority, id)",
    "escalations_due ON notification_escalations (next_at) WHERE next_at IS NOT NULL",
)


def upgrade() -> None:
    """Create them."""
    for table, columns in _TABLES.items():
        op.execute(f"CREATE TABLE {table} ({_OWN}{columns})")
    for index in _INDEXES:
        op.execute(f"CREATE INDEX {index}")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM reader_cursors WHERE reader = 'notifications'")
    for table in reversed(_TABLES):
        op.execute(f"DROP TABLE {table} CASCADE")
