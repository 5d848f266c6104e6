"""Hold the tables of trading as the second revision creates them; never edited after."""

MONEY = "numeric(38,18)"

TABLES = (
    """
    CREATE TABLE tenants (
        id uuid PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE users (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        email text NOT NULL,
        password_hash text NOT NULL,
        created_at timestamptz NOT NULL
    )""",
    "CREATE UNIQUE INDEX users_email ON users (lower(email))",
    """
    CREATE TABLE portfolios (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        name text NOT NULL,
        created_at timestamptz NOT NULL
    )""",
    """
    CREATE TABLE accounts (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL REFERENCES tenants,
        portfolio_id uuid NOT NULL REFERENCES portfolios,
        name text NOT NULL,
        broker text NOT NULL,
        created_at timestamptz NOT NULL,
        currency text NOT NULL,
        kind text NOT NULL,
        leverage numeric NOT NULL
    )""",
    "CREATE INDEX accounts_tenant ON accounts (tenant_id, id)",
    # One row per account, changed by compare-and-swap on its version. A low fill factor
    # leaves room for updates in place.
    f"""
    CREATE TABLE books (
        account_id uuid PRIMARY KEY REFERENCES accounts,
        version bigint NOT NULL,
        cash jsonb NOT NULL,
        day_date date,
        opening_equity {MONEY},
        peak_equity {MONEY} NOT NULL,
        sequences jsonb NOT NULL
    ) WITH (fillfactor = 50)""",
    f"""
    CREATE TABLE positions (
        account_id uuid NOT NULL REFERENCES accounts,
        symbol text NOT NULL,
        quantity {MONEY} NOT NULL,
        cost {MONEY} NOT NULL,
        realised_pnl {MONEY} NOT NULL,
        commissions {MONEY} NOT NULL,
        multiplier {MONEY} NOT NULL,
        PRIMARY KEY (account_id, symbol)
    )""",
    # The column order is the composite type that the order path sends: see rows.py. Rows of
    # an account are written by commit_book alone, under the lock of the account's book row:
    # a foreign key to accounts would check again, on the hot path, what that row proves.
    f"""
    CREATE TABLE orders (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        client_order_id text NOT NULL,
        symbol text NOT NULL,
        side text NOT NULL,
        type text NOT NULL,
        quantity {MONEY} NOT NULL CHECK (quantity > 0),
        limit_price {MONEY},
        stop_price {MONEY},
        trail {MONEY},
        trail_kind text,
        time_in_force text NOT NULL,
        expires_at timestamptz,
        post_only boolean NOT NULL,
        reduce_only boolean NOT NULL,
        display_quantity {MONEY},
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
        filled_quantity {MONEY} NOT NULL CHECK (filled_quantity >= 0),
        filled_notional numeric NOT NULL,
        venue_order_id text,
        waiting boolean NOT NULL,
        reserved_price {MONEY},
        pending_terms text,
        settled_state text,
        sent_at timestamptz,
        request_sent boolean NOT NULL,
        cancel_wanted boolean NOT NULL,
        reason text NOT NULL,
        CONSTRAINT orders_client_id UNIQUE (account_id, client_order_id)
    ) WITH (fillfactor = 80)""",
    "CREATE INDEX orders_account ON orders (account_id, id)",
    """
    CREATE INDEX orders_live ON orders (account_id)
    WHERE state NOT IN ('denied', 'rejected', 'canceled', 'expired', 'filled')""",
    """
    CREATE INDEX orders_work ON orders (id)
    WHERE (state = 'accepted' AND NOT waiting)
       OR (state IN ('pending_cancel', 'pending_update') AND NOT request_sent)
       OR state IN ('submitted', 'unknown')""",
    "CREATE TABLE order_transitions (before text, after text, PRIMARY KEY (before, after))",
    f"""
    CREATE TABLE fills (
        id uuid PRIMARY KEY,
        trade_id text NOT NULL,
        order_id uuid NOT NULL REFERENCES orders,
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        symbol text NOT NULL,
        side text NOT NULL,
        quantity {MONEY} NOT NULL CHECK (quantity > 0),
        price {MONEY} NOT NULL,
        commission {MONEY} NOT NULL,
        currency text NOT NULL,
        at timestamptz NOT NULL,
        market_at timestamptz NOT NULL,
        CONSTRAINT fills_trade UNIQUE (account_id, order_id, trade_id)
    )""",
    "CREATE INDEX fills_account ON fills (account_id, id)",
    """
    CREATE TABLE ledger (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        account_id uuid NOT NULL,
        kind text NOT NULL,
        at timestamptz NOT NULL,
        market_at timestamptz NOT NULL,
        reference text NOT NULL,
        CONSTRAINT ledger_reference UNIQUE (account_id, kind, reference)
    )""",
    "CREATE INDEX ledger_account ON ledger (account_id, id)",
    f"""
    CREATE TABLE postings (
        transaction_id uuid NOT NULL REFERENCES ledger,
        line smallint NOT NULL,
        ledger text NOT NULL,
        asset text NOT NULL,
        amount {MONEY} NOT NULL,
        PRIMARY KEY (transaction_id, line)
    )""",
    """
    CREATE TABLE intakes (
        account_id uuid NOT NULL,
        at timestamptz NOT NULL,
        fingerprint text NOT NULL,
        symbol text NOT NULL
    )""",
    "CREATE INDEX intakes_account ON intakes (account_id, at)",
    """
    CREATE TABLE decisions (
        order_id uuid NOT NULL,
        id uuid NOT NULL,
        approved boolean NOT NULL,
        record bytea NOT NULL,
        rules bytea,
        rules_at integer,
        PRIMARY KEY (order_id, id)
    )""",
    # What many decisions were decided by, kept once: a record stands without its rules,
    # which belong back in it at rules_at.
    "CREATE TABLE decision_rules (digest bytea PRIMARY KEY, record bytea NOT NULL)",
    """
    CREATE TABLE audit (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        account_id uuid,
        actor text NOT NULL,
        action text NOT NULL,
        subject text NOT NULL,
        at timestamptz NOT NULL,
        market_at timestamptz,
        trace_id text NOT NULL,
        detail text NOT NULL
    )""",
    # The journal: history of every order and outbox of the relay in one. A reader asks for
    # rows of transactions older than every one still running, so none can appear behind it.
    """
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
    )""",
    """
    CREATE UNIQUE INDEX notices_sequence
    ON notices (tenant_id, account_id, channel, sequence) NULLS NOT DISTINCT""",
    "CREATE INDEX notices_subject ON notices (subject, position) WHERE channel = 'orders'",
    """
    CREATE TABLE replies (
        tenant_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        status integer NOT NULL,
        body bytea NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT replies_key PRIMARY KEY (tenant_id, key)
    )""",
    """
    CREATE TABLE claims (
        tenant_id uuid NOT NULL,
        key text NOT NULL,
        request_hash bytea NOT NULL,
        claim uuid NOT NULL,
        lapses_at timestamptz NOT NULL,
        status integer,
        body bytea,
        PRIMARY KEY (tenant_id, key)
    )""",
    """
    CREATE TABLE latches (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        account_id uuid,
        cause text NOT NULL,
        reason text NOT NULL,
        actor text NOT NULL,
        engaged_at timestamptz NOT NULL,
        flatten boolean NOT NULL,
        acknowledged_at timestamptz,
        canceled_at timestamptz,
        flat_at timestamptz,
        released_at timestamptz,
        released_by text
    )""",
    "CREATE INDEX latches_engaged ON latches (tenant_id) WHERE released_at IS NULL",
    """
    CREATE TABLE passcodes (
        tenant_id uuid PRIMARY KEY,
        hash text NOT NULL,
        failures integer NOT NULL,
        locked_until timestamptz
    )""",
    "CREATE TABLE rule_sets (tenant_id uuid PRIMARY KEY, version bigint NOT NULL)",
    f"""
    CREATE TABLE risk_rules (
        id uuid PRIMARY KEY,
        tenant_id uuid NOT NULL,
        name text NOT NULL,
        rule_type text NOT NULL,
        threshold {MONEY} NOT NULL,
        action text NOT NULL,
        is_active boolean NOT NULL,
        scope_account_id uuid,
        scope_strategy_id text,
        scope_symbol text,
        parameters text NOT NULL,
        version integer NOT NULL,
        created_at timestamptz NOT NULL,
        updated_at timestamptz NOT NULL
    )""",
    "CREATE INDEX risk_rules_tenant ON risk_rules (tenant_id, id)",
    "CREATE TABLE broker_reports (broker text PRIMARY KEY, heard bigint NOT NULL)",
    "CREATE TABLE reader_cursors (reader text PRIMARY KEY, cursor text NOT NULL)",
    "CREATE TABLE replay_cursors (name text PRIMARY KEY, at timestamptz NOT NULL)",
)
