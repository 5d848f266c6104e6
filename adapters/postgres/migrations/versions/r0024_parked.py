"""Let an order in doubt be sent again, have brokers asked for one, keep breaches acted on.

Revision ID: 0024
Revises: 0023
"""

from alembic import op
from sqlalchemy import text

from adapters.postgres.migrations.isolation import isolate

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_MOVES = "('unknown', 'submitted')"
_BREACHES = """
    CREATE TABLE breaches (
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        rule_id uuid NOT NULL,
        rule_version integer NOT NULL,
        basis text NOT NULL,
        value numeric NOT NULL,
        breached_limit numeric NOT NULL,
        PRIMARY KEY (account_id, rule_id, rule_version)
    )"""
# Whatever revisions have made of the function since: the one place is found in it.
_KEPT = "reason = excluded.reason;"
_MOVED = "reason = excluded.reason,\n            market_at = excluded.market_at;"
_SOURCE = text(
    "SELECT pg_get_functiondef(p.oid) FROM pg_proc p"
    " WHERE p.pronamespace = 'public'::regnamespace AND p.proname = 'commit_book'"
)


def upgrade() -> None:
    """Allow the move, where it is not allowed yet; make the column and the table."""
    op.execute(f"INSERT INTO order_transitions VALUES {_MOVES} ON CONFLICT DO NOTHING")  # noqa: S608 - own names; values are parameters
    op.execute("ALTER TABLE book_checks ADD COLUMN order_id uuid")
    op.execute(_BREACHES)
    isolate("breaches")
    _replace(_KEPT, by=_MOVED)


def downgrade() -> None:
    """Undo it."""
    _replace(_MOVED, by=_KEPT)
    op.execute("DROP TABLE breaches")
    op.execute("ALTER TABLE book_checks DROP COLUMN order_id")
    op.execute(f"DELETE FROM order_transitions WHERE (before, after) IN ({_MOVES})")  # noqa: S608 - own names; values are parameters


def _replace(part: str, *, by: str) -> None:
    """Make the function anew with a part of it replaced, where it has that part."""
    connection = op.get_bind()
    for (source,) in connection.execute(_SOURCE).all():
        if part in source:
            connection.exec_driver_sql(source.replace(part, by))
