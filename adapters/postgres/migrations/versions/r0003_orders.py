"""Let a replace in doubt be parked.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOVES = "('pending_update', 'parked'), ('parked', 'parked')"


def upgrade() -> None:
    """Allow the moves; a database made by this version has them already."""
    op.execute(f"INSERT INTO order_transitions VALUES {_MOVES} ON CONFLICT DO NOTHING")


def downgrade() -> None:
    """Forbid them again."""
    op.execute(f"DELETE FROM order_transitions WHERE (before, after) IN ({_MOVES})")
