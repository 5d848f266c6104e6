"""Create what was written of symbols, mentions of them, and the parts of the market's mood."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0130"
down_revision = "0129"


def upgrade() -> None:
    """Create them."""
    op.execute(
        "CREATE TABLE sentiment_items ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        ' symbol text COLLATE "C" NOT NULL,'
        " source text NOT NULL,"
        " domain text NOT NULL,"
        " url text NOT NULL,"
        " title text NOT NULL,"
        " text text NOT NULL,"
        " author text NOT NULL,"
        " author_age_days bigint,"
        " author_followers bigint,"
        " published_at timestamptz,"
        " seen_at timestamptz NOT NULL,"
        " positive numeric(38, 18) NOT NULL,"
        " negative numeric(38, 18) NOT NULL,"
        " truncated boolean NOT NULL,"
        " near text NOT NULL,"
        ' digest text COLLATE "C" NOT NULL,'
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, digest))"
    )
    op.execute("CREATE INDEX ON sentiment_items (tenant_id, symbol, id DESC)")
    op.execute(
        "CREATE TABLE hype_mentions ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        ' symbol text COLLATE "C" NOT NULL,'
        " date date NOT NULL,"
        " mentions bigint NOT NULL,"
        " comments bigint NOT NULL,"
        " likes bigint NOT NULL,"
        " authors bigint,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, symbol, date))"
    )
    op.execute("CREATE INDEX ON hype_mentions (tenant_id, date)")
    op.execute(
        "CREATE TABLE hype_spans ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL UNIQUE REFERENCES tenants (id),"
        " first date NOT NULL,"
        " last date NOT NULL,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE TABLE mood_values ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " part text NOT NULL,"
        " date date NOT NULL,"
        " value numeric(38, 18) NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, part, date))"
    )
    op.execute("CREATE INDEX ON mood_values (tenant_id, date)")
    isolate("sentiment_items", "hype_mentions", "hype_spans", "mood_values")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE sentiment_items, hype_mentions, hype_spans, mood_values")
