-- Rows as they are sent: without what the tables complete by themselves.
CREATE TYPE position_input AS (
    account_id uuid, symbol text, quantity numeric, cost numeric, realised_pnl numeric,
    commissions numeric, multiplier numeric, split_on date, split_from numeric
);
CREATE TYPE decision_input AS (
    order_id uuid, id uuid, approved boolean, record bytea, rules bytea, rules_at integer
);
CREATE TYPE decision_rule_input AS (digest bytea, record bytea);
CREATE TYPE intake_input AS (account_id uuid, at timestamptz, fingerprint text, symbol text);
CREATE TYPE posting_input AS (
    transaction_id uuid, line smallint, ledger text, asset text, amount numeric
);
CREATE TYPE notice_input AS (
    id uuid, tenant_id uuid, account_id uuid, channel text, sequence bigint,
    type text, subject text, at timestamptz, market_at timestamptz, body text
);
CREATE TYPE audit_input AS (
    id uuid, tenant_id uuid, account_id uuid, actor text, action text, subject text,
    at timestamptz, market_at timestamptz, trace_id text, detail text, session_id uuid,
    ip text, user_agent text, before text, after text, reason text, key_id text, mac bytea
);
