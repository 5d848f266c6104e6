"""Find what has served its time without reading whole tables.

Revision ID: 0009
Revises: 0008
"""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INDEXED = {"replies": "at", "inbox": "begun_at", "claims": "lapses_at", "intakes": "at"}


def upgrade() -> None:
    """Index times by ranges of pages: rows come in their order, and an order pays nothing."""
    for table, column in _INDEXED.items():
        op.execute(
            f"CREATE INDEX {table}_age ON {table} USING brin ({column})"
            " WITH (pages_per_range = 32, autosummarize = on)"
        )


def downgrade() -> None:
    """Drop the indexes."""
    for table in _INDEXED:
        op.execute(f"DROP INDEX {table}_age")
