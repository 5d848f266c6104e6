"""Create the books of trading: tenants, accounts, orders, ledger, journal, latches.

Revision ID: 0002
Revises: 0001
"""

from alembic import op

from adapters.postgres.migrations.trading_functions import FUNCTIONS
from adapters.postgres.migrations.trading_tables import TABLES

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create tables first, then the functions and triggers that guard them."""
    for statement in (*TABLES, *FUNCTIONS):
        op.execute(statement)


def downgrade() -> None:
    """Drop everything that this revision made."""
    for name in (
        "replay_cursors",
        "reader_cursors",
        "broker_reports",
        "replies",
        "claims",
        "notices",
        "audit",
        "decisions",
        "decision_rules",
        "intakes",
        "postings",
        "ledger",
        "fills",
        "positions",
        "orders",
        "books",
        "accounts",
        "portfolios",
        "latches",
        "passcodes",
        "risk_rules",
        "rule_sets",
        "users",
        "tenants",
        "order_transitions",
    ):
        op.execute(f"DROP TABLE IF EXISTS {name} CASCADE")
    op.execute("DROP FUNCTION IF EXISTS commit_book CASCADE")
    op.execute("DROP FUNCTION IF EXISTS commit_books CASCADE")
    op.execute("DROP FUNCTION IF EXISTS refuse_change CASCADE")
    op.execute("DROP FUNCTION IF EXISTS check_order_move CASCADE")
    op.execute("DROP FUNCTION IF EXISTS check_balance CASCADE")
    op.execute("DROP TYPE IF EXISTS notice_input")
