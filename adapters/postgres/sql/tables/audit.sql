-- The audit trail and the chain of its links.

CREATE SEQUENCE audit_seq AS bigint;
-- A number is only ever handed out to a transaction that has its id already: whoever sees the
-- number knows that the transaction is among those that the snapshot counts.
CREATE TABLE audit (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid,
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    market_at timestamptz,
    trace_id text NOT NULL,
    detail text NOT NULL,
    session_id uuid,
    ip text NOT NULL DEFAULT '',
    user_agent text NOT NULL DEFAULT '',
    before text NOT NULL DEFAULT '{}',
    after text NOT NULL DEFAULT '{}',
    reason text NOT NULL DEFAULT '',
    key_id text,
    mac bytea,
    seq bigint PRIMARY KEY
        DEFAULT CASE WHEN pg_current_xact_id() IS NOT NULL THEN nextval('audit_seq') END
);
ALTER SEQUENCE audit_seq OWNED BY audit.seq;
CREATE TRIGGER audit_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
-- What was done with one key; an order's entry pays for the comparison only.
CREATE INDEX audit_api_keys ON audit (tenant_id, subject, id) WHERE action LIKE 'api_key.%';
-- By the entry that was looked at.
CREATE INDEX audit_reviews ON audit (tenant_id, subject, seq) WHERE action = 'audit.review';

CREATE TABLE audit_links (
    tenant_id uuid NOT NULL,
    position bigint NOT NULL,
    seq bigint NOT NULL,
    entry_id uuid NOT NULL,
    mac bytea NOT NULL,
    key_id text NOT NULL,
    adopted boolean NOT NULL,
    link bytea NOT NULL,
    PRIMARY KEY (tenant_id, position)
);
CREATE TRIGGER audit_links_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_links
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
