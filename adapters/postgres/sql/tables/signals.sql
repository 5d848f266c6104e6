-- Signals, in a ring of sixteen weeks: what is old enough goes with its whole week.

CREATE SEQUENCE signals_place_seq;

-- No part may refer to another table: a week that is over is emptied as a whole.
-- place is the order of committing: a tenant's changes follow one another.
CREATE TABLE signals (
    id uuid NOT NULL,
    tenant_id uuid NOT NULL,
    name text NOT NULL,
    symbol text COLLATE "C" NOT NULL,
    score numeric(38, 18) NOT NULL,
    source text COLLATE "C" NOT NULL,
    "timestamp" timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    meta text NOT NULL,
    published_by text NOT NULL,
    version bigint NOT NULL,
    place bigint NOT NULL DEFAULT nextval('signals_place_seq')
) PARTITION BY LIST (
    ((extract(epoch FROM received_at AT TIME ZONE 'UTC')::bigint / 604800) % 16)
);
ALTER SEQUENCE signals_place_seq OWNED BY signals.place;
CREATE INDEX signals_place ON signals (tenant_id, place DESC);
CREATE INDEX signals_symbol ON signals (tenant_id, symbol, place DESC);
