"""Create the journal of notices and its readers, and the functions that store orders."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0109"
down_revision = "0108"

_TABLES = ("notices",)
# Without tenants' rows: see isolation.py.
_SHARED = ("reader_cursors", "stream_tickets", "replay_cursors", "replay_pulses", "replay_wishes")
_INPUTS = (
    "position_input",
    "decision_input",
    "decision_rule_input",
    "intake_input",
    "posting_input",
    "notice_input",
    "audit_input",
)


def upgrade() -> None:
    """Create them."""
    run(
        "tables/streams",
        "functions/inputs",
        "functions/commit_book",
        "functions/commit_books",
        "functions/accept_order",
        "functions/accept_orders",
        "functions/stale_beside",
    )
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP FUNCTION stale_beside, accept_orders, accept_order, commit_books, commit_book")
    op.execute(f"DROP TABLE {', '.join((*_TABLES, *_SHARED))}")
    op.execute(f"DROP TYPE {', '.join(_INPUTS)}")
