"""Create what models forecast."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0133"
down_revision = "0132"


def upgrade() -> None:
    """Create it; figures are JSON, which gives back each digit of a double."""
    op.execute(
        "CREATE TABLE model_predictions ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " model text NOT NULL,"
        " model_version text NOT NULL,"
        " sha256 text NOT NULL,"
        " engine text NOT NULL,"
        " symbol text NOT NULL,"
        " day date NOT NULL,"
        " horizon_days bigint NOT NULL,"
        " expires_on date NOT NULL,"
        " inputs text NOT NULL,"
        " value text,"
        " absent text NOT NULL,"
        " made_at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " CHECK ((value IS NULL) = (absent <> '')),"
        " UNIQUE (tenant_id, model, symbol, day, sha256))"
    )
    op.execute("CREATE INDEX ON model_predictions (tenant_id, model, symbol, id)")
    isolate("model_predictions")


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP TABLE model_predictions")
