"""Create strategies and what they decided."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0128"
down_revision = "0127"


def upgrade() -> None:
    """Create them."""
    op.execute(
        "CREATE TABLE strategies ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        ' name text COLLATE "C" NOT NULL,'
        " kind text NOT NULL,"
        " account_id uuid NOT NULL,"
        " symbols text NOT NULL,"
        " sources text NOT NULL,"
        " mode text NOT NULL,"
        " threshold numeric(38, 18) NOT NULL,"
        " risk_limit numeric(38, 18) NOT NULL,"
        " cap numeric(38, 18) NOT NULL,"
        " allow_short boolean NOT NULL,"
        " cooldown_s bigint NOT NULL,"
        " ttl_s bigint NOT NULL,"
        " is_running boolean NOT NULL,"
        " problem text NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, name))"
    )
    # It stays when its strategy or signal goes: it says why an order was asked for.
    op.execute(
        "CREATE TABLE strategy_decisions ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " strategy_id uuid NOT NULL,"
        " signal_id uuid NOT NULL,"
        ' symbol text COLLATE "C" NOT NULL,'
        " side text NOT NULL,"
        " score numeric(38, 18) NOT NULL,"
        " sigma numeric(38, 18),"
        " notional numeric(38, 18) NOT NULL,"
        " quantity numeric(38, 18) NOT NULL,"
        " action text NOT NULL,"
        " reason text NOT NULL,"
        " order_id uuid,"
        " detail text NOT NULL,"
        " at timestamptz NOT NULL,"
        " version bigint NOT NULL,"
        " UNIQUE (tenant_id, signal_id, strategy_id))"
    )
    op.execute("CREATE INDEX ON strategy_decisions (tenant_id, strategy_id, symbol, id DESC)")
    isolate("strategies", "strategy_decisions")


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TABLE strategies, strategy_decisions")
