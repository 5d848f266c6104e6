"""Keep loosenings that wait for a second look, overrides and the history of rules."""

from alembic import op

from adapters.postgres.migrations.isolation import isolate

revision = "0115"
down_revision = "0114"


def upgrade() -> None:
    """Create them; what waits is looked for over all tenants."""
    _pending_changes()
    _overrides()
    _history()
    _simulations()


def _pending_changes() -> None:
    op.execute(
        "CREATE TABLE pending_changes ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " kind text NOT NULL,"
        " subject uuid NOT NULL,"
        " subject_version bigint NOT NULL,"
        " account_id uuid,"
        " proposer text NOT NULL,"
        " user_id uuid,"
        " reason text NOT NULL,"
        " payload text NOT NULL,"
        " proposed_at timestamptz NOT NULL,"
        " expires_at timestamptz NOT NULL,"
        " applies_at timestamptz,"
        " before text NOT NULL,"
        " after text NOT NULL,"
        " state text NOT NULL,"
        " decided_by text NOT NULL,"
        " decided_at timestamptz,"
        " note text NOT NULL,"
        " told_at timestamptz,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE INDEX pending_changes_waiting ON pending_changes (id) WHERE state = 'pending'"
    )
    isolate("pending_changes")


def _overrides() -> None:
    op.execute(
        "ALTER TABLE risk_rules ADD COLUMN override_threshold numeric(38, 18),"
        " ADD COLUMN override_until timestamptz"
    )
    op.execute(
        "CREATE INDEX risk_rules_overridden ON risk_rules (id) WHERE override_until IS NOT NULL"
    )


def _history() -> None:
    op.execute(
        "CREATE TABLE rule_versions ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " rule_id uuid NOT NULL,"
        " rule_version bigint NOT NULL,"
        " account_id uuid,"
        " done text NOT NULL,"
        " actor text NOT NULL,"
        " proposer text NOT NULL,"
        " reason text NOT NULL,"
        " at timestamptz NOT NULL,"
        " state text NOT NULL,"
        " version bigint NOT NULL)"
    )
    op.execute("CREATE INDEX rule_versions_rule ON rule_versions (tenant_id, rule_id, id)")
    isolate("rule_versions")
    # What stands begins its history as it is: who made it is told by the trail.
    op.execute(
        "INSERT INTO rule_versions SELECT id, tenant_id, id, version, scope_account_id, 'recorded',"
        " '', '', '', updated_at, jsonb_build_object('rule_id', id::text, 'name', name,"
        " 'rule_type', rule_type, 'threshold', trim_scale(threshold)::text, 'action', action,"
        " 'is_active', CASE WHEN is_active THEN 'true' ELSE 'false' END,"
        " 'scope.account_id', coalesce(scope_account_id::text, ''),"
        " 'scope.strategy_id', coalesce(scope_strategy_id, ''),"
        " 'scope.symbol', coalesce(scope_symbol, ''), 'parameters', parameters,"
        " 'override', '', 'version', version::text)::text, 1 FROM risk_rules"
    )


def _simulations() -> None:
    op.execute(
        "CREATE TABLE rule_simulations ("
        " id uuid PRIMARY KEY,"
        " tenant_id uuid NOT NULL REFERENCES tenants (id),"
        " asked_by text NOT NULL,"
        " since timestamptz NOT NULL,"
        " until timestamptz NOT NULL,"
        " account_id uuid,"
        " among text,"
        " mode text NOT NULL,"
        " rules text NOT NULL,"
        " created_at timestamptz NOT NULL,"
        " total bigint NOT NULL,"
        " done bigint NOT NULL,"
        " state text NOT NULL,"
        " result text NOT NULL,"
        " problem text NOT NULL,"
        " version bigint NOT NULL)"
    )
    op.execute(
        "CREATE INDEX rule_simulations_open ON rule_simulations (id)"
        " WHERE state IN ('queued', 'running')"
    )
    isolate("rule_simulations")


def downgrade() -> None:
    """Drop them; a rule whose override loosens it has its own threshold again."""
    op.execute("ALTER TABLE risk_rules DROP COLUMN override_threshold, DROP COLUMN override_until")
    op.execute("DROP TABLE rule_simulations, rule_versions, pending_changes")
