"""Let deliveries wait for nothing, and tell who sends one by no clock on the wall."""

from alembic import op

revision = "0131"
down_revision = "0130"


def upgrade() -> None:
    """Drop what was compared with a clock that can be set."""
    op.execute("ALTER TABLE notification_deliveries DROP COLUMN lease_until")
    op.execute("ALTER TABLE notification_deliveries ALTER COLUMN due_at DROP NOT NULL")


def downgrade() -> None:
    """Put it back."""
    op.execute("UPDATE notification_deliveries SET due_at = made_at WHERE due_at IS NULL")
    op.execute("ALTER TABLE notification_deliveries ALTER COLUMN due_at SET NOT NULL")
    op.execute("ALTER TABLE notification_deliveries ADD COLUMN lease_until timestamptz")
    op.execute("UPDATE notification_deliveries SET lease_until = made_at WHERE state = 'sending'")
    op.execute(
        "ALTER TABLE notification_deliveries"
        " ADD CHECK ((state = 'sending') = (lease_until IS NOT NULL))"
    )
