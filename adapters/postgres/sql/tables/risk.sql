-- Risk rules, breaches acted on, and the kill switch's latches.

CREATE TABLE rule_sets (tenant_id uuid PRIMARY KEY, version bigint NOT NULL);

CREATE TABLE risk_rules (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    rule_type text NOT NULL,
    threshold numeric(38,18) NOT NULL,
    action text NOT NULL,
    is_active boolean NOT NULL,
    scope_account_id uuid,
    scope_strategy_id text,
    scope_symbol text,
    parameters text NOT NULL,
    version integer NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX risk_rules_tenant ON risk_rules (tenant_id, id);

CREATE TABLE breaches (
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    rule_id uuid NOT NULL,
    rule_version integer NOT NULL,
    basis text NOT NULL,
    value numeric NOT NULL,
    breached_limit numeric NOT NULL,
    PRIMARY KEY (account_id, rule_id, rule_version)
);

CREATE TABLE latches (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid,
    cause text NOT NULL,
    reason text NOT NULL,
    actor text NOT NULL,
    engaged_at timestamptz NOT NULL,
    flatten boolean NOT NULL,
    acknowledged_at timestamptz,
    canceled_at timestamptz,
    flat_at timestamptz,
    released_at timestamptz,
    released_by text,
    orders_cancelled integer NOT NULL DEFAULT 0
);
CREATE INDEX latches_engaged ON latches (tenant_id) WHERE released_at IS NULL;

CREATE TABLE passcodes (
    tenant_id uuid PRIMARY KEY,
    hash text NOT NULL,
    failures integer NOT NULL,
    locked_until timestamptz
);
