-- Sealed secrets, the versions of the key that they hang on, and brokers' API keys.

-- Of the installation, not of a tenant: a version wraps the data keys of all.
CREATE TABLE secret_keys (
    version integer PRIMARY KEY CHECK (version > 0),
    state text NOT NULL CHECK (state IN ('current', 'decrypt_only', 'retired')),
    checked bytea NOT NULL,
    parameters bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    CHECK ((state = 'retired') = (retired_at IS NOT NULL))
);
CREATE UNIQUE INDEX secret_keys_current ON secret_keys ((true)) WHERE state = 'current';

-- Places are ordered by their bytes, as the core orders them.
CREATE TABLE secrets (
    tenant_id uuid NOT NULL REFERENCES tenants,
    table_name text COLLATE "C" NOT NULL,
    column_name text COLLATE "C" NOT NULL,
    row_id text COLLATE "C" NOT NULL,
    key_version integer NOT NULL REFERENCES secret_keys,
    sealed bytea NOT NULL,
    PRIMARY KEY (tenant_id, table_name, column_name, row_id)
);
CREATE INDEX secrets_key_version ON secrets (key_version);

CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    name text NOT NULL,
    label text NOT NULL,
    broker text NOT NULL,
    environment text NOT NULL CHECK (environment IN ('live', 'paper')),
    account_id uuid,
    masked text NOT NULL,
    permissions text[] NOT NULL,
    allows_withdrawal boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    rotated_at timestamptz NOT NULL,
    verified_at timestamptz NOT NULL,
    verified boolean NOT NULL,
    last_used_at timestamptz,
    expires_at timestamptz,
    rotate_every_days integer NOT NULL CHECK (rotate_every_days > 0),
    due_at timestamptz NOT NULL,
    reminded_at timestamptz,
    version integer NOT NULL CHECK (version > 0),
    CONSTRAINT api_keys_name UNIQUE (tenant_id, name)
);
CREATE INDEX api_keys_due ON api_keys (due_at);
