"""Let agents be records, and number notices in one place.

Each agent gets an id beside its name, and a count of its changes.
"""

from alembic import op

from adapters.postgres.migrations.scripts import run

revision = "0110"
down_revision = "0109"


def upgrade() -> None:
    """Add them; a process of before writes rows without them."""
    op.execute(
        "ALTER TABLE agents"
        " ADD COLUMN record_id uuid NOT NULL DEFAULT gen_random_uuid()"
        " CONSTRAINT agents_record_id UNIQUE,"
        " ADD COLUMN revision bigint NOT NULL DEFAULT 1"
    )
    run("functions/tell_next")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION tell_next")
    op.execute("ALTER TABLE agents DROP COLUMN record_id, DROP COLUMN revision")
