-- Agents, and people's workspaces.

-- Ids are ordered by their bytes, as the core orders them.
CREATE TABLE agents (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id text COLLATE "C" NOT NULL,
    account_id uuid,
    kind text NOT NULL,
    version text NOT NULL,
    state text NOT NULL,
    since timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    last_sequence bigint NOT NULL,
    heard_at timestamptz NOT NULL,
    desired text NOT NULL DEFAULT 'running',
    desired_by text NOT NULL DEFAULT '',
    desired_at timestamptz,
    member_id uuid,
    PRIMARY KEY (tenant_id, id)
);
CREATE UNIQUE INDEX agents_member ON agents (tenant_id, member_id);

-- One row holds the default: two of them, or one of somebody else's, cannot be written.
CREATE TABLE workspace_shelves (
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL,
    revision bigint NOT NULL,
    default_id uuid,
    PRIMARY KEY (tenant_id, user_id)
);

-- Names are ordered and compared by their bytes, as the core does. How the server packs large
-- values is left to it: a back-up must go back into one that was built without lz4.
CREATE TABLE workspaces (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    user_id uuid NOT NULL,
    name text COLLATE "C" NOT NULL,
    version integer NOT NULL CHECK (version > 0),
    size_bytes integer NOT NULL,
    sha256 bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    layout bytea NOT NULL,
    CHECK (size_bytes = octet_length(layout)),
    UNIQUE (tenant_id, user_id, name),
    UNIQUE (tenant_id, user_id, id),
    FOREIGN KEY (tenant_id, user_id) REFERENCES workspace_shelves
);

-- Looked at when the change is whole: the shelf is written first, its lock decides races.
ALTER TABLE workspace_shelves ADD CONSTRAINT workspace_shelves_default
    FOREIGN KEY (tenant_id, user_id, default_id)
    REFERENCES workspaces (tenant_id, user_id, id) DEFERRABLE INITIALLY DEFERRED;
