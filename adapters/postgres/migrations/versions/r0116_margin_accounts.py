"""Keep how accounts are margined, what was told of it, and de-leverage plans."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0116"
down_revision = "0115"

_OWNED = "id uuid PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants (id)"


def upgrade() -> None:
    """Create the tables; of an account one alert of a kind and level stands, one plan goes on."""
    op.execute(
        f"CREATE TABLE margin_accounts ({_OWNED},"
        " rulebook text NOT NULL,"
        " automatic_target numeric(38, 18),"
        " version bigint NOT NULL,"
        " FOREIGN KEY (id) REFERENCES accounts (id))"
    )
    op.execute(
        f"CREATE TABLE margin_alerts ({_OWNED},"
        " account_id uuid NOT NULL REFERENCES accounts (id),"
        " kind text NOT NULL,"
        " level numeric(38, 18) NOT NULL,"
        " amount numeric(38, 18) NOT NULL,"
        " opened_at timestamptz NOT NULL,"
        " due_on date,"
        " state text NOT NULL,"
        " changed_at timestamptz,"
        " told text,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE UNIQUE INDEX margin_alerts_standing ON margin_alerts (account_id, kind, level)"
        " WHERE state <> 'met'"
    )
    op.execute(
        "CREATE INDEX margin_alerts_going_on ON margin_alerts (tenant_id)"
        " WHERE told IS DISTINCT FROM 'met'"
    )
    op.execute(
        f"CREATE TABLE deleverage_plans ({_OWNED},"
        " account_id uuid NOT NULL REFERENCES accounts (id),"
        " target numeric(38, 18) NOT NULL,"
        " origin text NOT NULL,"
        " steps text NOT NULL,"
        " cost numeric(38, 18) NOT NULL,"
        " buffer_before numeric(38, 18),"
        " buffer_after numeric(38, 18),"
        " least boolean NOT NULL,"
        " taxes text NOT NULL,"
        " proposed_by text NOT NULL,"
        " proposed_at timestamptz NOT NULL,"
        " state text NOT NULL,"
        " approved_by text NOT NULL,"
        " approved_at timestamptz,"
        " step bigint NOT NULL,"
        " problem text NOT NULL,"
        " ended_at timestamptz,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE UNIQUE INDEX deleverage_plans_going_on ON deleverage_plans (account_id)"
        " WHERE state = 'approved'"
    )
    op.execute("CREATE INDEX deleverage_plans_by_account ON deleverage_plans (account_id, id)")
    isolate("margin_accounts", "margin_alerts", "deleverage_plans")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE deleverage_plans, margin_alerts, margin_accounts")
