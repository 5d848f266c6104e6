"""Park replaces in doubt, keep a position's split, part what to send from doubts, halt once.

Revision ID: 0003
Revises: 0002
"""

from alembic import op

from adapters.postgres.migrations.trading_functions import COMMIT_BOOK

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOVES = "('pending_update', 'parked'), ('parked', 'parked')"
_REPLACED = COMMIT_BOOK.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
_INDEXES = """
    CREATE INDEX orders_to_send ON orders (id)
    WHERE (state = 'accepted' AND NOT waiting)
       OR (state IN ('pending_cancel', 'pending_update') AND NOT request_sent);
    CREATE INDEX orders_in_doubt ON orders (id) WHERE state IN ('submitted', 'unknown')
"""
_INDEX = """
    CREATE INDEX orders_work ON orders (id)
    WHERE (state = 'accepted' AND NOT waiting)
       OR (state IN ('pending_cancel', 'pending_update') AND NOT request_sent)
       OR state IN ('submitted', 'unknown')
"""
_LATCHES = "INSERT INTO latches SELECT * FROM unnest(p_latches);"
# One engaged latch per scope and cause is enough; the account's book row is locked.
_ONE_LATCH = """INSERT INTO latches SELECT * FROM unnest(p_latches) l WHERE NOT EXISTS (
            SELECT 1 FROM latches e WHERE e.tenant_id = l.tenant_id
                AND e.account_id IS NOT DISTINCT FROM l.account_id
                AND e.cause = l.cause AND e.released_at IS NULL
        );"""
_LAST_COLUMN = "multiplier = excluded.multiplier"
_STORED = f"{_LAST_COLUMN}, split_on = excluded.split_on, split_from = excluded.split_from"
REPLACED = _REPLACED.replace(_LAST_COLUMN, _STORED).replace(_LATCHES, _ONE_LATCH)


def upgrade() -> None:
    """Allow the moves, where they are not allowed yet; store the column; part the work."""
    op.execute(f"INSERT INTO order_transitions VALUES {_MOVES} ON CONFLICT DO NOTHING")  # noqa: S608 - own names; values are parameters
    op.execute(
        "ALTER TABLE positions ADD COLUMN split_on date,"
        " ADD COLUMN split_from numeric NOT NULL DEFAULT 0"
    )
    # Splits up to an account's trading day are in its positions already.
    op.execute(
        "UPDATE positions SET split_on = books.day_date FROM books"
        " WHERE books.account_id = positions.account_id"
    )
    op.execute(REPLACED)
    for statement in _INDEXES.split(";"):
        op.execute(statement)
    op.execute("DROP INDEX orders_work")


def downgrade() -> None:
    """Undo all of it."""
    op.execute("DROP INDEX orders_to_send, orders_in_doubt")
    op.execute(_INDEX)
    op.execute(_REPLACED)
    op.execute("ALTER TABLE positions DROP COLUMN split_on, DROP COLUMN split_from")
    op.execute(f"DELETE FROM order_transitions WHERE (before, after) IN ({_MOVES})")  # noqa: S608 - own names; values are parameters
