"""Create signals, in a ring of weeks."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate
from adapters.postgres.migrations.scripts import run

revision = "0126"
down_revision = "0125"

_WEEKS = tuple(f"signals_{week:02}" for week in range(16))


def upgrade() -> None:
    """Create them."""
    run("tables/signals")
    isolate("signals")
    for number, week in enumerate(_WEEKS):
        op.execute(f"CREATE TABLE {week} PARTITION OF signals FOR VALUES IN ({number})")
        # No key of the whole table can stand beside what it is parted by.
        op.execute(f"CREATE UNIQUE INDEX {week}_id ON {week} (tenant_id, id)")
        isolate(week)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE signals")
