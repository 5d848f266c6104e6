"""Store changes of books by one pair of functions, whatever they hold."""

from alembic import op

from adapters.postgres.migrations.scripts import run

revision = "0111"
down_revision = "0110"


def upgrade() -> None:
    """Replace them."""
    op.execute("DROP FUNCTION accept_orders, accept_order, commit_books, commit_book")
    run(
        "functions/book_input",
        "functions/broken_fences",
        "functions/move_orders",
        "functions/store_change",
        "functions/store_changes",
    )


def downgrade() -> None:
    """Bring back the four that were."""
    op.execute("DROP FUNCTION store_changes, store_change, move_orders, broken_fences")
    op.execute("DROP TYPE book_input")
    run(
        "functions/commit_book",
        "functions/commit_books",
        "functions/accept_order",
        "functions/accept_orders",
    )
