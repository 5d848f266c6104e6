-- Idempotency keys with their answers, and commands that were begun.

CREATE TABLE replies (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    status integer NOT NULL,
    body bytea NOT NULL,
    at timestamptz NOT NULL,
    CONSTRAINT replies_key PRIMARY KEY (tenant_id, key)
);
-- What has served its time is found by ranges of pages: rows come in their order, and an order
-- pays nothing.
CREATE INDEX replies_age ON replies USING brin (at)
    WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE claims (
    tenant_id uuid NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    claim uuid NOT NULL,
    lapses_at timestamptz NOT NULL,
    status integer,
    body bytea,
    PRIMARY KEY (tenant_id, key)
);
CREATE INDEX claims_age ON claims USING brin (lapses_at)
    WITH (pages_per_range = 32, autosummarize = on);

-- Every idempotency key that any route has used, wherever its answer is kept: a released claim
-- is deleted, what is left of them was used, or is in use. A view reads with the rights of its
-- owner, whom no policy binds, unless it is told.
CREATE VIEW used_keys WITH (security_invoker = true) AS
    SELECT tenant_id, key, request_hash, status, body FROM replies
    UNION ALL
    SELECT tenant_id, key, request_hash, coalesce(status, 0), coalesce(body, ''::bytea)
    FROM claims;

CREATE TABLE inbox (
    tenant_id uuid NOT NULL,
    command_id uuid NOT NULL,
    content_hash bytea NOT NULL,
    begun_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, command_id)
);
CREATE INDEX inbox_age ON inbox USING brin (begun_at)
    WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE command_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key_id text NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);

CREATE TABLE disabled_command_keys (
    tenant_id uuid NOT NULL REFERENCES tenants,
    key_id text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, key_id)
);
