"""Keep agents, standing alarms of the streams, and requests to restart consumers.

Revision ID: 0006
Revises: 0005
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES = (
    # Ids are ordered by their bytes, as the core orders them.
    """
    CREATE TABLE agents (
        tenant_id uuid NOT NULL REFERENCES tenants,
        id text COLLATE "C" NOT NULL,
        account_id uuid,
        kind text NOT NULL,
        version text NOT NULL,
        state text NOT NULL,
        since timestamptz NOT NULL,
        last_at timestamptz NOT NULL,
        last_sequence bigint NOT NULL,
        heard_at timestamptz NOT NULL,
        desired text NOT NULL DEFAULT 'running',
        desired_by text NOT NULL DEFAULT '',
        desired_at timestamptz,
        PRIMARY KEY (tenant_id, id)
    )""",
    """
    CREATE TABLE stream_alarms (
        kind text NOT NULL,
        subject text NOT NULL,
        value double precision NOT NULL,
        threshold double precision NOT NULL,
        raised_at timestamptz NOT NULL,
        PRIMARY KEY (kind, subject)
    )""",
    """
    CREATE TABLE consumer_restarts (
        id uuid PRIMARY KEY,
        consumer_group text NOT NULL,
        actor text NOT NULL,
        asked_at timestamptz NOT NULL,
        done_at timestamptz
    )""",
    "CREATE INDEX consumer_restarts_latest ON consumer_restarts (consumer_group, id DESC)",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    """Remove them."""
    op.execute("DROP TABLE consumer_restarts, stream_alarms, agents")
