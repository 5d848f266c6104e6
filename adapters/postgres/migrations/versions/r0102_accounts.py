"""Create accounts, their books and their ledger."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0102"
down_revision = "0101"

_TABLES = ("portfolios", "accounts", "books", "positions", "ledger", "postings", "book_checks")


def upgrade() -> None:
    """Create them."""
    run("tables/accounts", "functions/check_balance")
    isolate(*_TABLES)


def downgrade() -> None:
    """Drop them."""
    op.execute(f"DROP TABLE {', '.join(_TABLES)}")
    op.execute("DROP FUNCTION check_balance")
