"""Create the daily budgets of advice."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0118"
down_revision = "0117"


def upgrade() -> None:
    """Create them: one row a tenant, whose id is the tenant's."""
    op.execute(
        "CREATE TABLE advice_budgets ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " day date NOT NULL,"
        " asked bigint NOT NULL CHECK (asked > 0),"
        " version bigint NOT NULL,"
        " CHECK (id = tenant_id))"
    )
    isolate("advice_budgets")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE advice_budgets")
