"""Let an order in doubt be sent again, and keep which breaches of limits were released.

Revision ID: 0026
Revises: 0022
"""

from alembic import op

revision = "0026"
down_revision = "0022"
branch_labels = None
depends_on = None

_MOVES = "('unknown', 'submitted')"


def upgrade() -> None:
    """Allow the move, where it is not allowed yet."""
    op.execute(f"INSERT INTO order_transitions VALUES {_MOVES} ON CONFLICT DO NOTHING")
    op.execute("ALTER TABLE book_checks ADD COLUMN order_id uuid")


def downgrade() -> None:
    """Undo it."""
    op.execute("ALTER TABLE book_checks DROP COLUMN order_id")
    op.execute(f"DELETE FROM order_transitions WHERE (before, after) IN ({_MOVES})")
