"""Create assets."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0113"
down_revision = "0111"


def upgrade() -> None:
    """Create them; no two of a tenant have one name."""
    op.execute(
        "CREATE TABLE assets ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " kind text NOT NULL,"
        " name text NOT NULL,"
        " value numeric(38, 18) NOT NULL CHECK (value >= 0),"
        " currency text NOT NULL,"
        " valued_on date NOT NULL,"
        " owner text NOT NULL,"
        " appreciation numeric(38, 18) NOT NULL,"
        " note text NOT NULL,"
        " created_at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, name))"
    )
    isolate("assets")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE assets")
