"""Create how sources of texts are, and say of each text what scored it."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0132"
down_revision = "0131"


def upgrade() -> None:
    """Create them; of texts that were kept before nobody knows what scored them."""
    op.execute(
        "CREATE TABLE news_sources ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " name text NOT NULL,"
        " looked_at timestamptz,"
        " answered_at timestamptz,"
        " taken bigint NOT NULL,"
        " error text NOT NULL,"
        " next_at timestamptz NOT NULL,"
        " silent_at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, name))"
    )
    isolate("news_sources")
    op.execute("ALTER TABLE sentiment_items ADD COLUMN scorer text NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE sentiment_items ADD COLUMN scorer_version text NOT NULL DEFAULT ''")
    for column in ("scorer", "scorer_version"):
        op.execute(f"ALTER TABLE sentiment_items ALTER COLUMN {column} DROP DEFAULT")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE news_sources")
    op.execute("ALTER TABLE sentiment_items DROP COLUMN scorer, DROP COLUMN scorer_version")
