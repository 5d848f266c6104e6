"""Keep as which machine an agent comes in.

Revision ID: 0027
Revises: 0026
"""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a machine is one agent."""
    op.execute("ALTER TABLE agents ADD COLUMN member_id uuid")
    op.execute("CREATE UNIQUE INDEX agents_member ON agents (tenant_id, member_id)")


def downgrade() -> None:
    """Remove it: agents are known by their names alone, and those that were never heard go."""
    op.execute("ALTER TABLE agents DROP COLUMN member_id")
    op.execute("DELETE FROM agents WHERE state = 'awaited'")
