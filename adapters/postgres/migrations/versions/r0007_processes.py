"""Create what several processes of one database share: leases, health, tickets, attempts.

Revision ID: 0007
Revises: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = (
    # The row stays when a lease is given back: a token must never be used twice.
    """
    CREATE TABLE leases (
        name text PRIMARY KEY,
        holder text NOT NULL,
        token bigint NOT NULL,
        expires_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE process_parts (
        part text PRIMARY KEY,
        state text NOT NULL,
        required boolean NOT NULL,
        detail text NOT NULL,
        since timestamptz NOT NULL,
        told_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE replay_pulses (
        name text PRIMARY KEY,
        state text NOT NULL,
        told_at timestamptz NOT NULL
    )""",
    "CREATE TABLE replay_wishes (name text PRIMARY KEY, paused boolean NOT NULL)",
    """
    CREATE TABLE book_checks (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
        answered_at timestamptz,
        problem text
    )""",
    "CREATE INDEX book_checks_open ON book_checks (asked_at) WHERE answered_at IS NULL",
    """
    CREATE TABLE stream_tickets (
        digest bytea PRIMARY KEY,
        sealed bytea NOT NULL,
        lapses_at timestamptz NOT NULL
    )""",
    "CREATE INDEX stream_tickets_lapse ON stream_tickets (lapses_at)",
    """
    CREATE TABLE attempts (
        key bytea PRIMARY KEY,
        failures integer NOT NULL,
        open_at timestamptz NOT NULL
    )""",
    "CREATE INDEX attempts_open ON attempts (open_at)",
)


def upgrade() -> None:
    """Create the tables."""
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: none holds what cannot be made again."""
    for name in (
        "attempts",
        "stream_tickets",
        "book_checks",
        "replay_wishes",
        "replay_pulses",
        "process_parts",
        "leases",
    ):
        op.execute(f"DROP TABLE IF EXISTS {name}")
