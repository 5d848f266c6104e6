-- The installation: its identity, its tenants, and what its processes share.

CREATE TABLE ballast_meta (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    instance_id uuid NOT NULL DEFAULT gen_random_uuid(),
    created_at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO ballast_meta DEFAULT VALUES;

CREATE TABLE tenants (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL
);

-- The row stays when a lease is given back: a token must never be used twice.
CREATE TABLE leases (
    name text PRIMARY KEY,
    holder text NOT NULL,
    token bigint NOT NULL,
    expires_at timestamptz NOT NULL
);

CREATE TABLE process_parts (
    part text PRIMARY KEY,
    state text NOT NULL,
    required boolean NOT NULL,
    detail text NOT NULL,
    since timestamptz NOT NULL,
    told_at timestamptz NOT NULL,
    version text NOT NULL DEFAULT ''
);

CREATE TABLE stream_alarms (
    kind text NOT NULL,
    subject text NOT NULL,
    value double precision NOT NULL,
    threshold double precision NOT NULL,
    raised_at timestamptz NOT NULL,
    PRIMARY KEY (kind, subject)
);

CREATE TABLE consumer_restarts (
    id uuid PRIMARY KEY,
    consumer_group text NOT NULL,
    actor text NOT NULL,
    asked_at timestamptz NOT NULL,
    done_at timestamptz
);
CREATE INDEX consumer_restarts_latest ON consumer_restarts (consumer_group, id DESC);

CREATE TABLE attempts (
    key bytea PRIMARY KEY,
    failures integer NOT NULL,
    open_at timestamptz NOT NULL
);
CREATE INDEX attempts_open ON attempts (open_at);
