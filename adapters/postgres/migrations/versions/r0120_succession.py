"""Create plans of succession, their clocks, and the links that are mailed."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0120"
down_revision = "0119"


def upgrade() -> None:
    """Create them; a tenant has one plan and one clock."""
    op.execute(
        "CREATE TABLE succession_plans ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL UNIQUE REFERENCES tenants (id),"
        " plan_trustees text NOT NULL,"
        " plan_confirmations_needed bigint NOT NULL,"
        " plan_check_in_days bigint NOT NULL,"
        " plan_remind_days bigint NOT NULL,"
        " plan_contact_days bigint NOT NULL,"
        " plan_grace_days bigint NOT NULL,"
        " written_at timestamptz NOT NULL,"
        " allocations text NOT NULL,"
        " access text NOT NULL,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE TABLE succession_clocks ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL UNIQUE REFERENCES tenants (id),"
        " latch_id uuid NOT NULL,"
        " state text NOT NULL,"
        " step bigint NOT NULL,"
        " silent_us bigint NOT NULL CHECK (silent_us >= 0),"
        " since_release_us bigint NOT NULL CHECK (since_release_us >= 0),"
        " confirmed text[] NOT NULL,"
        " told text NOT NULL,"
        " delivered boolean NOT NULL,"
        " ticker uuid,"
        " beat bigint NOT NULL,"
        " logins text NOT NULL,"
        " handed_over boolean NOT NULL,"
        " trading_released_at timestamptz,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE TABLE succession_links ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " user_id uuid NOT NULL,"
        " asks text NOT NULL,"
        " step bigint NOT NULL,"
        " expires_at timestamptz NOT NULL,"
        " digests text[] NOT NULL,"
        " used_at timestamptz,"
        " version bigint NOT NULL)"
    )
    for table in ("succession_plans", "succession_clocks", "succession_links"):
        isolate(table)


def downgrade() -> None:
    """Drop them."""
    for table in ("succession_links", "succession_clocks", "succession_plans"):
        op.execute(f"DROP TABLE {table}")
