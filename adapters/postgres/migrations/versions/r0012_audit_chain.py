"""Let audit entries prove themselves, say where they came from, and stand in a chain.

Revision ID: 0012
Revises: 0011
"""

from alembic import op

from adapters.postgres.migrations.audit_chain import (
    DROPPED_FUNCTIONS,
    DROPPED_TABLES,
    FUNCTIONS,
    FUNCTIONS_BEFORE,
    TABLES,
)

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the chain, and the functions that fill them."""
    for statement in (*TABLES, *DROPPED_FUNCTIONS, *FUNCTIONS):
        op.execute(statement)


def downgrade() -> None:
    """Go back to entries without proof."""
    for statement in (*DROPPED_FUNCTIONS, *DROPPED_TABLES, *FUNCTIONS_BEFORE):
        op.execute(statement)
