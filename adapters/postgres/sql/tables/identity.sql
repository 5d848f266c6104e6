-- Users, members with their roles, sessions, devices, second factors and passkeys.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    email text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL,
    display_name text NOT NULL DEFAULT '',
    disabled_at timestamptz,
    tokens_from timestamptz,
    password_until timestamptz,
    address text NOT NULL
);
-- Within a tenant: over all of them it would tell one that another has an address.
CREATE UNIQUE INDEX users_email ON users (tenant_id, address);
CREATE INDEX users_address ON users (address);

-- A person's id is the user's. Machines have no user: nothing to log in with.
CREATE TABLE members (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    kind text NOT NULL CHECK (kind IN ('person', 'machine')),
    role text NOT NULL
        CHECK (role IN ('owner', 'trader', 'viewer', 'trustee', 'auditor', 'agent')),
    name text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz,
    version integer NOT NULL,
    UNIQUE (tenant_id, id),
    CHECK ((kind = 'machine') = (role = 'agent'))
);

CREATE TABLE account_grants (
    tenant_id uuid NOT NULL REFERENCES tenants,
    member_id uuid NOT NULL,
    account_id uuid NOT NULL,
    level text NOT NULL CHECK (level IN ('role', 'read')),
    PRIMARY KEY (member_id, account_id),
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id),
    FOREIGN KEY (tenant_id, account_id) REFERENCES accounts (tenant_id, id)
);

CREATE TABLE personal_tokens (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    member_id uuid NOT NULL,
    name text NOT NULL,
    digest bytea NOT NULL UNIQUE CHECK (length(digest) = 32),
    hint text NOT NULL,
    scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
    accounts uuid[],
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    created_by text NOT NULL,
    last_used_at timestamptz,
    revoked_at timestamptz,
    FOREIGN KEY (tenant_id, member_id) REFERENCES members (tenant_id, id)
);
CREATE INDEX personal_tokens_of ON personal_tokens (tenant_id, member_id);

CREATE TABLE devices (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    digest bytea NOT NULL UNIQUE,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    fingerprint json,
    fingerprint_digest bytea,
    trusted_at timestamptz,
    trusted_until timestamptz,
    proven_at timestamptz,
    homes text[] NOT NULL DEFAULT '{}',
    CONSTRAINT devices_trust CHECK ((trusted_at IS NULL) = (trusted_until IS NULL)),
    CONSTRAINT devices_fingerprint CHECK ((fingerprint IS NULL) = (fingerprint_digest IS NULL))
);
CREATE INDEX devices_seen ON devices (seen_at);
CREATE INDEX devices_user ON devices (user_id, id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    device_id uuid,
    device_label text NOT NULL,
    ip text NOT NULL,
    user_agent text NOT NULL,
    opened_at timestamptz NOT NULL,
    authenticated_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    idle interval NOT NULL,
    expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    ending text
);
CREATE INDEX sessions_open ON sessions (user_id, id) WHERE ended_at IS NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    digest bytea PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    used_at timestamptz,
    salt bytea
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    email text NOT NULL,
    role text NOT NULL,
    digest bytea NOT NULL UNIQUE,
    invited_by uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    withdrawn_at timestamptz,
    address text NOT NULL
);
CREATE INDEX invitations_tenant ON invitations (tenant_id, id);

CREATE TABLE password_resets (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX password_resets_user ON password_resets (user_id) WHERE used_at IS NULL;

CREATE TABLE ended_tokens (
    token_id text PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    expires_at timestamptz NOT NULL
);
CREATE INDEX ended_tokens_expiry ON ended_tokens (expires_at);

CREATE TABLE identity_changes (
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid,
    session_id uuid,
    token_id text,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE INDEX identity_changes_age ON identity_changes USING brin (at);

-- The seed is among the secrets, under the row's id.
CREATE TABLE totp_factors (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    removed_at timestamptz,
    last_step bigint NOT NULL,
    last_used_at timestamptz,
    session_id uuid
);
CREATE INDEX totp_factors_user ON totp_factors (user_id, id) WHERE removed_at IS NULL;
CREATE INDEX totp_factors_removed ON totp_factors (removed_at) WHERE removed_at IS NOT NULL;
CREATE INDEX totp_factors_unconfirmed ON totp_factors (created_at)
    WHERE confirmed_at IS NULL;

CREATE TABLE backup_codes (
    digest bytea PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    created_at timestamptz NOT NULL,
    spent_at timestamptz
);
CREATE INDEX backup_codes_user ON backup_codes (user_id) WHERE spent_at IS NULL;
CREATE INDEX backup_codes_spent ON backup_codes (spent_at) WHERE spent_at IS NOT NULL;

CREATE TABLE login_challenges (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    digest bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    lasting boolean NOT NULL,
    remember boolean NOT NULL,
    device_label text NOT NULL,
    tries integer NOT NULL CHECK (tries >= 0),
    used_at timestamptz
);
CREATE INDEX login_challenges_user ON login_challenges (user_id) WHERE used_at IS NULL;
CREATE INDEX login_challenges_expiry ON login_challenges (expires_at);

CREATE TABLE factor_tries (
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    at timestamptz NOT NULL,
    network text NOT NULL DEFAULT '',
    device_id uuid,
    at_home boolean NOT NULL DEFAULT false
);
CREATE INDEX factor_tries_user ON factor_tries (user_id, at);
CREATE INDEX factor_tries_age ON factor_tries (at);

CREATE TABLE factor_recoveries (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    asked_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    done_at timestamptz,
    canceled_at timestamptz
);
-- A user has one open request at most.
CREATE UNIQUE INDEX factor_recoveries_open ON factor_recoveries (user_id)
    WHERE done_at IS NULL AND canceled_at IS NULL;
CREATE INDEX factor_recoveries_due ON factor_recoveries (effective_at)
    WHERE done_at IS NULL AND canceled_at IS NULL;

-- A log-in's id is its session's, which is forgotten sooner.
CREATE TABLE login_records (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    at timestamptz NOT NULL,
    network text NOT NULL,
    lat double precision,
    lon double precision,
    place text NOT NULL,
    device_id uuid,
    hour double precision NOT NULL,
    distance_km double precision,
    speed_kmh double precision,
    new_device boolean NOT NULL,
    new_network boolean NOT NULL,
    failures integer NOT NULL,
    fingerprint_changed boolean NOT NULL,
    learned boolean NOT NULL,
    CHECK ((lat IS NULL) = (lon IS NULL))
);
CREATE INDEX login_records_user ON login_records (user_id, at, id);
CREATE INDEX login_records_device ON login_records (device_id);

CREATE TABLE login_failures (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    at timestamptz NOT NULL,
    network text NOT NULL
);
CREATE INDEX login_failures_user ON login_failures (user_id, at, id);

CREATE TABLE user_notices (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    kind text NOT NULL,
    at timestamptz NOT NULL,
    detail json NOT NULL,
    read_at timestamptz
);
CREATE INDEX user_notices_user ON user_notices (user_id, id);

CREATE TABLE passkeys (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants,
    user_id uuid NOT NULL REFERENCES users,
    credential_id bytea NOT NULL UNIQUE,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL CHECK (sign_count BETWEEN 0 AND 4294967295),
    transports text[] NOT NULL,
    aaguid uuid NOT NULL,
    backup_eligible boolean NOT NULL,
    backed_up boolean NOT NULL CHECK (backup_eligible OR NOT backed_up),
    label text NOT NULL,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX passkeys_user ON passkeys (user_id, id);

-- Those of a log-in are asked of nobody known yet: they are the nil tenant's, which no row of
-- tenants has.
CREATE TABLE passkey_challenges (
    digest bytea PRIMARY KEY,
    tenant_id uuid NOT NULL,
    purpose text NOT NULL,
    user_id uuid,
    bound_to uuid,
    expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenges_expiry ON passkey_challenges (expires_at);
