-- The journal of notices, its readers, tickets of streams, and the market's replay.

-- The journal: history of every order and outbox of the relay in one. A reader asks for rows of
-- transactions older than every one still running, so none can appear behind it.
CREATE TABLE notices (
    position bigint GENERATED ALWAYS AS IDENTITY,
    xact xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    account_id uuid,
    channel text NOT NULL,
    sequence bigint NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    at timestamptz NOT NULL,
    market_at timestamptz,
    body text NOT NULL,
    PRIMARY KEY (xact, position)
);
CREATE TRIGGER notices_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON notices
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE UNIQUE INDEX notices_sequence
ON notices (tenant_id, account_id, channel, sequence) NULLS NOT DISTINCT;
CREATE INDEX notices_subject ON notices (subject, position) WHERE channel = 'orders';

CREATE TABLE reader_cursors (reader text PRIMARY KEY, cursor text NOT NULL);

CREATE TABLE stream_tickets (
    digest bytea PRIMARY KEY,
    sealed bytea NOT NULL,
    lapses_at timestamptz NOT NULL
);
CREATE INDEX stream_tickets_lapse ON stream_tickets (lapses_at);

CREATE TABLE replay_cursors (
    name text PRIMARY KEY,
    at timestamptz,
    lap integer NOT NULL DEFAULT 1
);

CREATE TABLE replay_pulses (
    name text PRIMARY KEY,
    state text NOT NULL,
    told_at timestamptz NOT NULL
);

CREATE TABLE replay_wishes (name text PRIMARY KEY, paused boolean NOT NULL);
