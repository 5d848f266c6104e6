"""Keep the factors that strategies go by, and what each said."""

from alembic import op

revision = "0129"
down_revision = "0128"


def upgrade() -> None:
    """Add them; who followed signals until now went by nothing else."""
    op.execute(
        "ALTER TABLE strategies"
        " ADD COLUMN weights text NOT NULL DEFAULT '{}',"
        " ADD COLUMN model text NOT NULL DEFAULT ''"
    )
    op.execute(
        "ALTER TABLE strategy_decisions"
        " ALTER COLUMN score DROP NOT NULL,"
        " ADD COLUMN coverage numeric(38, 18) NOT NULL DEFAULT 1,"
        " ADD COLUMN factors text NOT NULL DEFAULT '[]'"
    )


def downgrade() -> None:
    """Drop them, and with them the decisions for which no factor was present."""
    op.execute("DELETE FROM strategy_decisions WHERE score IS NULL")
    op.execute("DELETE FROM strategies WHERE kind <> 'follow'")
    op.execute(
        "ALTER TABLE strategy_decisions DROP COLUMN coverage, DROP COLUMN factors,"
        " ALTER COLUMN score SET NOT NULL"
    )
    op.execute("ALTER TABLE strategies DROP COLUMN weights, DROP COLUMN model")
