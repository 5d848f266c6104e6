-- Orders, what was decided of them, their fills, and what brokers reported.

-- The column order is the composite type that the order path sends: see order_rows.py. Rows of an
-- account are written by commit_book alone, under the lock of the account's book row: a foreign
-- key to accounts would check again, on the hot path, what that row proves.
CREATE TABLE orders (
    id uuid PRIMARY KEY,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    client_order_id text NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    type text NOT NULL,
    quantity numeric(38,18) NOT NULL CHECK (quantity > 0),
    limit_price numeric(38,18),
    stop_price numeric(38,18),
    trail numeric(38,18),
    trail_kind text,
    time_in_force text NOT NULL,
    expires_at timestamptz,
    post_only boolean NOT NULL,
    reduce_only boolean NOT NULL,
    display_quantity numeric(38,18),
    state text NOT NULL,
    accepted_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    market_at timestamptz NOT NULL,
    strategy_id text,
    actor text NOT NULL,
    origin text NOT NULL,
    group_id uuid,
    role text,
    parent_id uuid,
    filled_quantity numeric(38,18) NOT NULL CHECK (filled_quantity >= 0),
    filled_notional numeric NOT NULL,
    venue_order_id text,
    waiting boolean NOT NULL,
    reserved_price numeric(38,18),
    pending_terms text,
    settled_state text,
    sent_at timestamptz,
    request_sent boolean NOT NULL,
    cancel_wanted boolean NOT NULL,
    reason text NOT NULL,
    CONSTRAINT orders_client_id UNIQUE (account_id, client_order_id)
) WITH (fillfactor = 80);
CREATE INDEX orders_account ON orders (account_id, id);
CREATE INDEX orders_live ON orders (account_id)
WHERE state NOT IN ('denied', 'rejected', 'canceled', 'expired', 'filled');
CREATE INDEX orders_to_send ON orders (id)
    WHERE (state = 'accepted' AND NOT waiting)
       OR (state IN ('pending_cancel', 'pending_update') AND NOT request_sent);
CREATE INDEX orders_in_doubt ON orders (id) WHERE state IN ('submitted', 'unknown');

CREATE TABLE order_transitions (before text, after text, PRIMARY KEY (before, after));

-- Which moves are legal, as the domain says (domain/orders/states.py).
INSERT INTO order_transitions VALUES
    ('accepted', 'canceled'), ('accepted', 'expired'), ('accepted', 'rejected'),
    ('accepted', 'submitted'),
    ('canceled', 'filled'), ('canceled', 'partially_filled'),
    ('expired', 'filled'), ('expired', 'partially_filled'),
    ('filled', 'filled'),
    ('initialized', 'accepted'), ('initialized', 'canceled'), ('initialized', 'denied'),
    ('initialized', 'expired'), ('initialized', 'filled'),
    ('initialized', 'partially_filled'), ('initialized', 'rejected'),
    ('initialized', 'triggered'), ('initialized', 'working'),
    ('parked', 'canceled'), ('parked', 'expired'), ('parked', 'filled'), ('parked', 'parked'),
    ('parked', 'partially_filled'), ('parked', 'pending_cancel'), ('parked', 'rejected'),
    ('parked', 'triggered'), ('parked', 'working'),
    ('partially_filled', 'canceled'), ('partially_filled', 'expired'),
    ('partially_filled', 'filled'), ('partially_filled', 'partially_filled'),
    ('partially_filled', 'pending_cancel'), ('partially_filled', 'pending_update'),
    ('partially_filled', 'rejected'), ('partially_filled', 'triggered'),
    ('partially_filled', 'unknown'),
    ('pending_cancel', 'canceled'), ('pending_cancel', 'expired'),
    ('pending_cancel', 'filled'), ('pending_cancel', 'partially_filled'),
    ('pending_cancel', 'pending_cancel'), ('pending_cancel', 'pending_update'),
    ('pending_cancel', 'rejected'), ('pending_cancel', 'triggered'),
    ('pending_cancel', 'unknown'), ('pending_cancel', 'working'),
    ('pending_update', 'canceled'), ('pending_update', 'expired'),
    ('pending_update', 'filled'), ('pending_update', 'parked'),
    ('pending_update', 'partially_filled'), ('pending_update', 'pending_cancel'),
    ('pending_update', 'pending_update'), ('pending_update', 'rejected'),
    ('pending_update', 'triggered'), ('pending_update', 'unknown'),
    ('pending_update', 'working'),
    ('submitted', 'canceled'), ('submitted', 'expired'), ('submitted', 'filled'),
    ('submitted', 'partially_filled'), ('submitted', 'pending_cancel'),
    ('submitted', 'pending_update'), ('submitted', 'rejected'), ('submitted', 'triggered'),
    ('submitted', 'unknown'), ('submitted', 'working'),
    ('triggered', 'canceled'), ('triggered', 'expired'), ('triggered', 'filled'),
    ('triggered', 'partially_filled'), ('triggered', 'pending_cancel'),
    ('triggered', 'pending_update'), ('triggered', 'rejected'), ('triggered', 'triggered'),
    ('triggered', 'unknown'),
    ('unknown', 'canceled'), ('unknown', 'expired'), ('unknown', 'filled'),
    ('unknown', 'parked'), ('unknown', 'partially_filled'), ('unknown', 'pending_cancel'),
    ('unknown', 'pending_update'), ('unknown', 'rejected'), ('unknown', 'submitted'),
    ('unknown', 'triggered'), ('unknown', 'working'),
    ('working', 'canceled'), ('working', 'expired'), ('working', 'filled'),
    ('working', 'partially_filled'), ('working', 'pending_cancel'),
    ('working', 'pending_update'), ('working', 'rejected'), ('working', 'triggered'),
    ('working', 'unknown'), ('working', 'working');

CREATE TABLE fills (
    id uuid PRIMARY KEY,
    trade_id text NOT NULL,
    order_id uuid NOT NULL REFERENCES orders,
    tenant_id uuid NOT NULL,
    account_id uuid NOT NULL,
    symbol text NOT NULL,
    side text NOT NULL,
    quantity numeric(38,18) NOT NULL CHECK (quantity > 0),
    price numeric(38,18) NOT NULL,
    commission numeric(38,18) NOT NULL,
    currency text NOT NULL,
    at timestamptz NOT NULL,
    market_at timestamptz NOT NULL,
    CONSTRAINT fills_trade UNIQUE (account_id, order_id, trade_id)
);
CREATE TRIGGER fills_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON fills
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE INDEX fills_account ON fills (account_id, id);

CREATE TABLE intakes (
    account_id uuid NOT NULL,
    at timestamptz NOT NULL,
    fingerprint text NOT NULL,
    symbol text NOT NULL,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant()
);
CREATE INDEX intakes_account ON intakes
    (account_id, (starts_with(fingerprint, 'reducing ')), at);
CREATE INDEX intakes_age ON intakes USING brin (at)
    WITH (pages_per_range = 32, autosummarize = on);

CREATE TABLE decisions (
    order_id uuid NOT NULL,
    id uuid NOT NULL,
    approved boolean NOT NULL,
    record bytea NOT NULL,
    rules bytea,
    rules_at integer,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant(),
    PRIMARY KEY (order_id, id)
);
CREATE TRIGGER decisions_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON decisions
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- What many decisions were decided by, kept once for each tenant: a record stands without its
-- rules, which belong back in it at rules_at.
CREATE TABLE decision_rules (
    digest bytea NOT NULL,
    record bytea NOT NULL,
    tenant_id uuid NOT NULL DEFAULT ballast_tenant(),
    PRIMARY KEY (tenant_id, digest)
);
CREATE TRIGGER decision_rules_immutable BEFORE UPDATE OR DELETE OR TRUNCATE ON decision_rules
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Up to which number all of a broker's reports were applied; those above it stand beside it, so
-- that accounts need not take turns.
CREATE TABLE broker_reports (broker text PRIMARY KEY, heard bigint NOT NULL);

CREATE TABLE applied_reports (
    broker text NOT NULL,
    sequence bigint NOT NULL,
    PRIMARY KEY (broker, sequence)
);
