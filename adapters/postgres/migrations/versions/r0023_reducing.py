"""Find an account's order messages that only reduced apart from all others.

Revision ID: 0023
Revises: 0022
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The content of such a message begins with the word (domain/accounts/book.py)."""
    op.execute("DROP INDEX intakes_account")
    op.execute(
        "CREATE INDEX intakes_account ON intakes"
        " (account_id, (starts_with(fingerprint, 'reducing ')), at)"
    )


def downgrade() -> None:
    """All messages of an account count alike."""
    op.execute("DROP INDEX intakes_account")
    op.execute("CREATE INDEX intakes_account ON intakes (account_id, at)")
